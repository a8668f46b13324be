"""切换关联类型 and 解除关联: who asks, who answers, how often, and what it brings about."""

from datetime import timedelta
from decimal import Decimal

import pytest

from activity.models import Notification
from associations import rules, services
from associations.models import AssociationChange
from associations.services import nightly
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.accounts.models import AccountNotice
from customers.models import CloudAccount, Customer
from tests import factories as f
from tests.factories import NOW
from tests.race import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(cast):
    return f.make_customer(
        manager=cast.jing, association_type="resale", available_amount=Decimal("120.50")
    )


@pytest.fixture
def place(customer):
    return f.make_account_user(account=customer.cloud_account)


def ask(customer, by, kind="leave", at=NOW):
    return services.ask_of_customer(customer, kind, reason="业务调整", by=by, at=at)


def ask_to_leave(customer, place, at=NOW):
    return services.ask_to_leave(customer, reason="更换", place=place, by=place.user, at=at)


def agree(change, place, at=NOW):
    return services.answer_partner(
        change, agree=True, comment="", place=place, by=place.user, at=at
    )


# ---- asking ----


def test_only_the_main_account_asks(cast, customer):
    for member in (cast.jing, cast.zhuguan):
        with pytest.raises(NotAllowed, match="主账号"):
            ask(customer, member)
    assert ask(customer, cast.yun).state == "customer"


def test_the_customer_is_told_and_has_thirty_days(cast, customer, place):
    change = ask(customer, cast.yun)
    assert change.answer_by == NOW + timedelta(days=30)
    assert AccountNotice.objects.get().kind == "account.asked_leave"


def test_one_request_is_open_at_a_time(cast, customer, place):
    ask(customer, cast.yun)
    with pytest.raises(Refused, match="处理中"):
        ask(customer, cast.yun, "switch")
    with pytest.raises(Refused, match="处理中"):
        ask_to_leave(customer, place)


def test_a_partner_asks_once_in_three_months_whatever_became_of_it(cast, customer):
    services.withdraw(ask(customer, cast.yun), by=cast.yun, at=NOW)
    with pytest.raises(Refused, match="2027-02-20"):
        ask(customer, cast.yun, at=NOW + timedelta(days=60))
    assert ask(customer, cast.yun, at=rules.months_later(NOW, 3))


def test_a_partner_waits_three_months_after_the_customer_asked(cast, customer, place):
    change = ask_to_leave(customer, place)
    services.answer_customer(change, agree=False, comment="合同未到期", by=cast.yun, at=NOW)
    with pytest.raises(Refused, match="3 个月内"):
        ask(customer, cast.yun, at=NOW + timedelta(days=30))


def test_a_customer_does_not_wait_for_what_the_partner_asked(cast, customer, place):
    services.withdraw(ask(customer, cast.yun), by=cast.yun, at=NOW)
    assert ask_to_leave(customer, place).state == "partner"


def test_how_often_is_a_setting(cast, customer, settings):
    settings.ASSOCIATION_REQUESTS = 2
    services.withdraw(ask(customer, cast.yun), by=cast.yun, at=NOW)
    assert ask(customer, cast.yun)


@pytest.mark.parametrize("fact", ["master", "reserved_instance", "unpaid_order", "support_plan"])
def test_a_check_that_is_not_met_refuses_and_says_which(cast, customer, fact):
    CloudAccount.objects.filter(pk=customer.cloud_account_id).update(facts=[fact])
    with pytest.raises(Refused, match="账号检查未通过"):
        ask(customer, cast.yun)


def test_what_bars_a_resale_bars_a_switch_to_it_but_no_leaving():
    failed = [
        each.passed
        for kind in (rules.SWITCH, rules.LEAVE)
        for each in rules.check_account(["stored_card"], Decimal(0), kind=kind, type_after="resale")
        if not each.passed
    ]
    assert failed == [False]


def test_who_owes_does_not_leave(cast, customer):
    customer.arrears = 5
    customer.save(update_fields=["arrears"])
    with pytest.raises(Refused, match="没有欠费"):
        ask(customer, cast.yun)


# ---- answering ----


def test_a_leaving_that_is_agreed_to_does_all_that_was_shown(cast, customer, place):
    alert = f.make_alert(customer=customer)
    change = ask(customer, cast.yun)
    shown = [effect.code for effect in services.outlook(customer, "leave").effects]
    change = agree(change, place)
    customer.refresh_from_db()
    alert.refresh_from_db()
    assert (change.state, customer.disassociated_at) == ("done", NOW)
    assert (customer.account_manager, alert.state) == (None, "lapsed")
    assert [code for code, _figures in change.effects] == shown
    assert shown[0] == "money" and change.effects[0][1] == {"amount": "120.50"}


def test_a_switch_keeps_manager_and_labels(cast, customer, place):
    change = agree(ask(customer, cast.yun, "switch"), place)
    customer.refresh_from_db()
    assert (change.state, customer.association_type) == ("done", "referral")
    assert (customer.account_manager, customer.available_amount) == (cast.jing, None)


