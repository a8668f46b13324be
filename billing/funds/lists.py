"""收支明细, 调账记录, and the resellers' balances (customers_coupons.md §11.4, §11.5)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activity.services import record
from core import clock
from core.access import Decision
from core.lists import Tab, columns, filters
from core.lists.columns import Cell, Column, Page
from core.lists.filters import BadFilter
from core.masking import mask_name
from customers.finding import of_customers_named
from customers.lists import customer_url, name_parts
from ledger.models import Account, Entry, Transfer, transfer_number
from org.models import Partner
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from .accounts import partner_account
from .models import Adjustment, BalanceWarning
from .resellers import decide_adjust_reseller
from .services import Type


class Number(columns.Column):
    """交易号 of a transfer: its kind and its id."""

    def plain(self, page: Page) -> Cell:
        return lambda values: transfer_number(*values)


class NumberFilter(filters.Text):
    """By the digits of a 交易号, whatever letters stand before them."""

    def read(self, data: Mapping[str, str]) -> Any:
        text = super().read(data)
        if text is None:
            return None
        digits = text.upper().lstrip("ADREUNT").lstrip("0")
        if not digits.isdecimal() or len(digits) > 18:
            raise BadFilter(str(_("“交易号”请填写形如 AD000000000123 的编号。")))
        return int(digits)


class StatementList(WorkList):
    """收支明细 of the partner's two accounts, with what is in them."""

    exportable = True
    keys_first = True
    key = "statement"
    title = _("资金管理")
    help = _("充值账户和信用账户的余额与每一笔收支。")
    empty = _("还没有收支。厂商充值、拨款和回收后会出现在这里。")
    template = "billing/funds/statement.html"
    order = ("-pk",)
    first_tab = "cash"

    @cached_property
    def accounts(self) -> dict[str, Account]:
        return {
            kind.value: partner_account(self.member.partner_id, kind)
            for kind in (Account.Kind.CASH, Account.Kind.CREDIT)
        }

    @property
    def tabs(self) -> Sequence[Tab]:  # type: ignore[override]
        return self._tabs

    @cached_property
    def _tabs(self) -> tuple[Tab, ...]:
        return tuple(
            Tab(kind, account.get_kind_display(), Q(account_id=account.pk))
            for kind, account in self.accounts.items()
        )

    @cached_property
    def threshold(self) -> Decimal | None:
        return BalanceWarning.of(self.member.partner_id)

    @property
    def is_low(self) -> bool:
        return self.threshold is not None and self.accounts["cash"].balance < self.threshold

    def rows(self) -> QuerySet[Any]:
        mine = [account.pk for account in self.accounts.values()]
        return Entry.objects.visible_to(self.member).filter(account_id__in=mine)

    def visible_columns(self) -> Sequence[Column]:
        return (
            columns.Instant("at", _("交易时间"), card=True),
            Number("number", _("交易号"), ("transfer__kind", "transfer_id")),
            columns.Choice(
                "kind",
                _("交易类型"),
                ("transfer__kind",),
                choices=dict(Transfer.Kind.choices),
                card=True,
            ),
            Direction("direction", _("收支"), ("amount",)),
            columns.Money("amount", _("金额（元）"), card=True),
            columns.Money("balance_after", _("余额（元）")),
            columns.Looked("about", _("客户/云经销商"), fetch=self._about, default=""),
            columns.Column("memo", _("备注"), ("transfer__memo",)),
        )

    def visible_filters(self) -> Sequence[filters.Filter]:
        return (
            filters.Choice(
                "kind", _("交易类型"), "transfer__kind", choices=dict(Transfer.Kind.choices)
            ),
            filters.Choice(
                "direction",
                _("收支"),
                choices={"in": _("收入"), "out": _("支出")},
                apply=lambda rows, way: rows.filter(
                    **({"amount__gt": 0} if way == "in" else {"amount__lt": 0})
                ),
            ),
            filters.Dates("at", _("交易时间")),
            NumberFilter("number", _("交易号"), "transfer_id"),
        )

    def _about(self, pks: list[int]) -> Mapping[int, str]:
        """Whom an adjustment was for; masked, as a statement is not where names are revealed."""
        entries = self.rows().filter(pk__in=pks).values_list("pk", "transfer_id")
        transfers = {transfer: pk for pk, transfer in entries}
        rows = Adjustment.objects.visible_to(self.member).filter(transfer_id__in=transfers)
        named = rows.values_list("transfer_id", "customer__name", "reseller__name")
        return {
            transfers[transfer]: mask_name(name) if name else reseller or ""
            for transfer, name, reseller in named
        }


class Direction(columns.Column):
    def plain(self, page: Page) -> Cell:
        came, went = str(_("收入")), str(_("支出"))
        return lambda amount: came if amount > 0 else went


