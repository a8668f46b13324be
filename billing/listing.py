"""What the lists of billing share: whose customer a row is, how he is found, and its windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.services import record
from core import clock, formats
from core.access import Decision
from core.lists import columns, filters
from core.masking import mask_name
from customers.finding import of_customers_named
from customers.lists import customer_url, name_parts
from customers.models import Customer, CustomerQuerySet
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

LONGEST = 366  # days of a range: a year (customers_coupons.md §13.2)
ASSOCIATIONS = dict(Customer.Association.choices)

# ---- columns ----

CUSTOMER = columns.Name(
    "name",
    _l("客户名称/账号名"),
    ("customer_id", "customer__name", "customer__account_name", "customer__number"),
    mask="name",
    card=True,
    url=customer_url,
    parts=name_parts("customer__"),
)
THEIR_CUSTOMER = replace(CUSTOMER, url=None)
RESELLER = columns.Column("reseller", _l("云经销商名称"), ("partner__name",), card=True)
MANAGER = columns.Column("manager", _l("客户经理"), ("customer__account_manager__user__name",))
ASSOCIATION = columns.Choice(
    "association_type", _l("关联类型"), ("customer__association_type",), choices=ASSOCIATIONS
)
SERVICE = columns.Column("service", _l("产品类型"), ("service__name",))


@dataclass(frozen=True)
class Code(columns.Choice):
    """A word for a code that a file may leave out."""

    def plain(self, page: columns.Page) -> columns.Cell:
        words = {code: str(label) for code, label in self.choices.items()}
        return lambda code: "" if code is None else words.get(code, str(code))


@dataclass(frozen=True)
class Moment(columns.Instant):
    """An instant as it stands: of what is compared with other books."""

    def cell(self, page: columns.Page) -> columns.Cell:
        return formats.instant


@dataclass(frozen=True)
class YesNo(columns.Column):
    def plain(self, page: columns.Page) -> columns.Cell:
        words = {True: _("是"), False: _("否")}
        return lambda value: words[value]


@dataclass(frozen=True)
class _Number(columns.Column):
    """An amount in a file, to the last digit, as spreadsheets add it up."""

    numeric: bool = True

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda amount: formats.exact(amount).replace(",", "")


@dataclass(frozen=True)
class ExactAmount(columns.Column):
    """An amount in its own currency, to the last digit. Reads amount and currency; in a file
    they are two columns, the currency once."""

    numeric: bool = True
    names_currency: bool = True

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: f"{values[1]} {formats.exact(values[0])}"

    def in_file(self) -> Sequence[columns.Column]:
        amount, currency = self.fields
        number = _Number(self.key, self.label, (amount,))
        return (number, columns.Column("currency", _l("币种"), (currency,)))[
            : 1 + self.names_currency
        ]


# ---- filters ----


def codes(labels: Mapping[Any, Any]) -> dict[str, Any]:
    """The choices of numbered codes, as an address spells them."""
    return {str(code): label for code, label in labels.items()}


BY_NAME = filters.Text(
    "name",
    _l("客户名称/账号名"),
    apply=of_customers_named,
    placeholder=_l("名称、账号名或拼音首字母"),
    mask="name",
)
BY_MANAGER = filters.Text(
    "manager",
    _l("客户经理"),
    "customer__account_manager__user__name__contains",
    placeholder=_l("客户经理姓名"),
)
BY_ASSOCIATION = filters.Choice(
    "type", _l("关联类型"), "customer__association_type", choices=ASSOCIATIONS
)
BY_SERVICE = filters.Text(
    "service", _l("产品类型"), "service__name__contains", placeholder=_l("产品名称的一部分")
)
BY_RESELLER = filters.Text("reseller", _l("云经销商名称"), "partner__name__contains")


@dataclass(frozen=True)
class Window(filters.Dates):
    """A range of at most a year; of one that is open, a year is meant."""

    def read(self, data: Mapping[str, str]) -> tuple[date | None, date | None] | None:
        found = super().read(data)
        if found is None:
            return None
        year = timedelta(days=LONGEST)
        first = found[0] or (found[1] - year if found[1] else clock.FIRST_DAY)
        last = found[1] or first + year
        if last - first > year:
            raise filters.BadFilter(_("“%(label)s”最多一年。") % {"label": self.label})
        return first, last


# ---- lists ----


class CustomersRows(WorkList):
    """A list whose rows belong to customers; `?customer=` in its address narrows to one."""

    resellers = False
    whose = "customer"  # the path to the customer
    exportable = True
    keys_first = True

    def customers(self) -> CustomerQuerySet:
        return Customer.objects.visible_to(self.member, resellers=self.resellers)

    def visible_filters(self) -> Sequence[filters.Filter]:
        return (*self.filters, *self.one_customer(f"{self.whose}_id"))

    def one_customer(self, field: str) -> Sequence[filters.Filter]:
        """A link from a customer's page narrows to him; the form then says so."""
        if not (wanted := self.data.get("customer", "")):
            return ()
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        found = self.customers().filter(pk=number).values_list("pk", "name")
        names = {str(pk): mask_name(name) for pk, name in found}
        return (filters.Choice("customer", _l("客户"), field, choices=names),)

    def may_reveal(self) -> Decision:
        return self.member.may(CUSTOMERS_REVEAL)

    def record_reveal(self, column: columns.Column, pks: list[Any]) -> None:
        rows = self.rows().filter(pk__in=pks).order_by(self.whose)
        record_revealed(self, column, list(rows.values_list(self.whose, flat=True).distinct()))


def record_revealed(shown: WorkList, column: columns.Column, customers: list[Any]) -> None:
    """Whose names somebody looked at, and on which list."""
    record(
        "customer.revealed",
        by=shown.member,
        at=clock.now(),
        after={"column": column.key, "list": shown.key, "customers": customers},
    )
