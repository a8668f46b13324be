"""管理标签, and how labels look on a list of customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import formats
from core.lists import columns, filters
from core.lists.paging import capped_counts, count_label
from workbench.lists import WorkList

from .models import Label, Labelling
from .services import decide_manage_labels


def chip(name: str, colour: str) -> str:
    return f'<span class="pc-label {escape(colour)}">{escape(name)}</span>'


@dataclass(frozen=True)
class Labels(columns.Column):
    """The labels of a customer, each in its colour; `labels_of_outer_customer` finds them."""

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda labels: "、".join(each["name"] for each in labels)

    def cell(self, page: columns.Page) -> columns.Cell:
        return lambda labels: (
            "".join(chip(each["name"], each["colour"]) for each in labels) or formats.EMPTY
        )


def _counts(pks: list[int]) -> Mapping[int, str]:
    """On how many customers each label is, counted to 1,000 each, in one statement."""
    rows = [Labelling.objects.filter(label=pk) for pk in pks]
    return {pk: count_label(n) for pk, n in zip(pks, capped_counts(rows), strict=True)}


def _buttons(page: columns.Page) -> columns.Cell:
    change, delete = str(_("修改")), str(_("删除"))

    def buttons(pk: int) -> str:
        first = reverse("customers:change_label", args=[pk])
        second = reverse("customers:delete_label", args=[pk])
        return f'<a href="{first}">{change}</a><a href="{second}">{delete}</a>'

    return buttons


@dataclass(frozen=True)
class Chip(columns.Column):
    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: values[0]

    def cell(self, page: columns.Page) -> columns.Cell:
        return lambda values: chip(*values)


class LabelList(WorkList):
    """管理标签: the partner's labels, and on how many customers each is."""

    key = "labels"
    keeps_views = False  # a hundred rows at most
    title = _("客户标签")
    help = _("本伙伴自己的客户标签：客户和其他伙伴都看不到。最多 100 个，每个客户最多 5 个。")
    empty = _("还没有标签。在上方新建后，就可以在客户详情中为客户设置。")
    template = "customers/labels/list.html"
    columns = (
        Chip("name", _("标签"), ("name", "colour"), card=True),
        columns.Looked(
            "customers", _("客户数"), fetch=_counts, default="0", numeric=True, card=True
        ),
        columns.Column("created_by", _("创建人"), ("created_by__user__name",)),
        columns.Instant("created_at", _("创建时间")),
        columns.Actions("actions", _("操作"), ("pk",), buttons=_buttons),
    )
    filters = (filters.Text("name", _("标签名称"), "name__contains"),)

    def rows(self) -> QuerySet[Label]:
        return Label.objects.visible_to(self.member)

    def extra_context(self) -> dict[str, Any]:
        from .forms import LabelForm

        return {"form": LabelForm(), "decision": decide_manage_labels(self.member)}
