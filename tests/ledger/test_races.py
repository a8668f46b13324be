"""Many at once: nothing is lost, doubled or overdrawn, and nobody waits for each other for ever."""

from decimal import Decimal
from itertools import count
from random import Random

import pytest

from core import tenancy
from ledger.models import Account, Transfer
from ledger.services import (
    Insufficient,
    KeyTaken,
    Move,
    balance,
    open_accounts,
    transfer,
    transfer_many,
)
from tests.factories import NOW, make_money, make_partner
from tests.race import race

pytestmark = pytest.mark.django_db(transaction=True)
TRANSFER = Transfer.Kind.TRANSFER


def move(source, target, amount, key):
    with tenancy.vendor():
        return transfer(source, target, Decimal(amount), kind=TRANSFER, key=key, at=NOW)


def test_of_many_at_once_the_balance_serves_as_many_as_it_can():
    cash = make_money(make_partner(), 30)
    (target,) = open_accounts(cash.partner_id, Account.Kind.ALLOCATION)
    keys = count()
    found = race(lambda: move(cash.pk, target, 10, f"k{next(keys)}"), times=6)
    refused = [each for each in found if isinstance(each, Insufficient)]
    assert len(refused) == 3, found
    with tenancy.vendor():
        assert (balance(cash), balance(target)) == (0, 30)


def test_the_same_key_at_once_moves_money_once():
    cash = make_money(make_partner(), 100)
    (target,) = open_accounts(cash.partner_id, Account.Kind.ALLOCATION)
    found = race(lambda: move(cash.pk, target, 10, "once"), times=6)
    assert sorted(each.outcome for each in found) == ["again"] * 5 + ["done"]
    with tenancy.vendor():
        assert balance(target) == 10


def test_the_same_key_at_once_between_other_accounts_is_refused():
    first, second = make_money(make_partner(), 100), make_money(make_partner(), 100)
    pairs = iter([(first, second), (second, first)])
    for account in (first, second):
        open_accounts(account.partner_id, Account.Kind.ALLOCATION)

    def call():
        source, target = next(pairs)
        return move(source.pk, target.pk, 10, "once")

    found = race(call, times=2)
    assert sum(isinstance(each, KeyTaken) for each in found) == 1, found


def test_batches_over_the_same_accounts_in_any_order_end():
    cash = make_money(make_partner(), 1000)
    accounts = [cash.pk, *open_accounts(cash.partner_id, Account.Kind.ALLOCATION, 8)]
    for account in accounts[1:]:
        move(cash.pk, account, 100, f"begin:{account}")
    seeds = count()

    def call():
        rng = Random(seed := next(seeds))
        moves = [Move(f"{seed}:{n}", *rng.sample(accounts, 2), Decimal(1)) for n in range(50)]
        with tenancy.vendor():
            return transfer_many(moves, kind=TRANSFER, at=NOW)

    found = race(call, times=4)
    assert all(isinstance(each, list) for each in found), found
    with tenancy.vendor():
        assert sum(balance(account) for account in accounts) == 1000
