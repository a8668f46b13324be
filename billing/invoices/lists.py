"""开票关系, 发票管理 and 结算记录 (sales_pipeline.md §6.1, §6.4)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activity.services import record
from billing.months import Month, MonthName, Months
from core import clock
from core.access import Decision, denied
from core.lists import Tab, columns, filters
from customers.models import Customer
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from .agreements import Settlement
from .columns import STATE_TONES, Issuer, Standing, receiver, standings
from .models import Direction, Invoice, Obligation

DIRECTIONS = dict(Direction.choices)
ISSUED = ("to_sign", "issued", "returning", "issued_kept")


def obligation_url(pk: int) -> str:
    return reverse("invoices:obligation_detail", args=[pk])


def invoice_url(pk: int) -> str:
    return reverse("invoices:invoice_detail", args=[pk])


def _standing_at(rows: QuerySet[Any], wanted: str) -> QuerySet[Any]:
    """未开票: what can still be settled; 申请中, 已开票: where an invoice lives."""
    living = Invoice.objects.filter(obligation=OuterRef("pk")).living()
    if wanted == "open":
        rows = rows.exclude(direction=Direction.TO_CUSTOMER).filter(amount__gt=0)
        return rows.filter(~Exists(living))
    issued = living.filter(state__in=ISSUED)
    return rows.filter(Exists(issued if wanted == "issued" else living.exclude(state__in=ISSUED)))


class ReceiverList(WorkList):
    """A list with customers' names on it: who may reveal them does, and it is recorded."""

    def may_reveal(self) -> Decision:
        return self.member.may(CUSTOMERS_REVEAL)

    def customers_of(self, pks: list[Any]) -> QuerySet[Any]:
        raise NotImplementedError

    def record_reveal(self, column: columns.Column, pks: list[Any]) -> None:
        customers = sorted({pk for pk in self.customers_of(pks) if pk})
        record(
            "customer.revealed",
            by=self.member,
            at=clock.now(),
            after={"column": "name", "list": self.key, "customers": customers},
        )


class ObligationList(ReceiverList):
    """开票关系 of the partner's own customers and bills."""

    exportable = True
    key = "obligations"
    title = _("开票关系")
    help = _(
        "每个客户、账期和关联类型由谁向谁开票：代售和转售由伙伴开给客户、厂商开给伙伴；"
        "顾问销售由厂商开给客户。"
    )
    empty = _("还没有开票关系。账单在每月 5 日 12:00 前生成，之后会出现在这里。")
    template = "billing/invoices/list.html"
    order = ("-month", "-pk")
    tabs: Sequence[Tab] = (
        Tab("", _("全部")),
        Tab("by_partner", DIRECTIONS["by_partner"], Q(direction="by_partner")),
        Tab("to_partner", DIRECTIONS["to_partner"], Q(direction="to_partner")),
        Tab("to_customer", DIRECTIONS["to_customer"], Q(direction="to_customer")),
    )
    columns = (
        receiver(url=obligation_url),
        Month("month", _("账期"), card=True),
        columns.Choice(
            "association_type", _("关联类型"), choices=dict(Customer.Association.choices)
        ),
        columns.Choice("direction", _("开票方向"), choices=DIRECTIONS),
        Issuer("issuer", _("开票方"), ("issuer_name",), card=True),
        columns.Money("amount", _("应开票金额（元）"), card=True),
        Standing("state", _("状态"), fetch=standings, card=True),
    )
    filters = (
        Months("month", _("账期")),
        filters.Text("number", _("客户ID"), "receiver_number"),
        filters.Choice(
            "association_type", _("关联类型"), choices=dict(Customer.Association.choices)
        ),
        filters.Choice(
            "state",
            _("状态"),
            choices={"open": _("未开票"), "asked": _("申请中"), "issued": _("已开票")},
            apply=_standing_at,
        ),
    )

    def rows(self) -> QuerySet[Obligation]:
        mine = Obligation.objects.visible_to(self.member)
        return mine.filter(partner_id=self.member.partner_id)

    def customers_of(self, pks: list[Any]) -> QuerySet[Any]:
        return self.rows().filter(pk__in=pks).values_list("customer", flat=True)


class ResellerObligationList(ObligationList):
    """What a distributor issues to its resellers' customers."""

    key = "reseller_obligations"
    help = _(
        "云经销商的代售、转售客户由总经销商开票；云经销商与总经销商之间的结算由双方自行约定，厂商不参与。"
    )
    empty = _("云经销商的客户还没有需要开票的账期。")
    tabs = ()

    def rows(self) -> QuerySet[Obligation]:
        issued_by_us = Obligation.objects.visible_to(self.member).filter(
            issuer_id=self.member.partner_id
        )
        return issued_by_us.filter(partner__in=self.member.reseller_ids)

    def may_reveal(self) -> Decision:
        return denied(str(_("云经销商的客户资料请联系云经销商")))


