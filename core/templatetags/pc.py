"""Filters for single values on pages. Lists format their cells in core/lists/columns.py."""

from datetime import datetime
from typing import Any

from django import template

from .. import clock, formats
from ..masking import MASKS

register = template.Library()


@register.filter
def mask(value: str, kind: str) -> str:
    """`{{ customer.phone|mask:"phone" }}`"""
    return MASKS[kind](value or "") or formats.EMPTY


@register.filter
def money(value: Any) -> str:
    return formats.money(value)


@register.filter
def instant(value: datetime | None) -> str:
    return formats.instant(value)


@register.filter
def ago(value: datetime | None) -> str:
    return formats.ago_at(clock.now())(value) if value else formats.EMPTY
