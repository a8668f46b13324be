"""The lists of the product: who looks at each, and how rows come onto it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import time_machine

from activity.models import Notification
from activity.services import record
from billing.bills.models import PartnerBill
from billing.invoices.models import Obligation
from core import tenancy
from coupons.services.reviewing import approve_plan
from customers.models import Customer
from customers.notes.models import Label
from tests import money
from tests.authorizations.making import make_purchase
from tests.conftest import Cast
from tests.coupons.making import make_coupon, make_plan, make_promotion, make_quota, use_some
from tests.factories import (
    NOW,
    TODAY,
    make_alert,
    make_announcement,
    make_change,
    make_charge,
    make_customer,
    make_invitation,
    make_label,
    make_order,
    make_order_line,
    make_resource,
)
from tests.limits import making as limits


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


# ---- the lists ----


@dataclass(frozen=True)
class Listed:
    """One list page: who looks at it, and how `n` rows come onto it."""

    url: str
    who: str
    fill: Callable[[Cast, int], Any]
    by_day: bool = False  # ordered by a day, and not by an instant


def _customers(cast: Cast, n: int) -> list[Customer]:
    return [make_customer(manager=cast.jing) for _ in range(n)]


def _labels(cast: Cast, n: int) -> None:
    Label.objects.all().delete()  # a partner has a hundred at most
    for _ in range(n):
        make_label(by=cast.yun)


def _alerts(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        make_alert(customer=customer)


def _resources(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        make_resource(customer=customer, expires_on=TODAY)
        make_resource(customer=customer)


def _orders(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        make_order_line(order=make_order(customer=customer, waiting=True))


def _owing(cast: Cast, n: int) -> None:
    for _ in range(n):
        make_customer(manager=cast.jing, arrears=10)


def _consumption(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        make_charge(customer=customer, day=TODAY)


def _lines(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        record("customer.assigned", customer, by=cast.yun, at=NOW, customer_id=customer.pk)


def _announcements(cast: Cast, n: int) -> None:
    for _ in range(n):
        make_announcement()


def _notifications(cast: Cast, n: int) -> None:
    for i in range(n):
        Notification.objects.create(
            partner=cast.reseller,
            member=cast.jing,
            kind="customer.assigned",
            key=f"told-{n}-{i}",
            params={"customer": make_customer(manager=cast.jing).pk},
            created_at=NOW,
        )


def _owed(cast: Cast, n: int) -> None:
    for _ in range(n):
        customer = make_customer(manager=cast.jing, association_type="resale")
        money.make_own(obligation=money.make_owed(customer=customer))


def _bill_lines(cast: Cast, n: int) -> None:
    if not PartnerBill.objects.exists():
        money.make_bill(partner=cast.distributor)
    for _ in range(n):
        customer = make_customer(manager=cast.jing, association_type="resale")
        money.make_line(customer=customer)


def _requests(cast: Cast, n: int) -> None:
    for _ in range(n):
        month = date(2000 + Obligation.objects.count() // 12, 1, 1)
        month = month.replace(month=1 + Obligation.objects.count() % 12)
        bill = money.make_owed_bill(partner=cast.reseller, month=month)
        money.make_request(obligation=bill, by=cast.yun)


def _agreements(cast: Cast, n: int) -> None:
    for _ in range(n):
        money.make_agreement(by=cast.yun)


def _settlements(cast: Cast, n: int) -> None:
    for _ in range(n):
        money.make_settlement(reseller=cast.reseller, by=cast.yun)


def _invitations(cast: Cast, n: int) -> None:
    for _ in range(n):
        make_invitation(by=cast.jing)


def _changes(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        make_change(customer=customer)


def _placed(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        make_purchase(customer=customer, by=cast.jing)


def _limits(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        limits.make_freeze_record(customer=customer, by=cast.yun)
        limits.make_budget_record(customer=customer, by=cast.yun)


def _quotas(cast: Cast, n: int) -> None:
    for _ in range(n):
        make_quota(cast.reseller)


def _coupons(cast: Cast, n: int) -> None:
    quota = make_quota(cast.reseller, 100 * n)
    for _ in range(n):
        make_coupon(quota, make_customer(manager=cast.jing), by=cast.yun)


def _uses(cast: Cast, n: int) -> None:
    quota = make_quota(cast.reseller, 100 * n)
    for _ in range(n):
        customer = make_customer(manager=cast.jing)
        use_some(make_coupon(quota, customer, by=cast.yun), make_order(customer=customer))


_NUMBERS = itertools.count(1)  # no two promotions have one name


def _plans(cast: Cast, n: int) -> None:
    promotion = make_promotion(f"活动 {next(_NUMBERS)}")
    customer = make_customer(manager=cast.jing)
    for _ in range(n):
        make_plan(promotion, customer, by=cast.yun)


def _promotions(cast: Cast, n: int) -> None:
    for _ in range(n):
        make_promotion(f"活动 {next(_NUMBERS)}")


def _vouchers(cast: Cast, n: int) -> None:
    customers = _customers(cast, n)
    promotion = make_promotion(f"活动 {next(_NUMBERS)}")
    plan = make_plan(promotion, *customers, by=cast.yun)
    with tenancy.vendor():
        approve_plan(plan, revision=plan.revision, by=cast.shen, at=NOW)


LISTS = {
    "orders placed": Listed("/billing/orders/placed/", "jing", _placed),
    "freeze records": Listed("/freezing/", "yun", _limits),
    "budget records": Listed("/budgets/", "jing", _limits),
    "resellers' freeze records": Listed("/freezing/resellers/records/", "zong", _limits),
    "resellers' budget records": Listed("/budgets/resellers/", "zong", _limits),
    "quotas": Listed("/coupons/quotas/", "cai", _quotas),
    "coupons": Listed("/coupons/", "yun", _coupons),
    "coupon uses": Listed("/coupons/uses/", "yun", _uses),
    "coupon records": Listed("/coupons/records/", "yun", _coupons),
    "activity vouchers": Listed("/coupons/plans/", "yun", _plans),
    "promotions": Listed("/coupons/plans/promotions/", "yun", _promotions),
    "issued activity vouchers": Listed("/coupons/plans/records/", "yun", _vouchers),
    "obligations": Listed("/invoices/", "cai", _owed, by_day=True),
    "resellers' obligations": Listed("/invoices/resellers/", "zong", _owed, by_day=True),
    "own invoices": Listed("/invoices/issued/", "zong", _owed),
    "invoices": Listed("/invoices/requests/", "cai", _requests),
    "settlements": Listed("/invoices/settlements/", "cai", _settlements),
    "agreements": Listed("/contracts/", "cai", _agreements),
    "bill lines": Listed("/bills/lines/", "zong", _bill_lines, by_day=True),
    "invitations": Listed("/associations/invitations/", "yun", _invitations),
    "association changes": Listed("/associations/changes/", "jing", _changes),
    "customers": Listed("/customers/", "jing", _customers),
    "resellers' customers": Listed("/customers/resellers/", "zong", _customers),
    "customers to assign": Listed("/customers/assign/", "yun", _customers),
    "assignments": Listed("/customers/assign/records/", "zhuguan", _customers),
    "labels": Listed("/customers/labels/", "yun", _labels),
    "alerts to handle": Listed("/followups/handle/", "jing", _alerts),
    "alerts": Listed("/followups/view/", "yun", _alerts),
    "resellers' alerts": Listed("/followups/view/resellers/", "zong", _alerts),
    "consumption": Listed("/billing/consumption/", "jing", _consumption),
    "charges": Listed("/billing/charges/", "jing", _consumption, by_day=True),
    "resellers' consumption": Listed("/billing/consumption/resellers/", "zong", _consumption),
    "resellers' charges": Listed("/billing/charges/resellers/", "zong", _consumption, by_day=True),
    "arrears": Listed("/billing/arrears/", "jing", _owing),
    "resources": Listed("/billing/resources/", "jing", _resources, by_day=True),
    "resources on demand": Listed("/billing/resources/on-demand/", "jing", _resources, by_day=True),
    "orders": Listed("/billing/orders/", "jing", _orders),
    "orders that wait": Listed("/billing/orders/waiting/", "cai", _orders),
    "lines of orders": Listed("/billing/orders/lines/", "jing", _orders, by_day=True),
    "resellers' lines of orders": Listed(
        "/billing/orders/lines/resellers/", "zong", _orders, by_day=True
    ),
    "log": Listed("/activity/", "yun", _lines),
    "announcements": Listed("/activity/announcements/", "jing", _announcements),
    "notifications": Listed("/activity/notifications/", "jing", _notifications),
}


@pytest.fixture(params=LISTS, name="listed")
def _listed(request) -> Listed:
    return LISTS[request.param]


@pytest.fixture
def ask(cast, sign_in, listed):
    """Ask for the list; `ask(12)` first puts 12 rows on it."""
    client = sign_in(getattr(cast, listed.who))

    def get(_rows: int = 0, headers: dict[str, str] | None = None, **query: Any) -> Any:
        if _rows:
            listed.fill(cast, _rows)
        return client.get(listed.url, query, headers=headers or {})

    return get
