"""One slow statement or one held lock ends a request, not the site (security.md T-DB-2)."""

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client

from core import patience, request_context, tenancy
from customers.models import Customer
from tests.conftest import sign_client_in
from tests.factories import make_customer, make_member

LIMITS = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"


def limits() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(LIMITS)
        return cursor.fetchone()


@pytest.fixture
def in_request():
    request_context.begin(is_request=True)
    yield
    request_context.end()


@pytest.fixture
def world(transactional_db, settings):
    """A manager with one customer, committed; and half a second of patience."""
    settings.DB_PATIENCE = {"request": ("500ms", "200ms"), "job": ("1h", "1h")}
    settings.ROOT_URLCONF = "tests.org.pages"
    with tenancy.vendor():
        member = make_member()
        return member, make_customer(manager=member)


def manager_of(customer):
    with tenancy.vendor():
        return (
            Customer.objects.select_related("account_manager").get(pk=customer.pk).account_manager
        )


def assert_busy(response) -> None:
    page = response.content.decode()
    assert response.status_code == 503
    assert "刚才的操作没有保存" in page
    assert f"<code>{response['X-Request-ID']}</code>" in page


@pytest.mark.django_db(transaction=True)
def test_a_request_with_a_slow_statement_is_told_that_nothing_was_saved(world):
    member, customer = world
    client = sign_client_in(Client(raise_request_exception=False), member)
    assert_busy(client.get("/slow/"))
    assert manager_of(customer) == member


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_request_that_waits_for_a_held_row_is_told_the_same(world):
    member, customer = world
    client = sign_client_in(Client(raise_request_exception=False), member)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT FROM customers_customer WHERE id = %s FOR UPDATE", [customer.pk])
        assert_busy(client.get("/slow/"))
    assert manager_of(customer) == member


@pytest.mark.django_db(transaction=True)
def test_a_request_has_seconds_and_a_job_much_longer(in_request):
    with tenancy.vendor():
        assert limits() == ("10s", "3s")
    request_context.end()
    with tenancy.tenant(None):
        assert limits() == ("30min", "10min")


@pytest.mark.django_db(transaction=True)
def test_the_limits_end_with_the_transaction(in_request):
    with tenancy.vendor():
        pass
    assert limits() == ("0", "0")


@pytest.mark.django_db(transaction=True)
def test_a_long_act_of_the_desk_keeps_its_time_inside_another_tenant_too(in_request):
    with tenancy.vendor():
        patience.take_time()
        with tenancy.tenant(None):
            assert limits() == ("30min", "3s")


@pytest.mark.django_db(transaction=True)
def test_what_limits_itself_further_gives_back_what_was_allowed(in_request):
    with tenancy.vendor():
        with patience.at_most(1):
            assert limits() == ("1s", "3s")
        assert limits() == ("10s", "3s")
        with pytest.raises(OperationalError), patience.at_most(1), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(2)")
        assert limits() == ("10s", "3s")
