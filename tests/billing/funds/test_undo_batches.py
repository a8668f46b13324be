"""撤销 of 批量拨款: what was given goes back, where the customer still has it, for a day."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.funds.models import CustomerFunds
from billing.funds.services import Type, Wish, adjust_customer
from core.clock import now
from core.refusals import NotAllowed
from jobs.bulk import decide_undo
from ledger.models import Account
from ledger.services import account_of, balance
from partnercenter.batches import ACTIONS
from tests.conftest import Cast, make_cast
from tests.factories import make_customer, make_money
from tests.jobs.test_batches import ask, ask_back, run

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = "amount=100&money=cash"


@pytest.fixture
def cast(transactional_db) -> Cast:
    cast = make_cast()
    make_money(cast.reseller, 1000)
    return cast


@pytest.fixture
def three(cast):
    return [make_customer(partner=cast.reseller, association_type="resale") for _ in range(3)]


def cash(cast) -> Decimal:
    return account_of(cast.reseller.pk, Account.Kind.CASH).balance


def have(rows) -> list[Decimal]:
    accounts = dict(CustomerFunds.objects.values_list("customer_id", "account_id"))
    return [balance(Account.objects.get(pk=accounts[row.pk])) for row in rows]


def test_an_undo_takes_the_whole_batch_back(cast, three):
    job = run(ask(cast.cai, "allocate", three, GIVEN))
    assert (cash(cast), have(three)) == (700, [100, 100, 100])
    back = run(ask_back(job, cast.cai))
    assert (cash(cast), have(three)) == (1000, [0, 0, 0])
    assert set(back.items.values_list("outcome", flat=True)) == {"done"}


def test_a_customer_who_has_spent_it_keeps_it_and_the_result_says_so(cast, three):
    job = run(ask(cast.cai, "allocate", three, GIVEN))
    spent = Wish(Decimal("60"))
    adjust_customer(three[0], Type.RECLAIM, spent, key="spent", by=cast.cai, at=now())
    back = run(ask_back(job, cast.cai))
    assert have(three) == [40, 0, 0]
    kept = back.items.get(subject_id=three[0].pk)
    assert kept.outcome != "done" and "40.00" in kept.reason


def test_a_customer_who_left_is_not_touched(cast, three):
    job = run(ask(cast.cai, "allocate", three, GIVEN))
    three[0].refresh_from_db()
    three[0].mark_disassociated(at=now())
    back = run(ask_back(job, cast.cai))
    assert have(three) == [100, 0, 0]
    assert back.items.get(subject_id=three[0].pk).outcome != "done"


def test_what_was_given_on_credit_goes_back_to_the_credit_account(cast, three):
    credit = account_of(cast.reseller.pk, Account.Kind.CREDIT)
    Account.objects.filter(pk=credit.pk).update(floor=-500)
    job = run(ask(cast.cai, "allocate", three, "amount=100&money=credit"))
    assert balance(credit) == -300
    run(ask_back(job, cast.cai))
    assert (balance(credit), cash(cast), have(three)) == (0, 1000, [0, 0, 0])


def test_a_batch_is_undone_within_a_day_once_and_by_who_may_reclaim(cast, three):
    job = run(ask(cast.cai, "allocate", three, GIVEN))
    action = ACTIONS["allocate"]
    assert decide_undo(job, action, cast.cai, at=job.finished_at + timedelta(hours=24))
    late = job.finished_at + timedelta(hours=24, seconds=1)
    assert not decide_undo(job, action, cast.cai, at=late)
    run(ask_back(job, cast.cai))
    with pytest.raises(NotAllowed):
        ask_back(job, cast.cai)
    assert have(three) == [0, 0, 0]
