"""伙伴账单 and their lines (sales_pipeline.md §6.2)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.months import Month, Months
from core.lists import columns, filters
from customers.models import Customer
from workbench.lists import WorkList

from .models import BilledCharge, PartnerBill


def bill_url(pk: int) -> str:
    return reverse("bills:bill_detail", args=[pk])


def _buttons(page: columns.Page) -> columns.Cell:
    words, lines = str(_("详情")), str(_("账单明细"))
    address = reverse("bills:line_list")

    def buttons(values: tuple[Any, Any]) -> str:
        pk, month = values
        return (
            f'<a href="{bill_url(pk)}">{words}</a>'
            f'<a href="{address}?month={month:%Y-%m}">{lines}</a>'
        )

    return buttons


class BillList(WorkList):
    """伙伴账单, a row a month."""

    exportable = True
    key = "bills"
    title = _("伙伴账单")
    help = _("每月 5 日 12:00 前生成上月账单：本公司及名下云经销商的代售、转售客户的消费。")
    empty = _("还没有账单。上月有代售或转售客户消费时，账单在每月 5 日 12:00 前生成。")
    order = ("-month", "-pk")
    columns = (
        Month("month", _("账期"), card=True),
        columns.Money("total", _("消费合计（元）"), card=True),
        columns.Money("due", _("应付金额（元）"), card=True),
        columns.Choice(
            "is_complete", _("数据"), choices={True: _("完整"), False: _("出账时数据不完整")}
        ),
        columns.Instant("made_at", _("出账时间")),
        columns.Actions("actions", _("操作"), ("pk", "month"), buttons=_buttons),
    )
    filters = (Months("month", _("账期")),)

    def rows(self) -> QuerySet[PartnerBill]:
        return PartnerBill.objects.visible_to(self.member)


def _sellers(pks: list[int]) -> Mapping[int, str]:
    """Whose customers: looked up apart, since a former reseller is no longer read."""
    rows = BilledCharge.objects.filter(pk__in=pks).order_by()
    return dict(rows.values_list("pk", "partner__name"))


class BillLineList(WorkList):
    """账单明细: customer × product × month of charge."""

    exportable = True
    key = "bill_lines"
    title = _("账单明细")
    help = _("账单由这些明细相加而成；往月的更正计入之后的账单，列在其消费月份下。")
    empty = _("还没有账单明细。账单生成后会出现在这里。")
    order = ("-bill_month", "-pk")
    columns = (
        columns.Column("customer", _("客户ID"), ("customer_number",), card=True),
        Month("bill_month", _("账期"), card=True),
        Month("charge_month", _("消费月份")),
        columns.Looked("seller", _("所属伙伴"), fetch=_sellers, default="--"),
        columns.Column("service", _("产品"), ("service__name",), card=True),
        columns.Choice(
            "association_type", _("关联类型"), choices=dict(Customer.Association.choices)
        ),
        columns.Money("amount", _("金额（元）"), card=True),
    )
    filters = (
        Months("month", _("账期"), "bill_month"),
        filters.Text("customer", _("客户ID"), "customer_number"),
        filters.Text("service", _("产品"), "service__name__contains"),
        Months("charged", _("消费月份"), "charge_month"),
    )

    def rows(self) -> QuerySet[BilledCharge]:
        return BilledCharge.objects.visible_to(self.member)
