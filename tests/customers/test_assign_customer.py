from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from activity.models import Activity, Notification
from core import tenancy
from core.clock import BEIJING
from core.refusals import NotAllowed, Refused
from customers.models import Assignment
from customers.services import assign_customer
from tests.factories import NOW, make_customer, make_member
from tests.race import begin_and_wait, race

pytestmark = pytest.mark.django_db


def test_the_new_manager_has_the_customer_and_the_history_keeps_both(cast):
    customer = make_customer(manager=cast.jing)
    assign_customer(customer, cast.other, by=cast.yun, at=NOW)
    customer.refresh_from_db()
    assert customer.account_manager == cast.other
    ended, current = Assignment.objects.order_by("started_at")
    assert (ended.manager, ended.ended_at) == (cast.jing, NOW)
    assert (current.manager, current.ended_at, current.assigned_by) == (cast.other, None, cast.yun)


@pytest.mark.parametrize(
    ("at", "starts"),
    [
        (datetime(2026, 11, 20, 23, 59, tzinfo=BEIJING), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 0, 0, tzinfo=BEIJING), date(2026, 11, 22)),
        (datetime(2026, 11, 30, 12, 0, tzinfo=BEIJING), date(2026, 12, 1)),
        (datetime(2028, 2, 28, 12, 0, tzinfo=BEIJING), date(2028, 2, 29)),
    ],
)
def test_performance_counts_from_the_next_beijing_day(cast, at, starts):
    customer = make_customer(partner=cast.reseller, associated_at=at - timedelta(days=1))
    assign_customer(customer, cast.jing, by=cast.yun, at=at)
    assert customer.assignments.get().performance_from == starts


def test_a_customer_taken_back_belongs_to_the_main_account(cast):
    customer = make_customer(manager=cast.jing)
    assign_customer(customer, None, by=cast.yun, at=NOW)
    customer.refresh_from_db()
    assert customer.owners() == [cast.yun]
    assert not customer.assignments.current().exists()


def test_a_manager_may_not_assign(cast):
    customer = make_customer(manager=cast.jing)
    with pytest.raises(NotAllowed, match="没有“分配客户经理”权限"):
        assign_customer(customer, cast.other, by=cast.jing, at=NOW)


def test_a_director_assigns_to_own_managers_only(cast):
    customer = make_customer(manager=cast.jing)
    colleague = make_member(partner=cast.reseller, director=cast.zhuguan)
    assign_customer(customer, colleague, by=cast.zhuguan, at=NOW)
    with pytest.raises(NotAllowed):
        assign_customer(customer, cast.other, by=cast.zhuguan, at=NOW)


def test_nobody_outside_the_partner_gets_a_customer(cast):
    customer = make_customer(manager=cast.jing)
    outsider = make_member(partner=cast.stranger)
    with pytest.raises(NotAllowed):
        assign_customer(customer, outsider, by=cast.yun, at=NOW)


def test_only_account_managers_get_customers(cast):
    customer = make_customer(manager=cast.jing)
    with pytest.raises(NotAllowed):
        assign_customer(customer, cast.cai, by=cast.yun, at=NOW)


def test_assigning_to_the_same_manager_says_so(cast):
    customer = make_customer(manager=cast.jing)
    with pytest.raises(Refused, match="已由 经理 负责"):
        assign_customer(customer, cast.jing, by=cast.yun, at=NOW)


def test_a_customer_who_left_has_no_manager_and_the_history_says_until_when(cast):
    customer = make_customer(manager=cast.jing)
    customer.mark_disassociated(at=NOW)
    customer.refresh_from_db()
    assert customer.account_manager is None
    assert customer.assignments.get().ended_at == NOW


def test_a_customer_who_left_is_not_assigned(cast):
    customer = make_customer(partner=cast.reseller)
    customer.mark_disassociated(at=NOW)
    with pytest.raises(NotAllowed, match="已解除关联"):
        assign_customer(customer, cast.jing, by=cast.yun, at=NOW)
    assert not customer.assignments.exists()


def test_it_is_recorded_and_both_managers_are_told_once(cast):
    customer = make_customer(manager=cast.jing)
    assign_customer(customer, cast.other, by=cast.yun, at=NOW)
    line = Activity.objects.get(verb="customer.assigned")
    assert (line.customer_id, line.member, line.partner) == (customer.pk, cast.yun, cast.reseller)
    assert (line.before, line.after) == ({"manager": "经理"}, {"manager": "同事"})
    told = Notification.objects.values_list("member", "kind")
    assert set(told) == {
        (cast.other.pk, "customer.assigned"),
        (cast.jing.pk, "customer.taken_back"),
    }


def test_the_database_allows_one_manager_at_a_time(cast):
    customer = make_customer(manager=cast.jing)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            partner=cast.reseller,
            customer=customer,
            manager=cast.other,
            started_at=NOW,
            performance_from=NOW.date(),
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_people_assigning_at_once_the_last_wins_and_history_is_whole():
    from tests.conftest import make_cast

    with tenancy.vendor():
        cast = make_cast()
        customer = make_customer(partner=cast.reseller)
    managers = iter([cast.jing, cast.other, cast.jing, cast.other])

    def assign():
        with tenancy.tenant(cast.reseller.pk):
            return assign_customer(customer, next(managers), by=cast.yun, at=NOW)

    results = race(assign, 4)
    assert not [r for r in results if isinstance(r, Exception) and not isinstance(r, Refused)]
    with tenancy.vendor():
        customer.refresh_from_db()
        assert customer.assignments.current().get().manager == customer.account_manager


@pytest.mark.django_db(transaction=True)
def test_a_customer_moved_out_of_a_directors_sight_meanwhile_is_a_refusal(client):
    from tests.conftest import make_cast, sign_client_in

    with tenancy.vendor():
        cast = make_cast()
        customer = make_customer(manager=cast.jing)
        colleague = make_member(partner=cast.reseller, director=cast.zhuguan)
    sign_client_in(client, cast.zhuguan)
    page = f"/customers/{customer.pk}/assign/"

    def assign():
        return client.post(page, {"manager": colleague.pk}, HTTP_REFERER=f"http://testserver{page}")

    with tenancy.tenant(cast.reseller.pk):
        assign_customer(customer, cast.other, by=cast.yun, at=NOW)
        waiting = begin_and_wait(assign)
    response = waiting.result(timeout=10)
    assert response.status_code == 409  # not back to a form that he may not see any more
    assert "已由他人修改，请刷新后重试" in response.content.decode()
