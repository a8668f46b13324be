"""What the lists of quotas and coupons share: numbers that lead somewhere, and how one is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.lists import columns, filters
from core.lists.columns import Cell, Page
from core.lists.filters import BadFilter

from .models import Quota
from .models.quotas import quota_number

KINDS = dict(Quota.Kind.choices)
BY_KIND = filters.Choice("kind", _l("券类型"), choices=KINDS)


@cache
def _path(name: str) -> str:
    return reverse(f"coupons:{name}", args=[0])


def url_of(name: str, pk: int) -> str:
    return _path(name).replace("/0/", f"/{pk}/")


@dataclass(frozen=True)
class Number(columns.Column):
    """额度编号, 券ID or 配置编号: made of the row's key, and a link to its page."""

    page_name: str = "quota_detail"
    spell: Any = quota_number
    is_link: bool = True  # where the reader may open that page

    def plain(self, page: Page) -> Cell:
        return lambda pk: self.spell(pk) if pk else ""

    def cell(self, page: Page) -> Cell:
        def cell(pk: int | None) -> str:
            if not pk:
                return "--"
            if not self.is_link:
                return str(self.spell(pk))
            url = escape(url_of(self.page_name, pk))
            return f'<a class="name" href="{url}">{self.spell(pk)}</a>'

        return cell


@dataclass(frozen=True)
class NumberFilter(filters.Text):
    """By the digits of an 额度编号, 券ID or 配置编号, whatever letter stands before them."""

    def read(self, data: Mapping[str, str]) -> Any:
        text = super().read(data)
        if text is None:
            return None
        digits = text.upper().lstrip("QCP").lstrip("0")
        if not digits.isdecimal() or len(digits) > 18:
            raise BadFilter(_("“%(label)s”请填写编号中的数字。") % {"label": self.label})
        return int(digits)
