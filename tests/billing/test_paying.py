"""为客户代支付: who may, for whom, at which price, and where the money goes (§13.4)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction

from activity.models import AccountMail, Activity, Notification
from billing.orders.models import Order
from billing.orders.paying import decide_pay, pay_order, refuse_order
from core import tenancy
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.accounts.models import AccountNotice
from ledger.models import Account, Transfer
from ops.money import check_ledger
from org.models import Partner
from tests.conftest import prove_client
from tests.factories import (
    NOW,
    make_account_user,
    make_customer,
    make_member,
    make_money,
    make_order,
    make_partner,
)

pytestmark = pytest.mark.django_db


def finance(kind: str = "solution_provider", **more: Any) -> Any:
    return make_member(partner=make_partner(kind=kind, **more), role="finance")


def waiting(by: Any, association: str = "resale", **fields: Any) -> Order:
    customer = make_customer(partner=by.partner, association_type=association)
    return make_order(customer=customer, waiting=True, **fields)


def test_a_payment_goes_from_the_partners_cash_to_the_vendor_once() -> None:
    by = finance()
    cash = make_money(by.partner, 150)
    order = pay_order(waiting(by), Decimal(100), by=by, at=NOW)
    cash.refresh_from_db()
    moved = Transfer.objects.get(key=f"order:{order.pk}")
    assert (cash.balance, moved.amount, moved.kind) == (Decimal(50), Decimal(100), "consume")
    assert moved.target.kind == Account.Kind.VENDOR
    assert (order.status, order.proxy_state, order.paid_at) == (3, "paid", NOW)
    with pytest.raises(InvalidTransition, match="已由伙伴支付"):
        pay_order(order, Decimal(100), by=by, at=NOW)


def test_a_payment_is_a_line_of_the_log_and_told_to_the_owner() -> None:
    by = finance()
    make_money(by.partner)
    manager = make_member(partner=by.partner)
    order = make_order(customer=make_customer(manager=manager), waiting=True)
    pay_order(order, Decimal(100), by=by, at=NOW)
    line = Activity.objects.get(verb="order.paid")
    assert (line.customer_id, line.after["amount"]) == (order.customer_id, "100.00")
    assert Notification.objects.get(kind="order.paid").member == manager


@pytest.mark.parametrize(
    ("kind", "said"),
    [("account.order_paid", "您无需再支付"), ("account.order_refused", "原因：不在预算内")],
)
def test_the_customers_users_are_told_in_their_portal_and_by_mail(kind: str, said: str) -> None:
    by = finance()
    make_money(by.partner)
    order = waiting(by)
    place = make_account_user(account=order.customer.cloud_account)
    with tenancy.tenant(by.partner_id, user_id=by.user_id):  # as a request, not as the vendor
        if kind == "account.order_paid":
            pay_order(order, Decimal(100), by=by, at=NOW)
        else:
            refuse_order(order, "不在预算内", by=by, at=NOW)
    notice, mail = AccountNotice.objects.get(), AccountMail.objects.get()
    assert (notice.kind, notice.cloud_account_id) == (kind, order.customer.cloud_account_id)
    assert mail.to == place.user.email and order.number in mail.subject
    assert "100.00" in mail.body and said in mail.body


def test_another_price_than_was_shown_is_not_paid() -> None:
    by = finance()
    make_money(by.partner)
    order = waiting(by)
    Order.objects.filter(pk=order.pk).update(amount=Decimal("120.50"))
    with pytest.raises(Refused, match=r"由 100\.00 元变为 120\.50 元"):
        pay_order(order, Decimal(100), by=by, at=NOW)
    assert not Transfer.objects.filter(key__startswith="order:").exists()


@pytest.mark.parametrize("reseller", [False, True])
def test_too_little_money_pays_nothing_and_says_whom_to_ask(reseller: bool) -> None:
    kind = {"distributor": make_partner(kind="distributor")} if reseller else {}
    by = finance(**kind)
    make_money(by.partner, "99.99")
    with pytest.raises(Refused, match="请联系总经销商拨款" if reseller else "请充值"):
        pay_order(waiting(by), Decimal(100), by=by, at=NOW)


@pytest.mark.parametrize(
    ("kind", "association", "may"),
    [
        ("solution_provider", "referral", True),
        ("solution_provider", "resale", True),
        ("distributor", "referral", False),
        ("distributor", "resale", True),
    ],
)
def test_for_whom_a_partner_pays(kind: str, association: str, may: bool) -> None:
    by = finance(kind)
    assert bool(decide_pay(waiting(by, association), by)) is may


def test_a_reseller_pays_for_those_to_whom_it_resells_only() -> None:
    by = finance(distributor=make_partner(kind="distributor"))
    make_money(by.partner)
    with pytest.raises(NotAllowed, match="只能为代售和转售客户"):
        pay_order(waiting(by, "referral"), Decimal(100), by=by, at=NOW)
    pay_order(waiting(by), Decimal(100), by=by, at=NOW)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"is_outdated": True}, "规格有变更"),
        ({"starts_at": NOW - timedelta(hours=1)}, "生效时间已过"),
    ],
)
def test_an_order_that_is_not_valid_any_more_is_ordered_anew(
    fields: dict[str, Any], sentence: str
) -> None:
    by = finance()
    make_money(by.partner)
    with pytest.raises(Refused, match=sentence):
        pay_order(waiting(by, **fields), Decimal(100), by=by, at=NOW)


def test_a_refusal_says_why_and_leaves_the_order_to_the_customer() -> None:
    by = finance()
    order = refuse_order(waiting(by), " 不在预算内 ", by=by, at=NOW)
    assert (order.status, order.proxy_state) == (6, "refused")
    assert order.proxy_reason == "不在预算内"
    with pytest.raises(InvalidTransition, match="已驳回"):
        pay_order(order, Decimal(100), by=by, at=NOW)
    with pytest.raises(Refused, match="请填写驳回原因"):
        refuse_order(waiting(by), " ", by=by, at=NOW)


def test_an_account_manager_neither_pays_nor_refuses() -> None:
    manager = make_member()
    order = make_order(customer=make_customer(manager=manager), waiting=True)
    with pytest.raises(NotAllowed):
        pay_order(order, Decimal(100), by=manager, at=NOW)
    with pytest.raises(NotAllowed):
        refuse_order(order, "不付", by=manager, at=NOW)


def test_the_notice_is_closed_when_none_waits() -> None:
    by = finance()
    order = waiting(by)
    notice = Notification.objects.create(
        partner=by.partner,
        member=by,
        kind="orders.waiting",
        key="k",
        params={"n": 1},
        cause=f"orders.waiting:{by.partner_id}",
        created_at=NOW,
    )
    refuse_order(order, "不付", by=by, at=NOW)
    notice.refresh_from_db()
    assert notice.closed_at == NOW


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_paid_order_without_its_transfer_is_found() -> None:
    by = finance()
    make_money(by.partner)
    order = pay_order(waiting(by), Decimal(100), by=by, at=NOW)
    assert not check_ledger(at=NOW).findings
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_transfer SET key = 'else' WHERE key = %s", [f"order:{order.pk}"]
        )
    assert "order.transfer" in {f.check.key for f in check_ledger(at=NOW).findings}


# ---- pages ----


def test_an_order_is_paid_from_its_page(proven_member: Any) -> None:
    by = finance()
    make_money(by.partner)
    order = waiting(by)
    client = proven_member(by)
    page = client.get(f"/billing/orders/{order.pk}/").content.decode()
    assert "从账户余额支付 100.00 元" in page
    answer = client.post(f"/billing/orders/{order.pk}/pay/", {"shown": "100.00"})
    order.refresh_from_db()
    assert (answer.status_code, order.proxy_state) == (302, "paid")


def test_paying_asks_for_the_second_factor_again_where_the_partner_wants_it(
    sign_in: Any,
) -> None:
    by = finance()
    Partner.objects.filter(pk=by.partner_id).update(sensitive_needs_code=True)
    order = waiting(by)
    answer = sign_in(by).post(f"/billing/orders/{order.pk}/pay/", {"shown": "100.00"})
    order.refresh_from_db()
    assert answer.status_code == 302 and "reauthenticate" in answer.url and order.is_waiting


def test_an_order_is_refused_from_its_page_with_a_reason(sign_in: Any) -> None:
    by = finance()
    order = waiting(by)
    client = sign_in(by)
    assert client.post(f"/billing/orders/{order.pk}/refuse/", {"reason": ""}).status_code == 422
    client.post(f"/billing/orders/{order.pk}/refuse/", {"reason": "不付"})
    order.refresh_from_db()
    assert order.proxy_state == "refused"


@pytest.fixture
def proven_member(sign_in: Any) -> Any:
    return lambda member: prove_client(sign_in(member), member.user)