def test_what_became_untrue_meanwhile_is_refused_and_the_request_waits_on(cast, customer, place):
    change = ask(customer, cast.yun)
    CloudAccount.objects.filter(pk=customer.cloud_account_id).update(facts=["unpaid_order"])
    with pytest.raises(Refused, match="待支付"):
        agree(change, place)
    change.refresh_from_db()
    assert change.is_waiting


def test_where_a_part_is_refused_nothing_happens_and_the_change_fails(
    cast, customer, place, monkeypatch
):
    def refuses(customer, *, key, by, at):
        raise Refused("账户正在调账")

    monkeypatch.setattr("associations.services.effects.return_balance", refuses)
    change = agree(ask(customer, cast.yun), place)
    customer.refresh_from_db()
    assert (change.state, change.comment) == ("failed", "账户正在调账")
    assert (customer.disassociated_at, customer.account_manager) == (None, cast.jing)


def test_a_refusal_says_why_and_changes_nothing(cast, customer, place):
    change = ask(customer, cast.yun)
    with pytest.raises(Refused, match="原因"):
        services.answer_partner(change, agree=False, comment="", place=place, by=place.user, at=NOW)
    services.answer_partner(
        change, agree=False, comment="继续合作", place=place, by=place.user, at=NOW
    )
    customer.refresh_from_db()
    assert customer.disassociated_at is None
    told = Notification.objects.filter(kind="association.rejected")
    assert set(told.values_list("member", flat=True)) == {cast.yun.pk, cast.jing.pk}


def test_neither_side_answers_for_the_other(cast, customer, place):
    change = ask(customer, cast.yun)
    with pytest.raises(Refused, match="对方"):
        services.answer_customer(change, agree=True, comment="", by=cast.yun, at=NOW)
    sub = f.make_account_user(account=customer.cloud_account, is_main=False)
    with pytest.raises(NotAllowed):
        agree(change, sub)


def test_nobody_answers_twice(cast, customer, place):
    change = agree(ask(customer, cast.yun), place)
    with pytest.raises(InvalidTransition, match="已处理"):
        agree(change, place)


def test_a_customers_wish_to_leave_is_a_sign_of_churn_until_it_is_answered(cast, customer, place):
    change = ask_to_leave(customer, place)
    customer.refresh_from_db()
    assert customer.disassociation_requested_on == f.TODAY
    assert Notification.objects.filter(kind="association.leave_asked").count() == 2
    services.answer_customer(change, agree=False, comment="合同未到期", by=cast.yun, at=NOW)
    customer.refresh_from_db()
    assert customer.disassociation_requested_on is None
    assert not Notification.objects.filter(kind="association.leave_asked").unread().exists()


@pytest.mark.django_db(transaction=True)
def test_of_a_consent_and_a_withdrawal_at_once_one_holds(cast):
    customer = f.make_customer(manager=cast.jing)
    place = f.make_account_user(account=customer.cloud_account)
    change = ask(customer, cast.yun)
    acts = iter(
        [lambda: agree(change, place), lambda: services.withdraw(change, by=cast.yun, at=NOW)]
    )
    results = race(lambda: next(acts)(), times=2)
    assert sum(isinstance(result, InvalidTransition) for result in results) == 1
    customer.refresh_from_db()
    change.refresh_from_db()
    assert (change.state == "done") == bool(customer.disassociated_at)


# ---- without an answer ----


def test_what_a_customer_does_not_answer_lapses_and_both_are_told(cast, customer, place):
    change = ask(customer, cast.yun)
    later = NOW + timedelta(days=30)
    assert nightly.end_unanswered(at=later - timedelta(seconds=1)) == 0
    assert nightly.end_unanswered(at=later) == 1
    assert nightly.end_unanswered(at=later) == 0
    change.refresh_from_db()
    assert change.state == "expired"
    assert AccountNotice.objects.filter(kind="account.expired").exists()
    assert Notification.objects.filter(kind="association.expired").exists()


def test_where_a_partner_does_not_answer_the_vendor_may_decide(cast, customer, place):
    change = ask_to_leave(customer, place)
    with pytest.raises(Refused, match="期限内"):
        services.answer_for_partner(change, agree=True, comment="", by=cast.yunying, at=NOW)
    later = NOW + timedelta(days=7)
    nightly.end_unanswered(at=later)
    assert AccountNotice.objects.filter(kind="account.escalated").exists()
    services.answer_for_partner(change, agree=True, comment="", by=cast.yunying, at=later)
    customer.refresh_from_db()
    assert customer.disassociated_at == later


def test_what_the_vendor_associated_is_noted_once(customer):
    former = f.make_customer(disassociated_at=NOW - timedelta(days=1))
    assert nightly.note_associations(at=NOW) == 3
    assert nightly.note_associations(at=NOW) == 0
    kinds = AssociationChange.objects.filter(customer=former).values_list("kind", "state")
    assert set(kinds) == {("join", "done"), ("leave", "done")}


def test_who_left_and_comes_back_is_another_customer(cast, customer, place):
    agree(ask(customer, cast.yun), place)
    answer = services.accept_invitation(
        f.make_invitation(by=cast.pang), place=place, by=place.user, at=NOW + timedelta(days=1)
    )
    assert answer.customer != customer
    assert Customer.objects.filter(cloud_account=customer.cloud_account).count() == 2
