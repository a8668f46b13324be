"""Months on lists: how one is shown, and how one is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.clock import is_sensible
from core.lists import columns, filters


def read_month(text: str) -> date | None:
    """`2026-10` → its first day; None for anything else."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if is_sensible(month) else None


@dataclass(frozen=True)
class Month(columns.Column):
    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda month: f"{month:%Y-%m}"


@dataclass(frozen=True)
class Months(filters.Text):
    """One month, written as 2026-10."""

    placeholder: columns.Label = "2026-10"

    def read(self, data: Mapping[str, str]) -> Any:
        if not (text := filters.tidy(data.get(self.key, ""))):
            return None
        if (month := read_month(text)) is None:
            words = {"label": self.label}
            raise filters.BadFilter(_("“%(label)s”请填写形如 2026-10 的月份。") % words)
        return month

    def said(self, value: date) -> str:
        return f"{value:%Y-%m}"


@dataclass(frozen=True)
class MonthName(columns.Name):
    """A row that goes by its month."""

    def cell(self, page: columns.Page) -> columns.Cell:
        cell = super().cell(page)
        return lambda values: cell((values[0], f"{values[1]:%Y-%m}", *values[2:]))