class InvoiceList(WorkList):
    """发票管理: what the partner asked of the vendor."""

    exportable = True
    keys_first = True
    key = "invoices"
    title = _("发票管理")
    help = _("向厂商索取的发票：按账期整额开具；退票须整额，提交后不能撤回。")
    empty = _("还没有索取过发票。在“开票关系”中选择一个账单，点击“索取发票”。")
    template = "billing/invoices/list.html"
    order = ("-created_at", "-pk")
    tabs = (
        Tab("", _("全部")),
        Tab("ours", _("待我方处理"), Q(state__in=["draft", "to_sign", "issuing_kept"])),
        Tab(
            "vendor",
            _("厂商处理中"),
            Q(state__in=["reviewing", "issuing", "withdrawing", "returning"]),
        ),
        Tab("issued", _("已开票"), Q(state__in=["issued", "issued_kept"])),
        Tab("over", _("已退票或撤销"), Q(state__in=["returned", "withdrawn"])),
    )
    columns = (
        MonthName(
            "month",
            _("账期"),
            ("pk", "obligation__month", "number"),
            card=True,
            url=invoice_url,
            parts=(
                Month("month", _("账期"), ("obligation__month",)),
                columns.Column("number", _("发票号码")),
            ),
        ),
        columns.Money("amount", _("发票金额（元）"), card=True),
        columns.State(
            "state",
            _("状态"),
            choices=dict(Invoice.State.choices),
            tones=STATE_TONES,
            card=True,
        ),
        columns.Column("title", _("发票抬头"), ("title__name",)),
        columns.Choice("medium", _("发票介质"), choices=dict(Invoice.Medium.choices)),
        columns.Day("issued_on", _("开票日期")),
        columns.Column("courier", _("快递单号")),
        columns.Instant("created_at", _("申请时间")),
    )
    filters = (
        Months("month", _("账期"), "obligation__month"),
        filters.Text("number", _("发票号码")),
        filters.Choice("state", _("状态"), choices=dict(Invoice.State.choices)),
        filters.Dates("created", _("申请时间"), "created_at"),
    )

    def rows(self) -> QuerySet[Invoice]:
        mine = Invoice.objects.visible_to(self.member)
        return mine.filter(partner_id=self.member.partner_id, direction=Direction.TO_PARTNER)


class OwnInvoiceList(ReceiverList):
    """我方开具的发票: what the partner recorded for its customers and its resellers'."""

    exportable = True
    keys_first = True
    key = "own_invoices"
    title = _("发票管理")
    help = _("本公司开给代售和转售客户的发票，由本公司登记。")
    empty = _("还没有登记过发票。在“开票关系”中选择一个客户的账期，点击“登记发票”。")
    template = "billing/invoices/list.html"
    order = ("-created_at", "-pk")
    columns = (
        receiver("obligation__", url=invoice_url),
        columns.Column("invoice", _("发票号码"), ("number",), card=True),
        Month("month", _("账期"), ("obligation__month",), card=True),
        columns.Money("amount", _("发票金额（元）"), card=True),
        columns.State(
            "state",
            _("状态"),
            choices=dict(Invoice.State.choices),
            tones=STATE_TONES,
            card=True,
        ),
        columns.Day("issued_on", _("开票日期")),
        columns.Instant("created_at", _("登记时间")),
    )
    filters = (
        Months("month", _("账期"), "obligation__month"),
        filters.Text("invoice", _("发票号码"), "number"),
        filters.Text("number", _("客户ID"), "obligation__receiver_number"),
        filters.Choice(
            "state",
            _("状态"),
            choices={code: Invoice.State(code).label for code in ("issued", "returned")},
        ),
    )

    def rows(self) -> QuerySet[Invoice]:
        return Invoice.objects.visible_to(self.member).filter(issuer_id=self.member.partner_id)

    def may_reveal(self) -> Decision:
        if self.member.partner.is_distributor:
            return denied(str(_("列表中有云经销商的客户，不显示完整名称")))
        return super().may_reveal()

    def customers_of(self, pks: list[Any]) -> QuerySet[Any]:
        return self.rows().filter(pk__in=pks).values_list("obligation__customer", flat=True)


SETTLEMENT_TONES = {"waiting": "amber", "agreed": "green", "disputed": "red"}


class SettlementList(WorkList):
    """结算记录 between a distributor and its resellers."""

    exportable = True
    key = "settlements"
    title = _("结算记录")
    help = _("总经销商与云经销商按双方约定结算，任一方登记、对方确认；厂商不参与计算。")
    empty = _("还没有结算记录。点击“登记结算”记下一笔付款、开票或退款，由对方确认。")
    template = "billing/settlements/list.html"
    order = ("-recorded_at", "-pk")
    tabs = (
        Tab("", _("全部")),
        Tab("waiting", _("待确认"), Q(state="waiting")),
        Tab("agreed", _("已确认"), Q(state="agreed")),
        Tab("disputed", _("有异议"), Q(state="disputed")),
    )
    columns = (
        MonthName(
            "month",
            _("账期"),
            ("pk", "month", "number"),
            card=True,
            url=lambda pk: reverse("invoices:settlement_detail", args=[pk]),
            parts=(Month("month", _("账期")), columns.Column("number", _("单号"))),
        ),
        columns.Column("distributor", _("总经销商"), ("partner_name",)),
        columns.Column("reseller", _("云经销商"), ("reseller_name",), card=True),
        columns.Choice("kind", _("结算事项"), choices=dict(Settlement.Kind.choices), card=True),
        columns.Money("amount", _("金额（元）"), card=True),
        columns.State(
            "state",
            _("状态"),
            choices=dict(Settlement.State.choices),
            tones=SETTLEMENT_TONES,
            card=True,
        ),
        columns.Instant("recorded_at", _("登记时间")),
    )
    filters = (
        Months("month", _("账期")),
        filters.Choice("kind", _("结算事项"), choices=dict(Settlement.Kind.choices)),
        filters.Text("reseller", _("云经销商"), "reseller_name__contains"),
    )

    def rows(self) -> QuerySet[Settlement]:
        return Settlement.objects.visible_to(self.member)
