"""Limits are counted in Valkey, which no test's transaction rolls back."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.urls import reverse

from activity.models import Notification
from org.models import Role
from tests import factories


@pytest.fixture(autouse=True)
def _no_guesses_yet() -> None:
    cache.clear()


@pytest.fixture
def sign_in_listed(sign_in, client):
    """`sign_in_listed(member)`: signed in, and in the person's list of sessions."""

    def sign_in_and_list(who):
        sign_in(who)
        user = getattr(who, "user", who)
        key = client.session.session_key
        UserSession.objects.create(user=user, session_key=key, ip="127.0.0.1", user_agent="")
        return client

    return sign_in_and_list


@pytest.fixture
def is_signed_in(client):
    """Whether the client's next request is still that of somebody."""

    def ask() -> bool:
        response = client.get(reverse("org:account"))
        return not response.get("Location", "").startswith(reverse("account_login"))

    return ask


@pytest.fixture
def rows(cast):
    """One row of each model that the cast brings along, by label."""
    customer = factories.make_customer(
        manager=cast.jing, name="深圳云帆科技", phone="13800138000", email="kefu@example.com"
    )
    role = Role.objects.create(
        partner=cast.reseller, code="custom-1", name="质检", permissions=["customers.view"]
    )
    return {
        "org.partner": cast.reseller,
        "org.member": cast.jing,
        "org.user": cast.jing.user,
        "org.role": role,
        "customers.customer": customer,
        "customers.cloudaccount": customer.cloud_account,
        "customers.accountuser": factories.make_account_user(account=customer.cloud_account),
        "customers.assignment": customer.assignments.get(),
        "activity.announcement": factories.make_announcement(published=False),
        "activity.notification": Notification.objects.create(
            partner=cast.reseller,
            member=cast.jing,
            kind="customer.assigned",
            key="k",
            created_at=factories.NOW,
            mail_state="failed",
        ),
    }
