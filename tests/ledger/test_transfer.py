"""Moving money: balances, floors, keys and what the database refuses by itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import (
    IntegrityError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)

from core import tenancy
from ledger.models import Account, Entry, Transfer
from ledger.services import (
    Insufficient,
    KeyTaken,
    Move,
    account_of,
    balance,
    drain,
    open_accounts,
    transfer,
    transfer_many,
)
from tests.factories import NOW, make_member, make_money, make_partner

pytestmark = pytest.mark.django_db
ALLOCATE = Transfer.Kind.ALLOCATE


def opened(partner, count=1) -> list[int]:
    return open_accounts(partner.pk, Account.Kind.ALLOCATION, count)


def move(source, target, amount, key="a", **more):
    return transfer(source, target, Decimal(amount), kind=ALLOCATE, key=key, at=NOW, **more)


def entries(account: int) -> list[tuple[str, str]]:
    rows = Entry.objects.filter(account_id=account).order_by("pk")
    return [(str(e.amount), str(e.balance_after)) for e in rows]


@pytest.fixture
def cash():
    """An account with 100.00."""
    return make_money(make_partner(), "100.00").pk


@pytest.fixture
def customer(cash):
    return opened(Account.objects.get(pk=cash).partner)[0]


def test_a_transfer_takes_from_one_account_what_it_gives_to_the_other(cash, customer):
    moved = move(cash, customer, "30.25", memo="十一月")
    assert (balance(cash), balance(customer)) == (Decimal("69.75"), Decimal("30.25"))
    assert entries(customer) == [("30.25", "30.25")]
    assert entries(cash)[-1] == ("-30.25", "69.75")
    row = Transfer.objects.get(pk=moved.transfer)
    assert (row.amount, row.memo, row.at) == (Decimal("30.25"), "十一月", NOW)


def test_no_account_goes_below_its_floor(cash, customer):
    with pytest.raises(Insufficient, match=r"100\.00"):
        move(cash, customer, "100.01")
    assert move(cash, customer, "100.00") and balance(cash) == 0


def test_a_credit_account_goes_down_to_its_limit(customer):
    partner = Account.objects.get(pk=customer).partner
    credit = account_of(partner.pk, Account.Kind.CREDIT)
    Account.objects.filter(pk=credit.pk).update(floor=-50)
    move(credit.pk, customer, "50.00")
    with pytest.raises(Insufficient):
        move(credit.pk, customer, "0.01", key="b")
    assert balance(credit) == -50


def test_the_same_key_moves_money_once(cash, customer):
    first = move(cash, customer, "10.00")
    again = move(cash, customer, "10.00")
    assert (again.outcome, again.transfer) == ("again", first.transfer)
    assert balance(customer) == 10


@pytest.mark.parametrize("amount", ["10.01", "9"])
def test_a_key_used_again_for_another_amount_is_refused(cash, customer, amount):
    move(cash, customer, "10.00")
    with pytest.raises(KeyTaken):
        move(cash, customer, amount)


def test_a_key_used_again_between_other_accounts_is_refused(cash, customer):
    move(cash, customer, "10.00")
    with pytest.raises(KeyTaken):
        move(customer, cash, "10.00")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "1e400", "1e12"])
def test_what_is_no_amount_of_money_is_not_moved(cash, customer, amount):
    with pytest.raises(ValueError):
        move(cash, customer, amount)


def test_draining_moves_all_and_of_nothing_makes_no_transfer(cash, customer):
    def empty(key):
        return drain(customer, cash, kind=Transfer.Kind.RETURN, key=key, at=NOW)

    assert empty("leave-1").outcome == "empty"
    move(cash, customer, "40.10")
    assert empty("leave-2").amount == Decimal("40.10")
    assert empty("leave-2").outcome == "again"
    assert Transfer.objects.filter(kind=Transfer.Kind.RETURN).count() == 1


def test_each_move_of_a_batch_has_its_own_result(cash, customer):
    other = opened(Account.objects.get(pk=cash).partner)[0]
    move(cash, customer, "5.00", key="before")
    results = transfer_many(
        [
            Move("before", cash, customer, Decimal("5.00")),
            Move("1", cash, customer, Decimal("60.00")),
            Move("2", cash, other, Decimal("36.00")),  # of the 35 that are left
            Move("3", customer, other, Decimal("65.00")),
            Move("4", cash, other, Decimal("35.00")),
            Move("before-2", cash, other, Decimal("0.01")),
        ],
        kind=ALLOCATE,
        at=NOW,
    )
    assert [r.outcome for r in results] == ["again", "done", "short", "done", "done", "short"]
    assert (balance(cash), balance(customer), balance(other)) == (0, 0, 100)
    assert entries(other) == [("65.00", "65.00"), ("35.00", "100.00")]


def test_what_was_in_an_account_at_a_past_moment(cash, customer):
    move(cash, customer, "10.00")
    later = NOW + timedelta(hours=1)
    transfer(cash, customer, Decimal("5"), kind=ALLOCATE, key="b", at=later)
    assert balance(customer, NOW - timedelta(seconds=1)) == 0
    assert (balance(customer, NOW), balance(customer, later)) == (10, 15)


def test_a_partner_has_one_cash_account(cash):
    partner = Account.objects.get(pk=cash).partner_id
    assert open_accounts(partner, Account.Kind.CASH) == []
    assert account_of(partner, Account.Kind.CASH).pk == cash


# ---- what the database refuses by itself ----


@pytest.mark.parametrize("model", [Transfer, Entry])
@pytest.mark.parametrize("role", [tenancy.APP, tenancy.VENDOR])
def test_money_rows_are_neither_edited_nor_deleted(cash, model, role):
    for verb in ("UPDATE {t} SET amount = 1", "DELETE FROM {t}", "TRUNCATE {t} CASCADE"):
        with pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
            _as(role, verb.format(t=model._meta.db_table))


@pytest.mark.parametrize("role", [tenancy.APP, tenancy.VENDOR])
def test_nobody_writes_a_balance_by_hand(cash, role):
    for statement in (
        "UPDATE ledger_account SET balance = 1000000",
        "INSERT INTO ledger_account (kind, balance, floor) VALUES ('cash', 9, 0)",
        "INSERT INTO ledger_entry (transfer_id, account_id, amount, balance_after, at)"
        " VALUES (1, 1, 1, 1, now())",
    ):
        with pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
            _as(role, statement)


def _as(role: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_not_even_the_owner_commits_a_transfer_that_does_not_balance():
    vendor = account_of(None, Account.Kind.VENDOR).pk
    suspense = account_of(None, Account.Kind.SUSPENSE).pk
    for sides in (
        [],
        [(vendor, -5)],
        [(vendor, -5), (suspense, 6)],
        [(vendor, -5), (vendor, 5)],
    ):
        with (
            pytest.raises(IntegrityError, match="does not balance"),
            transaction.atomic(using="owner"),
        ):
            _write_by_hand(vendor, suspense, sides)
    with pytest.raises(IntegrityError, match="one_a_side"), transaction.atomic(using="owner"):
        _write_by_hand(vendor, suspense, [(vendor, -5), (suspense, 5), (suspense, 5)])


def _write_by_hand(source: int, target: int, sides: list[tuple[int, int]]) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transfer (key, kind, source_id, target_id, amount, at, memo)"
            " VALUES ('by-hand', 'adjust', %s, %s, 5, now(), '') RETURNING id",
            [source, target],
        )
        pk = cursor.fetchone()[0]
        for account, amount in sides:
            cursor.execute(
                "INSERT INTO ledger_entry (transfer_id, account_id, amount, balance_after, at)"
                " VALUES (%s, %s, %s, 0, now())",
                [pk, account, amount],
            )


# ---- two tenants ----


def as_partner(partner):
    return tenancy.tenant(partner.pk)


def test_a_partner_moves_its_own_money(cash, customer):
    partner = Account.objects.get(pk=cash).partner
    by = make_member(partner=partner)
    with as_partner(partner):
        moved = move(cash, customer, "10.00", by=by)
    assert Transfer.objects.get(pk=moved.transfer).member == by


def test_a_distributor_gives_to_its_reseller_and_takes_back(cast):
    ours, theirs = make_money(cast.distributor, 100).pk, make_money(cast.reseller, 0).pk
    with as_partner(cast.distributor):
        move(ours, theirs, "60.00")
        move(theirs, ours, "10.00", key="b")
    assert (balance(ours), balance(theirs)) == (50, 50)


def test_both_read_the_transfer_and_each_its_own_side(cast):
    ours, theirs = make_money(cast.distributor, 100).pk, make_money(cast.reseller, 0).pk
    with as_partner(cast.distributor):
        moved = move(ours, theirs, "60.00")
    for partner, account in ((cast.distributor, ours), (cast.reseller, theirs)):
        with as_partner(partner):
            assert Transfer.objects.filter(pk=moved.transfer).exists()
            own = Entry.objects.filter(transfer_id=moved.transfer)
            assert [e.account_id for e in own] == [account]
    with as_partner(cast.stranger):
        assert not Transfer.objects.filter(pk=moved.transfer).exists()


@pytest.mark.parametrize(
    ("who", "source", "target"),
    [
        ("reseller", "distributor", "reseller"),  # what its distributor has
        ("reseller", "reseller", "distributor"),
        ("stranger", "reseller", "stranger"),
        ("stranger", "stranger", "reseller"),
        ("distributor", "reseller", "sibling"),  # neither is its own
        ("reseller", "vendor", "reseller"),
        ("reseller", "reseller", "missing"),
    ],
)
def test_nobody_moves_money_of_others(cast, who, source, target):
    sibling = make_partner(distributor=cast.distributor)
    accounts = {
        name: make_money(partner, 100).pk
        for name, partner in (
            *(("distributor", cast.distributor), ("reseller", cast.reseller)),
            *(("stranger", cast.stranger), ("sibling", sibling)),
        )
    }
    accounts |= {"vendor": account_of(None, Account.Kind.VENDOR).pk, "missing": 0}
    with (
        pytest.raises(Exception, match=r"another partner|no such account"),
        as_partner(getattr(cast, who)),
    ):
        move(accounts[source], accounts[target], "1.00")


def test_a_partner_pays_the_vendor(cash):
    partner = Account.objects.get(pk=cash).partner
    vendor = account_of(None, Account.Kind.VENDOR).pk
    with as_partner(partner):
        assert move(cash, vendor, "1.00")


def test_without_a_tenant_nothing_moves(cash, customer):
    with pytest.raises(Exception, match="another partner"), tenancy.tenant(None):
        move(cash, customer, "1.00")


def test_a_partner_opens_accounts_for_itself_and_its_resellers_only(cast):
    with as_partner(cast.distributor):
        assert account_of(cast.distributor.pk, Account.Kind.CASH)
        assert open_accounts(cast.reseller.pk, Account.Kind.CASH)
    for other in (cast.distributor, cast.stranger):
        with pytest.raises(Exception, match="another partner"), as_partner(cast.reseller):
            open_accounts(other.pk, Account.Kind.ALLOCATION)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_who_signs_in_as_the_owner_and_steps_down_is_bound_as_well():
    account = account_of(None, Account.Kind.VENDOR).pk
    with (
        pytest.raises(ProgrammingError, match="another partner"),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL ROLE {tenancy.APP}")
        cursor.execute(
            "SELECT ledger_transfer(ARRAY['x'], ARRAY[%s]::bigint[], ARRAY[%s]::bigint[],"
            " ARRAY[1.00], 'adjust', now(), NULL, '')",
            [account, account],
        )
