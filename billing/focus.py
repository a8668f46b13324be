"""FOCUS 1.0 billing files (FinOps Open Cost and Usage Specification), read as a stream.

Columns are found by name, in any order; others are ignored. Pure: a file goes in, charges and
bad lines come out, and a file that is none is refused (`tables.NotReadable`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from django.db.models import IntegerChoices
from django.utils.translation import gettext as _

from core.clock import day_of

from . import values
from .consumption.codes import BillType, ChargeMode, PaymentStatus
from .tables import BadLine, BadValue, Record, Table, bad, positions

REQUIRED = (
    "BilledCost",
    "BillingCurrency",
    "ChargeCategory",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ProviderName",
    "ServiceName",
    "SubAccountId",
)
OPTIONAL = (
    "BillingAccountId",
    "ChargeDescription",
    "ChargeFrequency",
    "ListCost",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ServiceCategory",
    "SubAccountName",
)
# Not in FOCUS 1.0, but where a provider adds its own number of a charge, a later delivery can
# replace that charge. The first of these that a file has is taken.
CHARGE_IDS = ("Id", "x_Id", "ChargeId", "x_ChargeId")
# What a provider may add; codes are those of the vendor (consumption/codes.py).
OF_PROVIDER = ("x_OrderId", "x_ChargeMode", "x_BillType", "x_PaymentStatus")
# Charges before the first cloud, or a year ahead, are misread columns, not charges.
EARLIEST = date(2010, 1, 1)

_CATEGORIES = {
    name.lower(): name for name in ("Usage", "Purchase", "Tax", "Credit", "Adjustment", "Refund")
}
_MODES = {"recurring": ChargeMode.PERIOD.value, "usage-based": ChargeMode.ON_DEMAND.value}
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a billing file. Amounts are in `currency`, to the last digit."""

    line_number: int
    charge_id: str
    provider: str
    sub_account: str
    sub_account_name: str
    service: str
    service_category: str
    category: str
    currency: str
    billed_cost: Decimal
    list_cost: Decimal | None
    started_at: datetime
    ended_at: datetime
    day: date  # the Beijing day on which the charge counts: that of its start
    region: str
    resource: str
    description: str
    resource_name: str = ""
    order_number: str = ""
    charge_mode: int | None = None
    bill_type: int | None = None
    payment_status: int | None = None


class FocusFile:
    """A billing file: iterate for its charges and bad lines; then `digest` names its content."""

    def __init__(self, stream: BinaryIO, *, until: date) -> None:
        """`until` is the last Beijing day that a charge may start on."""
        self._table = Table(stream, is_whole=values.is_whole_instant)
        self._until = until
        self._wanted = _find_columns(self._table.columns)

    @property
    def digest(self) -> str:
        return self._table.digest

    def __iter__(self) -> Iterator[Charge | BadLine]:
        for record in self._table:
            yield record if isinstance(record, BadLine) else self._charge(record)

    def _charge(self, record: Record) -> Charge | BadLine:
        cells = {name: record.cells[i] for name, i in self._wanted.items()}
        try:
            charge = _read(record.line_number, cells)
            _check_period(charge, self._until)
        except BadValue as error:
            return bad(record, str(error))
        return charge


def _find_columns(columns: Sequence[str]) -> dict[str, int]:
    """Where each column that we read stands; the provider's own number of a charge if it has."""
    charge_id = [name for name in CHARGE_IDS if name in columns][:1]
    found = positions(columns, REQUIRED, (*OPTIONAL, *OF_PROVIDER, *charge_id))
    return {"charge_id" if name in charge_id else name: place for name, place in found.items()}


def _read(line_number: int, cells: dict[str, str]) -> Charge:
    list_cost = values.text(cells, "ListCost")
    started_at = values.instant(values.text(cells, "ChargePeriodStart"), "ChargePeriodStart")
    return Charge(
        line_number=line_number,
        charge_id=values.limited(values.text(cells, "charge_id"), "Id", 100),
        provider=values.required(cells, "ProviderName", 100),
        sub_account=_sub_account(cells),
        sub_account_name=values.text(cells, "SubAccountName")[:255],
        service=values.required(cells, "ServiceName", 200),
        service_category=values.text(cells, "ServiceCategory")[:100],
        category=_category(cells),
        currency=_currency(cells),
        billed_cost=values.exact(values.text(cells, "BilledCost"), "BilledCost"),
        list_cost=values.exact(list_cost, "ListCost") if list_cost else None,
        started_at=started_at,
        ended_at=values.instant(values.text(cells, "ChargePeriodEnd"), "ChargePeriodEnd"),
        day=day_of(started_at),
        region=(values.text(cells, "RegionId") or values.text(cells, "RegionName"))[:100],
        resource=(values.text(cells, "ResourceId") or values.text(cells, "ResourceName"))[:500],
        description=values.text(cells, "ChargeDescription")[:1000],
        resource_name=values.text(cells, "ResourceName")[:200],
        order_number=values.limited(values.text(cells, "x_OrderId"), "x_OrderId", 64),
        charge_mode=_charge_mode(cells),
        bill_type=_code(cells, "x_BillType", BillType),
        payment_status=_code(cells, "x_PaymentStatus", PaymentStatus),
    )


def _charge_mode(cells: dict[str, str]) -> int | None:
    """As the provider says, else as FOCUS says how often it is charged."""
    by_frequency = _MODES.get(values.text(cells, "ChargeFrequency").lower())
    return _code(cells, "x_ChargeMode", ChargeMode) or by_frequency


def _code(cells: dict[str, str], column: str, known: type[IntegerChoices]) -> int | None:
    if not (value := values.text(cells, column)):
        return None
    if not (value.isdecimal() and value.isascii() and int(value[:9]) in known.values):
        raise BadValue(
            _("%(column)s 不是已知的代码：%(value)s") % {"column": column, "value": value}
        )
    return int(value)


def _sub_account(cells: dict[str, str]) -> str:
    """FOCUS leaves it empty for charges of the billing account itself: then that is the account."""
    if values.text(cells, "SubAccountId") or not values.text(cells, "BillingAccountId"):
        return values.required(cells, "SubAccountId", 255)
    return values.required(cells, "BillingAccountId", 255)


def _category(cells: dict[str, str]) -> str:
    value = values.required(cells, "ChargeCategory", 100)
    try:
        return _CATEGORIES[value.lower()]
    except KeyError:
        raise BadValue(_("ChargeCategory 不在规范之内：%(value)s") % {"value": value}) from None


def _currency(cells: dict[str, str]) -> str:
    value = values.required(cells, "BillingCurrency", 100)
    if not _CURRENCY.fullmatch(value):
        raise BadValue(_("BillingCurrency 不是三位币种代码：%(value)s") % {"value": value})
    return value.upper()


def _check_period(charge: Charge, until: date) -> None:
    if charge.ended_at < charge.started_at:
        raise BadValue(_("ChargePeriodEnd 早于 ChargePeriodStart"))
    if not EARLIEST <= charge.day <= until:
        words = {"first": EARLIEST, "last": until}
        raise BadValue(_("计费日期不在 %(first)s 至 %(last)s 之间") % words)
