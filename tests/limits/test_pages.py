"""Pages of budgets and freezing: shown to partners of the model, and to no others."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from billing.budgets.models import Budget, BudgetRecord
from customers.freezing.models import FreezeRecord, LimitGrant
from customers.freezing.services import freeze_of
from jobs import bulk
from jobs.models import JobRow
from partnercenter.batches import ACTIONS
from tests import factories as f
from tests.factories import NOW
from tests.limits.making import (
    make_budget,
    make_budget_record,
    make_freeze,
    make_freeze_record,
    make_grant,
)

pytestmark = pytest.mark.django_db


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def test_the_list_shows_usage_and_state_to_partners_of_the_model_only(cast, customer, sign_in):
    make_budget(customer=customer, amount=200, used=150, counted_for=_this_month())
    make_freeze(customer=customer, cause="arrival")
    page = text(sign_in(cast.zong).get("/customers/"))
    assert "75.0%" in page and "账号已冻结" in page and "设置预算" in page
    page = text(sign_in(cast.pang).get("/customers/"))
    assert "预算使用率" not in page and "冻结状态" not in page


def _this_month():
    from core import clock

    return clock.first_of_month(clock.today())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"budget_used_min": "70"}, True),
        ({"budget_used_max": "70"}, False),
        ({"freeze": "account"}, True),
        ({"freeze": "normal"}, False),
        ({"frozen_how": "system"}, True),
        ({"frozen_how": "person"}, False),
    ],
)
def test_customers_are_found_by_usage_and_state(cast, customer, sign_in, query, found):
    make_budget(customer=customer, amount=200, used=150, counted_for=_this_month())
    make_freeze(customer=customer, cause="arrival")
    page = text(sign_in(cast.zong).get(f"/customers/?{urlencode(query)}"))
    assert (customer.number in page) == found


def test_a_customers_page_shows_its_budget_and_what_may_be_done(cast, customer, sign_in):
    client = sign_in(cast.zong)
    page = text(client.get(f"/customers/{customer.pk}/"))
    assert "还没有预算" in page
    assert f"/freezing/customers/{customer.pk}/freeze/" in page
    answer = client.post(
        f"/budgets/customers/{customer.pk}/",
        {"kind": "monthly", "amount": "1,000.5", "on_exhaustion": "freeze"},
    )
    assert answer.status_code == 302
    page = text(client.get(f"/customers/{customer.pk}/"))
    assert "1,000.50" in page and "自动冻结账号" in page


def test_an_account_is_frozen_and_unfrozen_by_its_page(cast, customer, sign_in):
    client, base = sign_in(cast.zong), f"/freezing/customers/{customer.pk}"
    assert client.post(f"{base}/freeze/", {"action": "account"}).status_code == 422
    client.post(f"{base}/freeze/", {"action": "resources", "reason": "逾期"})
    assert freeze_of(customer).state == "resources"
    assert "释放资源" in text(client.get(f"/customers/{customer.pk}/"))
    client.post(f"{base}/unfreeze/", {"reason": "已付"})
    assert freeze_of(customer).state == "normal"
    assert "逾期" in text(client.get("/freezing/"))
    assert client.post(f"{base}/unfreeze/", {"reason": "再解"}).status_code == 409


def test_a_code_is_asked_for_where_the_partner_says_so(cast, customer, sign_in):
    cast.distributor.sensitive_needs_code = True
    cast.distributor.save()
    client = sign_in(cast.zong)
    for path in ("budgets/customers/{}/", "freezing/customers/{}/freeze/"):
        answer = client.get("/" + path.format(customer.pk))
        assert answer.status_code == 302 and "reauthenticate" in answer["Location"]


def test_a_distributor_keeps_its_resellers_customers_limits(cast, theirs, sign_in):
    client = sign_in(cast.zong)
    page = text(client.get("/customers/resellers/"))
    assert "未开放" in page and f"/budgets/resellers/customers/{theirs.pk}/" in page
    said = {"kind": "one_time", "amount": "10", "on_exhaustion": "manual"}
    client.post(f"/budgets/resellers/customers/{theirs.pk}/", said)
    assert Budget.objects.get().customer == theirs
    client.post(
        f"/freezing/resellers/customers/{theirs.pk}/freeze/",
        {"action": "account", "reason": "逾期"},
    )
    assert freeze_of(theirs).state == "account"
    page = text(sign_in(cast.yun).get("/budgets/"))
    assert "总经销商" in page and "总代" not in page  # its people have no names here


def test_rights_are_given_by_a_page_with_its_history(cast, sign_in):
    client = sign_in(cast.zong)
    said = {"may_freeze": "on", "kinds": ["monthly"], "monthly_most": "500"}
    assert client.post(f"/freezing/resellers/{cast.reseller.pk}/", said).status_code == 302
    assert LimitGrant.objects.open().get().monthly_most == 500
    page = text(client.get("/freezing/resellers/"))
    assert "可以冻结客户" in page and "月度上限 ¥500.00" in page
    assert sign_in(cast.yun).get("/freezing/resellers/").status_code == 403


def test_a_reseller_is_offered_what_it_was_granted(cast, theirs, sign_in):
    client, path = sign_in(cast.yun), f"/budgets/customers/{theirs.pk}/"
    assert client.get(path).status_code == 403
    make_grant(reseller=cast.reseller, by=cast.zong, kinds=["monthly"], monthly_most=500)
    page = text(client.get(path))
    assert "一次性预算</" not in page and "上限 500.00 元" in page
    said = {"kind": "monthly", "amount": "501", "on_exhaustion": "manual"}
    assert client.post(path, said).status_code == 409


def test_who_may_not_unfreeze_sets_budgets_without_being_offered_it(cast, theirs, sign_in):
    make_grant(reseller=cast.reseller, by=cast.zong)
    make_freeze(customer=theirs)
    path = f"/budgets/customers/{theirs.pk}/"
    assert "立即解冻" in text(sign_in(cast.yun).get(path))
    assert "立即解冻" not in text(sign_in(cast.cai).get(path))
    said = {"kind": "monthly", "amount": "5", "on_exhaustion": "manual", "unfreeze": "on"}
    assert sign_in(cast.cai).post(path, said).status_code == 302
    assert (Budget.objects.get().amount, freeze_of(theirs).state) == (5, "account")


def test_records_are_found_and_only_ones_own(cast, customer, theirs, sign_in):
    make_budget_record(customer=customer, by=cast.zong)
    make_freeze_record(customer=customer, by=cast.zong)
    client = sign_in(cast.zong)
    for path in ("/budgets/", "/freezing/"):
        assert customer.number in text(client.get(f"{path}?number={customer.number}"))
        assert customer.number not in text(client.get(f"{path}?number=x"))
        make = sign_in(cast.yun).get(path)
        assert customer.number not in text(make)
        client = sign_in(cast.zong)


def test_the_customer_sees_that_it_is_frozen_and_not_why(cast, customer, sign_in):
    place = f.make_account_user(account=customer.cloud_account)
    make_freeze(customer=customer, state="resources")
    make_freeze_record(customer=customer, by=cast.zong, reason="逾期未付")
    page = text(sign_in(place).get("/my/"))
    assert "账号与资源已冻结" in page and "逾期" not in page


# ---- batches ----


def test_what_is_not_postpaid_is_skipped_before_anything_is_done(cast, customer):
    referral = f.make_customer(partner=cast.distributor)
    action = ACTIONS["freeze"]
    values = {"action": "account", "reason": "逾期"}
    groups = bulk.preview(action, [customer.pk, referral.pk], values, by=cast.zong, at=NOW)
    assert [(g.outcome, g.count) for g in groups] == [
        (JobRow.Outcome.DONE, 1),
        (JobRow.Outcome.SKIPPED, 1),
    ]


def test_a_batch_of_budgets_is_taken_back_row_by_row(cast, customer):
    action, wish = ACTIONS["budget"], _wish(customer, cast, "500")
    make_budget(customer=customer, amount=100, set_at=NOW - timedelta(days=1))
    done = action.do(customer.pk, wish, by=cast.zong, at=NOW)
    assert Budget.objects.get().amount == 500
    row = JobRow(before=done.before, after=done.after, at=NOW)
    action.undo(customer.pk, row, by=cast.zong, at=NOW + timedelta(hours=1))
    assert Budget.objects.get().amount == 100
    assert BudgetRecord.objects.count() == 2


def _wish(customer, cast, amount):
    from django.http import QueryDict

    data = QueryDict(f"kind=monthly&amount={amount}&on_exhaustion=manual")
    form = ACTIONS["budget"].form(data, by=cast.zong, at=NOW)
    assert form.is_valid()
    return ACTIONS["budget"].values(form)


def test_batches_freeze_thaw_and_take_back(cast, customer, theirs):
    freeze, thaw = ACTIONS["freeze"], ACTIONS["unfreeze_resellers"]
    done = freeze.do(customer.pk, {"action": "account", "reason": "x"}, by=cast.zong, at=NOW)
    row = JobRow(before=done.before, after=done.after, at=NOW)
    freeze.undo(customer.pk, row, by=cast.zong, at=NOW)
    assert freeze_of(customer).state == "normal"
    make_freeze(customer=theirs)
    done = thaw.do(theirs.pk, "付清", by=cast.zong, at=NOW)
    assert freeze_of(theirs).state == "normal"
    row = JobRow(before=done.before, after=done.after, at=NOW)
    thaw.undo(theirs.pk, row, by=cast.zong, at=NOW)
    assert freeze_of(theirs).state == "account"
    assert FreezeRecord.objects.count() == 4


@pytest.mark.parametrize("path", ["/customers/", "/customers/{pk}/"])
def test_no_page_asks_more_of_the_database_for_it(cast, theirs, sign_in, path):
    from tests.lists.test_query_counts import MOST, statements

    make_grant(reseller=cast.reseller, by=cast.zong)
    make_budget(customer=theirs)
    make_freeze(customer=theirs)
    client = sign_in(cast.yun)
    client.get(path.format(pk=theirs.pk))
    assert statements(client, path.format(pk=theirs.pk)) <= MOST


def test_the_button_says_why_nobody_unfreezes_without_a_budget(cast, customer, sign_in):
    row = make_freeze(customer=customer, cause="arrival", needs_budget=True)
    client, url = sign_in(cast.zong), f"/freezing/customers/{customer.pk}/unfreeze/"
    page = text(client.get(f"/customers/{customer.pk}/"))
    assert "请先设置预算再解冻" in page and url not in page
    row.needs_budget = False
    row.save()
    assert url in text(client.get(f"/customers/{customer.pk}/"))
