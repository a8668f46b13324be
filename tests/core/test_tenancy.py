"""The second wall: what PostgreSQL answers when the first one is forgotten."""

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection, connections, transaction
from django.db.utils import IntegrityError, ProgrammingError

from core import tenancy
from customers.models import Customer
from org.models import Member
from tests.factories import make_customer, make_member, make_partner

pytestmark = pytest.mark.django_db


def test_without_a_tenant_no_row_is_seen(cast):
    make_customer(manager=cast.jing)
    with tenancy.tenant(None):
        assert Customer.objects.count() == 0


def test_a_tenant_sees_only_its_own_rows_without_any_filter(cast):
    own = make_customer(manager=cast.jing)
    make_customer(partner=cast.stranger)
    with tenancy.tenant(cast.reseller.pk):
        assert list(Customer.objects.all()) == [own]


def test_reading_may_reach_further_than_writing(cast):
    theirs = make_customer(manager=cast.jing)
    with tenancy.tenant(cast.distributor.pk, reads=[cast.reseller.pk]):
        assert list(Customer.objects.all()) == [theirs]
        assert Customer.objects.update(account_manager=None) == 0


def test_a_row_cannot_be_moved_to_another_tenant(cast):
    own = make_customer(partner=cast.reseller)
    with pytest.raises(ProgrammingError), transaction.atomic(), tenancy.tenant(cast.reseller.pk):
        Customer.objects.filter(pk=own.pk).update(partner=cast.stranger)


def test_a_foreign_key_cannot_point_at_another_tenants_row(cast):
    own = make_customer(partner=cast.reseller)
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=own.pk).update(account_manager=cast.pang)


def test_a_person_finds_his_memberships_before_a_partner_is_chosen(cast):
    second = make_member(partner=cast.stranger, user=cast.jing.user)
    with tenancy.tenant(None, user_id=cast.jing.user_id):
        assert set(Member.objects.all()) == {cast.jing, second}


def test_leaving_a_tenant_inside_a_transaction_restores_the_one_before(cast):
    make_customer(partner=cast.reseller)
    with tenancy.tenant(cast.stranger.pk):
        with tenancy.tenant(cast.reseller.pk):
            assert Customer.objects.count() == 1
        assert Customer.objects.count() == 0


def test_a_failure_inside_a_tenant_restores_the_one_before(cast):
    make_customer(partner=cast.reseller)
    with tenancy.tenant(cast.reseller.pk):
        with pytest.raises(Error), tenancy.tenant(cast.stranger.pk), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_tenant_stays_on_the_connection():
    with tenancy.vendor():
        partner = make_partner()
        make_customer(partner=partner)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with tenancy.tenant(partner.pk):
        assert Customer.objects.count() == 1
    assert Customer.objects.count() == 0


def test_the_application_may_not_change_a_persons_vendor_role(cast):
    with pytest.raises(ProgrammingError), transaction.atomic(), tenancy.tenant(cast.reseller.pk):
        cast.jing.user.vendor_role = "operator"
        cast.jing.user.save(update_fields=["vendor_role"])


def _tenant_tables():
    """Tables with a partner: their rows belong to somebody."""
    vendors_own = {"followups_generationrun"}
    for model in apps.get_models():
        names = {f.column for f in model._meta.concrete_fields}
        is_view = not model._meta.managed  # it reads as whoever asks (test_schema.py)
        if "partner_id" in names and not is_view and model._meta.db_table not in vendors_own:
            yield model._meta.db_table


@pytest.mark.parametrize("table", sorted({*_tenant_tables(), "org_partner"}))
def test_every_tenant_table_is_behind_the_second_wall(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity, relowner::regrole::text,"
            " (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid)"
            " FROM pg_class c WHERE oid = %s::regclass",
            [table],
        )
        enabled, forced, owner, policies = cursor.fetchone()
    assert enabled and not forced and policies >= 2
    assert owner not in (tenancy.APP, tenancy.VENDOR)


def test_no_partition_can_be_read_around_its_parent():
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_ensure_month('2026-11-01')")
        cursor.execute(
            "SELECT count(*) FILTER (WHERE has_table_privilege(r, inhrelid, 'SELECT')), count(*)"
            " FROM pg_inherits, unnest(%s::text[]) AS r",
            [[tenancy.APP, tenancy.VENDOR]],
        )
        readable, partitions = cursor.fetchone()
    assert partitions and not readable


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_start_is_refused_as_a_role_that_owns_tables(monkeypatch):
    tenancy.refuse_privileged_role()
    monkeypatch.setattr(tenancy, "connection", connections["owner"])
    with pytest.raises(ImproperlyConfigured, match="does not bind"):
        tenancy.refuse_privileged_role()
