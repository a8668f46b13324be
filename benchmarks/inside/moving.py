"""Clients that move money at once."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

from django.db import connection

from billing.funds.models import CustomerFunds
from billing.funds.services import Type, Wish, adjust_customer
from core import clock, tenancy
from customers.models import Customer
from ledger import checking
from ledger.models import Account, Transfer
from ledger.services import Move, account_of, open_accounts, transfer, transfer_many
from ops.money import CHECKS
from org.models import Member, Partner
from org.permissions import FUNDS_ALLOCATE

from .clients import Make, at_once

CENT, RICH = Decimal("0.01"), Decimal(1_000_000)
BATCH = 1_000


def open_accounts_of_bench(accounts: int) -> None:
    """Accounts of the largest partner, and every partner's cash account, all with money."""
    with tenancy.vendor():
        vendor = account_of(None, Account.Kind.VENDOR).pk
        partners = list(Partner.objects.order_by("pk").values_list("pk", flat=True))
        if (have := len(_accounts())) < accounts:
            open_accounts(partners[0], Account.Kind.ALLOCATION, accounts - have)
        mine = _accounts()
        cash = [account_of(pk, Account.Kind.CASH).pk for pk in partners]
        run = uuid4().hex
        moves = [Move(f"{run}:{pk}", vendor, pk, RICH) for pk in {*mine, *cash}]
        transfer_many(moves, kind=Transfer.Kind.RECHARGE, at=clock.now())


def move_money(kind: str, clients: int, seconds: float) -> dict[str, float]:
    """Every client counts what was acknowledged; what is stored is compared at once."""
    with tenancy.vendor():
        make = {"spread": _spread, "hot": _hot, "allocate": _allocate, "batch": _batch}[kind]()
    run = uuid4().hex
    acked, speed = at_once(make, run, clients=clients, seconds=seconds)
    stored = _stored(run)
    if stored != acked:
        raise RuntimeError(f"{acked} acknowledged, {stored} stored")
    return speed


def _stored(run: str) -> int:
    with tenancy.vendor(), connection.cursor() as cursor:
        like = f"bench:{run}:"
        cursor.execute(
            "SELECT count(*) FROM ledger_transfer WHERE key >= %s AND key < %s", [like, f"{like}~"]
        )
        return cursor.fetchone()[0]


def _accounts() -> list[int]:
    partner = Partner.objects.order_by("pk").first()
    accounts = Account.objects.filter(partner=partner, kind=Account.Kind.ALLOCATION)
    accounts = accounts.exclude(pk__in=CustomerFunds.objects.values("account"))
    return list(accounts.order_by("pk").values_list("pk", flat=True))


def _between(choose: Callable[[Random], tuple[int, int]]) -> Make:
    def make(key: str) -> int:
        source, target = choose(Random(key))
        transfer(source, target, CENT, kind=Transfer.Kind.TRANSFER, key=key, at=clock.now())
        return 1

    return make


def _spread() -> Make:
    accounts = _accounts()
    return _between(lambda rng: tuple(rng.sample(accounts, 2)))  # type: ignore[arg-type]


def _hot() -> Make:
    hot, *accounts = _accounts()
    return _between(lambda rng: (hot, rng.choice(accounts)))


def _batch() -> Make:
    accounts = _accounts()

    def make(key: str) -> int:
        rng = Random(key)
        moves = [Move(f"{key}:{n}", *rng.sample(accounts, 2), CENT) for n in range(BATCH)]
        done = transfer_many(moves, kind=Transfer.Kind.TRANSFER, at=clock.now())
        return sum(map(bool, done))

    return make


def _allocate() -> Make:
    """The whole act: who may, the customer held, the record, the line of the log."""
    found = {}
    for member in Member.objects.active().acting().order_by("pk"):
        if member.may(FUNDS_ALLOCATE) and member.partner_id not in found:
            found[member.partner_id] = member
    customers = Customer.objects.associated().filter(association_type="resale")
    mine = list(customers.filter(partner__in=found).select_related("partner")[:1_000])

    def make(key: str) -> int:
        customer = Random(key).choice(mine)
        by, wish = found[customer.partner_id], Wish(CENT)
        with tenancy.tenant(customer.partner_id, user_id=by.user_id):
            adjust_customer(customer, Type.ALLOCATE, wish, key=key, by=by, at=clock.now())
        return 1

    return make


def prove_ledger() -> dict[str, Any]:
    """All checks over all that the rounds made. Lost or doubled transfers ended them before."""
    result = checking.check(CHECKS, at=clock.now())
    return {
        "transfers": result.transfers,
        "findings": len(result.findings),
        "broken": result.broken,
        "lost": 0,
        "doubled": 0,
    }