class AdjustmentList(WorkList):
    """调账记录: with customers and with resellers."""

    exportable = True
    key = "adjustments"
    title = _("调账记录")
    help = _("为客户和云经销商的拨款、回收，以及解除关联时的自动回收。")
    empty = _("还没有调账记录。为客户或云经销商拨款后会出现在这里。")
    template = "billing/funds/adjustments.html"
    order = ("-pk",)
    first_tab = "customers"
    tabs: Sequence[Tab] = (
        Tab("customers", _("客户"), Q(customer__isnull=False)),
        Tab("resellers", _("云经销商"), Q(reseller__isnull=False)),
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        if not self.member.partner.is_distributor:  # it has no resellers
            self.tabs = self.tabs[:1]

    def rows(self) -> QuerySet[Any]:
        return Adjustment.objects.visible_to(self.member)

    def visible_columns(self) -> Sequence[Column]:
        about: Column = columns.Name(
            "name",
            _("客户名称/账号名"),
            ("customer_id", "customer__name", "customer__account_name", "customer__number"),
            mask="name",
            card=True,
            url=customer_url,
            parts=name_parts("customer__"),
        )
        if self.data.get("tab") == "resellers":
            about = columns.Column("reseller", _("云经销商"), ("reseller__name",), card=True)
        return (
            about,
            Number("number", _("交易号"), ("type", "transfer_id")),
            columns.Choice("type", _("调账类型"), choices=dict(Type.choices), card=True),
            columns.Money("amount", _("金额（元）"), card=True),
            columns.Choice("money", _("账户"), choices=dict(Account.Kind.choices)),
            Currency("currency", _("币种"), ("pk",)),
            columns.Instant("at", _("时间")),
            columns.Column("member", _("操作人"), ("member__user__name",)),
            columns.Column("memo", _("备注")),
        )

    def visible_filters(self) -> Sequence[filters.Filter]:
        return (
            filters.Text(
                "name",
                _("客户名称/账号名"),
                apply=of_customers_named,
                placeholder=_("名称、账号名或拼音首字母"),
                mask="name",
            ),
            filters.Text("customer", _("客户ID"), "customer__number"),
            filters.Choice("type", _("调账类型"), choices=dict(Type.choices)),
            filters.Dates("at", _("时间")),
            NumberFilter("number", _("交易号"), "transfer_id"),
            filters.Text("reseller", _("云经销商"), "reseller__name__contains"),
        )

    def may_reveal(self) -> Decision:
        return self.member.may(CUSTOMERS_REVEAL)

    def record_reveal(self, column: Column, pks: list[Any]) -> None:
        shown = self.rows().filter(pk__in=pks, customer__isnull=False).order_by("customer")
        customers = list(shown.values_list("customer", flat=True).distinct())
        record(
            "customer.revealed",
            by=self.member,
            at=clock.now(),
            after={"column": column.key, "list": self.key, "customers": customers},
        )


class Currency(columns.Column):
    def plain(self, page: Page) -> Cell:
        return lambda pk: "CNY"


class ResellerFundsList(WorkList):
    """云经销商 of a distributor: what each has, and 拨款, 回收."""

    key = "reseller_funds"
    title = _("资金管理")
    help = _("为云经销商拨款，或回收其充值账户中的资金。云经销商用它为自己的客户拨款。")
    empty = _("还没有云经销商。")
    template = "billing/funds/statement.html"
    order = ("pk",)
    filters = (filters.Text("name", _("云经销商"), "name__contains"),)

    def rows(self) -> QuerySet[Any]:
        return Partner.objects.filter(distributor_id=self.member.partner_id)

    def visible_columns(self) -> Sequence[Column]:
        return (
            columns.Column("name", _("云经销商"), card=True),
            Balance(
                "balance", _("充值账户余额（元）"), fetch=self._balances, numeric=True, card=True
            ),
            columns.State(
                "is_active",
                _("状态"),
                choices={True: _("正常"), False: _("已停用")},
                tones={True: "green", False: "muted"},
            ),
            columns.Actions("actions", _("操作"), ("pk",), buttons=self._buttons),
        )

    def _balances(self, pks: list[int]) -> Mapping[int, Decimal]:
        accounts = Account.objects.visible_to(self.member, resellers=True)
        mine = accounts.filter(partner__in=pks, kind=Account.Kind.CASH)
        return dict(mine.values_list("partner", "balance"))

    def _buttons(self, page: Page) -> Cell:
        made = []
        for kind, words in ((Type.ALLOCATE, _("拨款")), (Type.RECLAIM, _("回收"))):
            decision = decide_adjust_reseller(self.member, kind)
            url = reverse(f"funds:{kind}_reseller", args=[0])
            made.append((url, str(words), "" if decision else columns.refused(decision, words)))

        def buttons(pk: int) -> str:
            return "".join(
                refused or f'<a href="{url.replace("/0/", f"/{pk}/")}">{words}</a>'
                for url, words, refused in made
            )

        return buttons


class Balance(columns.Looked):
    def plain(self, page: Page) -> Cell:
        found = self._found(page)
        return lambda pk: f"{found.get(pk, Decimal(0)):.2f}"

    def cell(self, page: Page) -> Cell:
        found = self._found(page)
        return lambda pk: f"{found.get(pk, Decimal(0)):,.2f}"
