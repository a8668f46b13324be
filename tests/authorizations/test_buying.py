"""代客下单: what is ordered in a customer's account, what becomes of it, and every refusal."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from activity.models import AccountMail, Activity
from billing.models import Resource
from billing.operations import buying, services
from billing.operations.buying import Wish
from billing.operations.gateway import gateway
from billing.operations.models import ResourceRequest
from billing.orders.models import Order
from billing.orders.paying import pay_order
from core import tenancy
from core.refusals import NotAllowed, Refused
from customers.accounts.models import AccountNotice
from customers.proxies.models import ProxyAction
from tests import factories as f
from tests.authorizations.making import make_purchase, make_session
from tests.conftest import prove_client, sign_client_in
from tests.factories import NOW
from tests.limits.making import make_budget, make_freeze

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(cast, customer, granted):
    return make_session(customer=customer, by=cast.jing)


def wish(**fields):
    return Wish(**({"offer": gateway().offers()[0], "quantity": 2, "months": 3} | fields))


def ask(session, wanted=None, *, shown=None, token=None, at=NOW):
    wanted = wanted or wish()
    more = {"shown": wanted.price if shown is None else shown, "token": token or uuid4()}
    return buying.ask_purchase(session, wanted, **more, by=session.operator, at=at)


def carried_out(made):
    assert services.run_due(at=NOW) == 1
    made.refresh_from_db()
    return made


def test_what_is_ordered_becomes_an_unpaid_order_of_the_customer(customer, session):
    made = carried_out(ask(session, wish(auto_renew=True)))
    order = Order.objects.get()
    assert (order.customer, order.status, order.source) == (customer, 6, 2)
    assert order.amount == Decimal("168.00") * 2 * 3 and order.proxy_state == ""
    assert (made.state, made.order, made.parameters["auto_renew"]) == ("done", order, True)


def test_an_order_that_the_partner_pays_waits_among_those_to_pay_at_its_price(cast, session):
    carried_out(ask(session, wish(by_partner=True)))
    order = Order.objects.waiting().get()
    f.make_money(cast.reseller, 5000)
    with pytest.raises(Refused, match="已由"):
        pay_order(order, order.amount - 1, by=cast.cai, at=NOW)
    assert pay_order(order, order.amount, by=cast.cai, at=NOW).proxy_state == "paid"


def test_what_is_paid_by_use_is_opened_at_once(customer, session):
    made = carried_out(ask(session, wish(months=0)))
    assert not Order.objects.exists() and made.order is None
    opened = Resource.objects.filter(customer=customer)
    assert [each.expires_on for each in opened] == [None, None]


@pytest.mark.parametrize("months", [0, 3])
def test_what_a_worker_died_over_is_ordered_once(session, months):
    made = ask(session, wish(months=months))
    row = services._take(made.pk, at=NOW)
    gateway().carry_out(services._order(row), row, at=NOW)  # and then it died
    assert services.run_due(at=NOW + timedelta(minutes=3)) == 1
    assert Order.objects.count() + Resource.objects.count() == (1 if months else 2)


def test_a_form_that_is_sent_twice_orders_once(session):
    token = uuid4()
    assert ask(session, token=token) == ask(session, token=token)
    assert Activity.objects.filter(verb="resource_request.asked").count() == 1


def test_both_sides_read_it_and_the_customer_is_told(customer, session):
    place = customer.cloud_account.users.get()
    carried_out(ask(session))
    lines = ProxyAction.objects.filter(kind="order").order_by("pk")
    assert [(line.result, line.subject) for line in lines] == [
        ("asked", "弹性云服务器 ECS 2核 4G × 2"),
        ("done", "弹性云服务器 ECS 2核 4G × 2"),
    ]
    assert Activity.objects.get(verb="resource_request.asked").after["price"] == "1008.00"
    assert AccountNotice.objects.get().kind == "account.ordered_to_pay"
    mail = AccountMail.objects.get()
    assert mail.to == place.user.email and "1,008.00" in mail.body


# ---- why not ----


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": 0}, "数量须在 1 至 100 之间。"),
        ({"quantity": 101}, "数量须在 1 至 100 之间。"),
        ({"months": 5}, "请选择购买时长。"),
        ({"months": 0, "by_partner": True}, "没有自动续费和伙伴支付"),
    ],
)
def test_what_cannot_be_ordered(session, change, said):
    with pytest.raises(Refused, match=said):
        ask(session, wish(**change))


def test_goods_of_the_marketplace_are_not_ordered_for_customers(session):
    goods = replace(gateway().offers()[0], is_marketplace=True)
    with pytest.raises(Refused, match="云商店商品不支持代客下单。"):
        ask(session, wish(offer=goods))


def test_another_price_than_was_shown_orders_nothing(session):
    with pytest.raises(Refused, match=r"由 1\.00 元变为 1,008\.00 元"):
        ask(session, shown=Decimal(1))
    assert not ResourceRequest.objects.exists()


def test_a_customer_that_is_not_its_partners_any_more_gets_no_order(cast, session):
    session.customer.association_type = "referral"
    assert "只有代售和转售客户" in buying.why_not(session.customer, at=NOW)


def test_for_a_frozen_customer_or_without_budget_nothing_is_ordered(session):
    customer = session.customer
    customer.association_type = "postpaid"
    make_budget(customer=customer, amount=0)
    assert buying.why_not(customer, at=NOW) == "客户预算已用尽，请先调整预算。"
    make_freeze(customer=customer)
    assert buying.why_not(customer, at=NOW) == "客户账号已冻结，无法代客下单。"
    with pytest.raises(Refused, match="客户账号已冻结，无法代客下单。"):
        ask(session)


def test_orders_need_the_scope_and_a_session_for_them(cast, customer, granted):
    operating = make_session(customer=customer, by=cast.jing, purpose="operate")
    with pytest.raises(NotAllowed, match="代客运维时不能下单"):
        ask(operating)
    operating.mark_ended("back", at=NOW)
    granted.scopes = ["view", "renew"]
    granted.save(update_fields=["scopes"])
    narrowed = make_session(customer=customer, by=cast.jing)
    assert "客户没有授予“代客下单”" in str(buying.decide_buy(narrowed, at=NOW))
    with pytest.raises(Refused, match="已结束"):
        ask(narrowed)


def test_a_reseller_that_lost_its_right_orders_nothing(session, right):
    right.delete()
    with pytest.raises(Refused, match="已结束"):
        ask(session)


def test_what_was_revoked_before_it_was_done_is_not_ordered(customer, session, granted):
    made = ask(session)
    user = customer.cloud_account.users.get().user
    granted.mark_ended("revoked", reason="x", by=user, at=NOW)
    assert carried_out(made).state == "failed" and not Order.objects.exists()
    assert not AccountNotice.objects.exists()


# ---- cancelling ----


def cancel(session, purchase):
    return buying.ask_cancel(session, purchase, by=session.operator, at=NOW)


def test_an_unpaid_order_is_cancelled_and_the_customer_told(customer, session):
    purchase = make_purchase(customer=customer, by=session.operator, session=session)
    carried_out(cancel(session, purchase))
    purchase.order.refresh_from_db()
    assert purchase.order.status == Order.Status.CANCELLED
    assert AccountNotice.objects.get().kind == "account.order_cancelled"
    assert "取消订单" in str(ProxyAction.objects.latest("pk").get_kind_display())
    with pytest.raises(Refused, match="已取消"):
        cancel(session, purchase)


def test_a_paid_order_is_not_cancelled(customer, session):
    paid = make_purchase(
        customer=customer,
        by=session.operator,
        session=session,
        order=f.make_order(customer=customer, status=3),
    )
    with pytest.raises(Refused, match="不能取消"):
        cancel(session, paid)


def test_one_that_is_paid_meanwhile_stays(customer, session):
    purchase = make_purchase(customer=customer, by=session.operator, session=session)
    made = cancel(session, purchase)
    Order.objects.filter(pk=purchase.order_id).update(status=3)
    assert (carried_out(made).state, made.result) == (
        "failed",
        "该订单已支付或已处理，不能取消。",
    )


def test_what_has_no_order_yet_is_not_cancelled_and_no_order_twice(customer, session):
    waiting = make_purchase(customer=customer, by=session.operator, session=session, order=None)
    with pytest.raises(Refused, match="尚未生成"):
        cancel(session, waiting)
    purchase = make_purchase(customer=customer, by=session.operator, session=session)
    cancel(session, purchase)
    with pytest.raises(Refused, match="正在取消"):
        cancel(session, purchase)


# ---- pages ----


@pytest.fixture
def operator(client, cast, customer, granted):
    signed_in = prove_client(sign_client_in(client, cast.jing), cast.jing.user)
    signed_in.post(f"/proxies/customers/{customer.pk}/order/", {"reason": "扩容"})
    return signed_in


def test_the_price_is_shown_and_then_ordered(cast, customer, operator):
    assert "下单" in operator.get("/operations/").content.decode()
    form = {"offer": gateway().offers()[0].code, "quantity": "2", "months": "3"}
    form |= {"payer": "customer", "auto_renew": "on", "token": str(uuid4())}
    page = operator.post("/operations/buy/", form).content.decode()
    assert "1,008.00" in page and "客户可用额度" in page
    assert not ResourceRequest.objects.exists()
    sent = form | {"step": "confirm", "shown": "1008.00"}
    assert operator.post("/operations/buy/", sent).url == "/operations/"
    with tenancy.vendor():
        services.run_due(at=ResourceRequest.objects.get().asked_at)
    purchase = ResourceRequest.objects.get()
    assert purchase.order.number in operator.get("/operations/").content.decode()
    listed = operator.get("/billing/orders/placed/").content.decode()
    assert purchase.order.number in listed and "3 个月" in listed and "待支付" in listed
    url = f"/operations/orders/{purchase.pk}/cancel/"
    assert "1,008.00" in operator.get(url).content.decode()
    assert operator.post(url).url == "/operations/"


def test_a_form_without_a_quantity_says_so(operator):
    assert operator.post("/operations/buy/", {"quantity": "0"}).status_code == 422


def test_nobody_orders_outside_a_customers_account(cast, client):
    sign_client_in(client, cast.jing)
    assert client.get("/operations/buy/").url == "/authorizations/"


def test_the_list_finds_by_product_payer_and_customer(cast, customer, client):
    make_purchase(customer=customer, by=cast.jing)
    sign_client_in(client, cast.jing)
    for query, n in (("service=ecs", 1), ("service=EIP", 0), ("payer=partner", 0)):
        page = client.get(f"/billing/orders/placed/?{query}").content.decode()
        assert page.count('<tr id="row-') == n, query


def test_the_lists_empty_state_says_where_to_begin(cast, client):
    page = sign_client_in(client, cast.jing).get("/billing/orders/placed/").content.decode()
    assert "还没有代客下单" in page
