"""What a distributor lets its resellers do."""

from decimal import Decimal

import pytest

from activity.models import Activity, Notification
from billing.budgets.models import Budget
from core.refusals import NotAllowed, Refused
from customers.freezing import grants
from customers.freezing.grants import Terms
from customers.freezing.models import LimitGrant
from tests.factories import NOW
from tests.limits.making import make_budget

pytestmark = pytest.mark.django_db
TERMS = Terms(may_freeze=True, kinds=("monthly",), monthly_most=Decimal(500))


def test_a_change_ends_the_row_and_makes_the_next_one(cast):
    first = grants.set_grant(cast.reseller, TERMS, by=cast.zong, at=NOW)
    second = grants.set_grant(cast.reseller, Terms(may_freeze=True), by=cast.zong, at=NOW)
    first.refresh_from_db()
    assert first.ended_at == NOW
    assert list(LimitGrant.objects.open()) == [second]
    assert Notification.objects.filter(kind="limit_grant.set", member=cast.yun).count() == 2
    lines = Activity.objects.filter(verb="limit_grant.set")
    assert {line.partner_id for line in lines} == {cast.distributor.pk, cast.reseller.pk}
    with pytest.raises(Refused, match="没有需要保存"):
        grants.set_grant(cast.reseller, Terms(may_freeze=True), by=cast.zong, at=NOW)


def test_taking_the_right_back_leaves_budgets_as_they_are(cast, theirs):
    grants.set_grant(cast.reseller, TERMS, by=cast.zong, at=NOW)
    make_budget(customer=theirs)
    grants.set_grant(cast.reseller, Terms(), by=cast.zong, at=NOW)
    assert Budget.objects.filter(customer=theirs).exists()


def test_only_the_main_account_of_a_postpaid_distributor_grants(cast):
    for member in (cast.yun, cast.pang):
        with pytest.raises(NotAllowed):
            grants.set_grant(cast.reseller, TERMS, by=member, at=NOW)
