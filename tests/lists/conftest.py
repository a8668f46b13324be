"""The lists of the product: who looks at each, and how rows come onto it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine

from activity.models import Notification
from activity.services import record
from customers.models import Customer
from customers.notes.models import Label
from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_alert,
    make_announcement,
    make_change,
    make_customer,
    make_invitation,
    make_label,
)


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


def _customers(cast: Cast, n: int) -> list[Customer]:
    return [make_customer(manager=cast.jing) for _ in range(n)]


def _labels(cast: Cast, n: int) -> None:
    Label.objects.all().delete()  # a partner has a hundred at most
    for _ in range(n):
        make_label(by=cast.yun)


def _alerts(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        make_alert(customer=customer)


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


def _invitations(cast: Cast, n: int) -> None:
    for _ in range(n):
        make_invitation(by=cast.jing)


def _changes(cast: Cast, n: int) -> None:
    for customer in _customers(cast, n):
        make_change(customer=customer)


LISTS = {
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
