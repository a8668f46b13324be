"""Who hears of budgets: who was chosen, if he may see it, and a distributor that keeps them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from activity.models import Activity, Notification
from billing.budgets import recipients, services
from billing.budgets.models import BudgetRecipient
from billing.budgets.recipients import choosable, choose_recipients, decide_choose
from core.clock import day_of
from core.refusals import NotAllowed, Refused
from org.models import Role
from org.permissions import (
    BUDGETS_VIEW,
    CUSTOMERS_VIEW,
    CUSTOMERS_VIEW_RESELLERS,
    FINANCE,
)
from tests import factories as f
from tests.factories import NOW
from tests.limits.making import make_budget, make_grant

pytestmark = pytest.mark.django_db
TODAY = day_of(NOW)


def choose(by, *members, at=NOW):
    choose_recipients(members, by=by, at=at)


def role_with(partner, *permissions):
    role = Role.objects.create(
        partner=partner, code="custom-1", name="自定义", permissions=[*permissions]
    )
    return role.code


def told(kind):
    return {each.member for each in Notification.objects.filter(kind=kind)}


def use_up(customer, amount=100):
    make_budget(customer=customer, amount=amount)
    f.make_charge(customer=customer, day=TODAY, cny=amount)
    services.weigh_all(at=NOW)


def test_the_main_account_chooses_among_those_who_may_look_at_budgets(cast):
    offered = choosable(cast.yun)
    assert cast.zhuguan in offered
    # Who has his own customers only hears of theirs anyway, and so does the main account.
    assert not {cast.jing, cast.yun, cast.zong} & set(offered)
    with pytest.raises(Refused, match="只能选择可以查看预算的成员"):
        choose(cast.yun, cast.zong)


@pytest.mark.parametrize(("who", "why"), [("jing", "只有主账号"), ("pang", "销售模式是代售")])
def test_nobody_else_chooses(cast, who, why):
    assert why in str(decide_choose(getattr(cast, who)))
    with pytest.raises(NotAllowed):
        choose(getattr(cast, who))


def test_a_choice_takes_the_place_of_the_former_and_leaves_a_line_where_it_changed(cast):
    choose(cast.yun, cast.zhuguan)
    choose(cast.yun, cast.cai)
    choose(cast.yun, cast.cai)
    assert [each.member for each in BudgetRecipient.objects.all()] == [cast.cai]
    lines = Activity.objects.filter(verb="budget.recipients_chosen")
    assert [line.after["recipients"] for line in lines.order_by("pk")] == [["主管"], ["财务"]]


def test_there_is_a_most(cast, monkeypatch):
    monkeypatch.setattr(recipients, "RECIPIENTS_MOST", 0)
    with pytest.raises(Refused, match="最多选择 0 名"):
        choose(cast.yun, cast.zhuguan)


def test_the_database_holds_that_a_recipient_is_of_the_partner(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetRecipient.objects.create(partner=cast.reseller, member=cast.pang, added_at=NOW)


def test_who_was_chosen_hears_of_customers_that_he_may_see(cast, theirs):
    choose(cast.yun, cast.zhuguan)
    use_up(theirs)
    assert told("budget.at_100") == {cast.yun, cast.jing, cast.zhuguan}
    Notification.objects.all().delete()
    use_up(f.make_customer(manager=cast.other, association_type="postpaid"))
    assert told("budget.at_100") == {cast.yun, cast.other}


def test_who_may_not_look_at_budgets_any_more_hears_nothing(cast, theirs):
    choose(cast.yun, cast.zhuguan)
    cast.zhuguan.roles = [role_with(cast.reseller, CUSTOMERS_VIEW)]
    cast.zhuguan.save()
    use_up(theirs)
    assert cast.zhuguan not in told("budget.at_100")


# ---- a distributor, of its resellers' customers ----


def test_a_distributor_hears_of_a_used_up_budget_that_its_reseller_may_not_change(cast, theirs):
    role = role_with(cast.distributor, BUDGETS_VIEW, CUSTOMERS_VIEW_RESELLERS)
    keeper = f.make_member(partner=cast.distributor, role=role, name="渠道")
    finance = f.make_member(partner=cast.distributor, role=FINANCE, name="总代财务")
    choose(cast.zong, keeper, finance)  # of whom one may look at resellers' customers
    use_up(theirs)
    assert told("budget.reseller_at_100") == {cast.zong, keeper}
    assert told("budget.at_100") == {cast.yun, cast.jing}


def test_where_the_reseller_keeps_them_the_distributor_hears_nothing(cast, theirs):
    make_grant(reseller=cast.reseller, by=cast.zong, may_freeze=False)
    use_up(theirs)
    assert not told("budget.reseller_at_100")


def test_below_the_end_the_distributor_hears_nothing(cast, theirs):
    make_budget(customer=theirs, amount=100)
    f.make_charge(customer=theirs, day=TODAY - timedelta(days=1), cny=90)
    services.weigh_all(at=NOW)
    assert told("budget.at_90") and not told("budget.reseller_at_100")


# ---- pages ----


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def test_recipients_are_chosen_on_a_page_of_the_main_account(cast, sign_in):
    client = sign_in(cast.yun)
    assert "/budgets/recipients/" in text(client.get("/budgets/"))
    page = text(client.get("/budgets/recipients/"))
    assert "主管（客户经理主管）" in page and "经理（客户经理）" not in page
    assert "财务（财务" in page
    answer = client.post("/budgets/recipients/", {"members": [cast.zhuguan.pk]})
    assert answer.status_code == 302
    assert BudgetRecipient.objects.get().member == cast.zhuguan
    assert client.post("/budgets/recipients/", {"members": [cast.zong.pk]}).status_code == 422
    assert sign_in(cast.jing).get("/budgets/recipients/").status_code == 403


def test_where_nobody_can_be_chosen_the_page_says_so(cast, sign_in):
    page = text(sign_in(cast.zong).get("/budgets/recipients/"))
    assert "没有可以选择的成员" in page


def test_a_distributor_finds_its_resellers_customers_by_usage(cast, theirs, sign_in):
    use_up(theirs)
    for least, found in (("100", True), ("101", False)):
        page = text(sign_in(cast.zong).get(f"/customers/resellers/?budget_used_min={least}"))
        assert (theirs.number in page) == found
