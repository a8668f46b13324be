"""Who moves money: these functions, and in the database one function behind them.

A transfer is one statement, whose accounts are held in id order. A flow locks its own rows first
and moves money last; what moves several amounts does so in one `transfer_many`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from django.db import IntegrityError, connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import formats
from core.refusals import Refused
from org.models import Member

from .models import CENT, LARGEST, Account, Entry

Outcome = Literal["done", "again", "short", "empty", "other"]
WHOLE: Decimal | None = None  # as an amount: all that is there


class Insufficient(Refused):
    """The account has less than that."""


class KeyTaken(Refused):
    """The same cause moved another amount, or between other accounts."""


@dataclass(frozen=True)
class Move:
    """What is to be moved; accounts by id. The key names the cause."""

    key: str
    source: int
    target: int
    amount: Decimal | None


@dataclass(frozen=True)
class Moved:
    """What became of a move."""

    outcome: Outcome
    transfer: int  # 0 unless money moved, now or before
    amount: Decimal
    available: Decimal | None  # in the source before it; None without a floor

    def __bool__(self) -> bool:
        return self.outcome in ("done", "again")


def transfer(
    source: int,
    target: int,
    amount: Decimal,
    *,
    kind: str,
    key: str,
    at: datetime,
    by: Member | None = None,
    memo: str = "",
) -> Moved:
    """Move an amount, once for each key: the second time answers what the first one did.

    Raises Insufficient, or KeyTaken when the key stands for something else.
    """
    (moved,) = transfer_many(
        [Move(key, source, target, amount)], kind=kind, at=at, by=by, memo=memo
    )
    raise_refusal(moved)
    return moved


def drain(
    source: int, target: int, *, kind: str, key: str, at: datetime, by: Member | None = None
) -> Moved:
    """Move all that an account has; nothing, and no transfer, when it has nothing."""
    (moved,) = transfer_many([Move(key, source, target, WHOLE)], kind=kind, at=at, by=by)
    raise_refusal(moved)
    return moved


def raise_refusal(moved: Moved) -> None:
    if moved.outcome == "short":
        words = {"available": formats.money(max(moved.available or Decimal(0), Decimal(0)))}
        raise Insufficient(_("余额不足，可用余额 %(available)s 元。") % words)
    if moved.outcome == "other":
        raise KeyTaken(_key_taken())


def transfer_many(
    moves: Sequence[Move],
    *,
    kind: str,
    at: datetime,
    by: Member | None = None,
    memo: str = "",
) -> list[Moved]:
    """Make moves one after the other, in one statement; each has a result of its own.

    A move that is refused leaves the others alone. Keys are distinct.
    """
    for move in moves:
        _check(move)
    assert len({move.key for move in moves}) == len(moves), "a key twice in one batch"
    parameters = (
        [move.key for move in moves],
        _array(move.source for move in moves),
        _array(move.target for move in moves),
        _array(move.amount for move in moves),
        *(kind, at, by.pk if by else None, memo),
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(_TRANSFER, parameters)
            return [Moved(*row) for row in cursor.fetchall()]
    except IntegrityError as error:  # the same key between other accounts, at the same moment
        if "ledger_transfer_key" not in str(error):
            raise
        raise KeyTaken(_key_taken()) from error


_TRANSFER = (
    "SELECT outcome, coalesce(transfer_id, 0), amount, available FROM ledger_transfer("
    "%s::text[], %s::bigint[], %s::bigint[], %s::numeric[], %s, %s, %s::bigint, %s) ORDER BY n"
)


def _array(numbers: Iterable[int | Decimal | None]) -> str:
    """As PostgreSQL writes it. The driver would ask each number what it is."""
    return "{" + ",".join("NULL" if n is None else str(n) for n in numbers) + "}"


def _key_taken() -> str:
    return _("该操作已提交过，且内容不同，请刷新后重试。")


def _check(move: Move) -> None:
    """Amounts of people are checked by their forms; what arrives here must be right."""
    assert move.source != move.target and move.key
    if move.amount is not None and not is_amount(move.amount):
        raise ValueError(f"no amount of money: {move.amount}")


def is_amount(value: Decimal) -> bool:
    """Whether this may be moved: above 0, no more than two decimals, not out of all bounds."""
    return value.is_finite() and 0 < value <= LARGEST and value == value.quantize(CENT)


def open_accounts(partner_id: int | None, kind: str, count: int = 1) -> list[int]:
    """New accounts of a partner, with nothing in them. Of what it has already: none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_open(%s::bigint, %s, %s)", [partner_id, kind, count])
        return [pk for (pk,) in cursor.fetchall()]


def account_of(partner_id: int | None, kind: str) -> Account:
    """The one account of this kind that the partner (None: the vendor) has; opened if need be."""
    accounts = Account.objects.filter(kind=kind)
    accounts = accounts.filter(partner=partner_id) if partner_id else accounts.filter(partner=None)
    account = accounts.first()
    if account is None:
        open_accounts(partner_id, kind)
        account = accounts.get()
    return account


def balances(accounts: Iterable[int]) -> dict[int, Decimal]:
    """What is now in each of these, as far as whoever asks may see them."""
    return dict(Account.objects.filter(pk__in=accounts).values_list("pk", "balance"))


def balance(account: Account | int, as_of: datetime | None = None) -> Decimal:
    """What was in the account at a past moment, that moment included; else what is now."""
    pk = account.pk if isinstance(account, Account) else account
    if as_of is None:
        return Account.objects.values_list("balance", flat=True).get(pk=pk)
    entries = Entry.objects.filter(account_id=pk, at__lte=as_of)
    return entries.aggregate(total=Sum("amount"))["total"] or Decimal("0.00")
