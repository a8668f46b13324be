"""账单子账号映射: whose the sub-accounts of billing files are.

A sub-account leads to a cloud account, the cloud account to the customers that it was, and each
charge counts for the association that covers its Beijing day. Figures follow at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.db.models import Min, Q
from django.utils.translation import gettext as _

from activity.services import Actor, record
from billing import values
from billing.errorfile import ErrorFile
from billing.models import ChargeLine, SubAccount
from billing.tables import BadLine, BadValue, Record, Table, bad, positions
from core.clock import check_day, start_of
from core.refusals import Refused
from customers.models import CloudAccount, Customer
from customers.services import associate_customer
from org.models import Partner

from . import figures

REQUIRED = ("provider", "sub_account", "customer_number")
OPTIONAL = ("partner", "customer_name", "association_type", "associated_on")
_TYPES = {
    "referral": Customer.Association.REFERRAL,
    "顾问销售": Customer.Association.REFERRAL,
    "resale": Customer.Association.RESALE,
    "代售": Customer.Association.RESALE,
    "postpaid": Customer.Association.POSTPAID,
    "转售": Customer.Association.POSTPAID,
}
Pair = tuple[int, int]  # sub-account, cloud account


@dataclass(frozen=True)
class Wish:
    """Whose a sub-account shall be. `partner` and what follows are for a customer not yet there."""

    number: str
    partner: Partner | None = None
    name: str = ""
    association_type: str = ""
    associated_on: date | None = None


@dataclass
class Mapped:
    """What became of a mapping file."""

    errors: ErrorFile
    mapped: int = 0
    created: int = 0  # customers
    unchanged: int = 0

    def count(self, changed: bool, created: bool) -> None:
        self.mapped += changed
        self.created += created
        self.unchanged += not changed


@transaction.atomic
def map_sub_account(sub_account: SubAccount, wish: Wish, *, by: Actor, at: datetime) -> SubAccount:
    """映射子账号: the sub-account is the customer's; a customer not yet there is associated.

    Raises Refused.
    """
    with connection.cursor() as cursor:
        figures.begin(cursor)
        first_day = _first_days([(sub_account, wish.number)]).get(wish.number)
        pairs, _created = _map(sub_account, wish, first_day, by=by, at=at)
        _recompute(cursor, pairs)
    return sub_account


@transaction.atomic
def map_from_file(stream: BinaryIO, *, by: Actor, at: datetime) -> Mapped:
    """Map each line of a CSV: provider, sub_account, customer_number and, for a customer that is
    not there yet, partner, customer_name, association_type[, associated_on].

    A sub-account that no billing file has named yet is kept for the one that will. A line that
    cannot be taken is reported and stops nothing else.
    """
    mapped = Mapped(ErrorFile())
    with connection.cursor() as cursor:
        figures.begin(cursor)
        lines = list(_good(_read(stream), mapped.errors))
        known = _known(lines)
        first_days = _first_days(
            [(known[line.key], line.wish.number) for line in lines if line.key in known]
        )
        pairs: list[Pair] = []
        for line in lines:
            first_day = first_days.get(line.wish.number)
            try:
                with transaction.atomic():
                    sub_account = known.get(line.key) or SubAccount.objects.create(**line.named)
                    touched, created = _map(sub_account, line.wish, first_day, by=by, at=at)
            except Refused as refusal:
                mapped.errors.add(bad(line.record, str(refusal)))
                continue
            pairs += touched
            mapped.count(bool(touched), created)
        _recompute(cursor, pairs)
    return mapped


# ---- one sub-account ----


def _map(
    sub_account: SubAccount, wish: Wish, first_day: date | None, *, by: Actor, at: datetime
) -> tuple[list[Pair], bool]:
    """Point the sub-account at the customer's cloud account.

    Returns what to recompute, nothing if nothing changed; and whether a customer was made.
    """
    created = _associate(sub_account, wish, first_day, by=by, at=at)
    account = CloudAccount.objects.get(number=wish.number)
    former = sub_account.cloud_account
    if former == account and not created:
        return [], False
    sub_account.cloud_account = account
    sub_account.save(update_fields=["cloud_account"])
    record(
        "sub_account.mapped",
        sub_account,
        by=by,
        at=at,
        before={"customer": former.number if former else ""},
        after={"sub_account": str(sub_account), "customer": account.number},
    )
    pairs = [(sub_account.pk, former.pk)] if former else []
    # A new association may also cover days of the account's other sub-accounts.
    theirs = account.sub_accounts.all() if created else [sub_account]
    return pairs + [(each.pk, account.pk) for each in theirs], created


def _recompute(cursor: Any, pairs: list[Pair]) -> None:
    if pairs:
        figures.touch_pairs(cursor, pairs)
        figures.make_touched(cursor)


def _associate(
    sub_account: SubAccount, wish: Wish, first_day: date | None, *, by: Actor, at: datetime
) -> bool:
    """Make sure that the customer is there; returns whether it was made now."""
    known = Customer.objects.filter(cloud_account__number=wish.number)
    current = known.associated().select_related("partner").first()
    if current and wish.partner and current.partner_id != wish.partner.pk:
        words = {"number": wish.number, "partner": current.partner}
        raise Refused(_("客户 %(number)s 已关联其他伙伴“%(partner)s”。") % words)
    if current or (not wish.partner and known.exists()):
        return False
    if not wish.partner:
        raise Refused(_("没有客户 %(number)s；请给出伙伴以新建客户。") % {"number": wish.number})
    if not wish.association_type:
        raise Refused(_("新建客户须给出关联类型。"))
    started = wish.associated_on or first_day
    if not started:
        raise Refused(_("该子账号还没有账单，新建客户须给出关联日期。"))
    check_day(started, _("关联日期"))
    name = wish.name or sub_account.name or wish.number
    associate_customer(
        partner=wish.partner,
        number=wish.number,
        name=name[:128],
        account_name=(sub_account.name or name)[:64],
        association_type=wish.association_type,
        source=Customer.Source.IMPORT,
        associated_at=start_of(started),
        by=by,
        at=at,
    )
    return True


def _first_days(wanted: list[tuple[SubAccount, str]]) -> dict[str, date]:
    """For each customer number, the first Beijing day with a charge of its sub-accounts."""
    number_of = {sub_account.pk: number for sub_account, number in wanted}
    rows = ChargeLine.objects.filter(sub_account__in=list(number_of)).order_by()
    first: dict[str, date] = {}
    for pk, day in rows.values_list("sub_account").annotate(first=Min("day")):
        number = number_of[pk]
        first[number] = min(day, first.get(number, day))
    return first


# ---- the file ----


@dataclass(frozen=True)
class _Line:
    record: Record
    key: tuple[str, str]  # provider, number
    wish: Wish

    @property
    def named(self) -> dict[str, str]:
        return {"provider": self.key[0], "number": self.key[1]}


def _good(lines: Iterable[_Line | BadLine], errors: ErrorFile) -> Iterator[_Line]:
    """The lines that can be tried; the others, and repeated sub-accounts, become errors."""
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        if isinstance(line, BadLine):
            errors.add(line)
        elif first := seen.get(line.key):
            errors.add(bad(line.record, _("子账号与第 %(line)d 行重复") % {"line": first}))
        else:
            seen[line.key] = line.record.line_number
            yield line


def _known(lines: Iterable[_Line]) -> dict[tuple[str, str], SubAccount]:
    numbers = {line.key[1] for line in lines}
    found = SubAccount.objects.filter(number__in=numbers).select_related("cloud_account")
    return {(each.provider, each.number): each for each in found}


def _read(stream: BinaryIO) -> Iterator[_Line | BadLine]:
    table = Table(stream, is_whole=values.is_whole_day)
    wanted = positions(table.columns, REQUIRED, OPTIONAL)
    partners: dict[str, Partner | None] = {}
    for line in table:
        if isinstance(line, BadLine):
            yield line
            continue
        cells = {name: line.cells[i] for name, i in wanted.items()}
        try:
            yield _Line(line, _key(cells), _wish(cells, partners))
        except BadValue as error:
            yield bad(line, str(error))


def _key(cells: dict[str, str]) -> tuple[str, str]:
    provider = values.required(cells, "provider", 100)
    return provider, values.required(cells, "sub_account", 255)


def _wish(cells: dict[str, str], partners: dict[str, Partner | None]) -> Wish:
    kind, day = values.text(cells, "association_type"), values.text(cells, "associated_on")
    if kind and kind not in _TYPES:
        raise BadValue(
            _("association_type 应为 referral（顾问销售）、resale（代售）或 postpaid（转售）")
        )
    return Wish(
        number=values.required(cells, "customer_number", 64),
        partner=_partner(values.text(cells, "partner"), partners),
        name=values.limited(values.text(cells, "customer_name"), "customer_name", 128),
        association_type=_TYPES.get(kind, ""),
        associated_on=values.day(day, "associated_on") if day else None,
    )


def _partner(name: str, known: dict[str, Partner | None]) -> Partner | None:
    """A partner by its name or 统一社会信用代码."""
    if not name:
        return None
    if name not in known:
        known[name] = Partner.objects.filter(Q(name=name) | Q(credit_code=name)).first()
    if not known[name]:
        raise BadValue(_("没有伙伴“%(name)s”") % {"name": name})
    return known[name]
