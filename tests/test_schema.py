"""The walls and the migrations, asked of PostgreSQL itself."""

import threading

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddIndex
from django.db.migrations.operations.base import Operation
from django.db.migrations.optimizer import MigrationOptimizer

from core import tenancy
from tests import database

OWN = (
    *("org", "activity", "workbench", "jobs", "ledger", "customers", "billing", "followups"),
    *("associations", "coupons", "ops"),
)
# In the order in which they let go of each other.
TO_ZERO = (
    *(
        "ops",
        "associations",
        "followups",
        "coupons",
        "billing",
        "ledger",
        "jobs",
        "workbench",
        "activity",
    ),
    "customers",
)


# Views know a tenant and have no keys: what they show is held by the tables behind them.
VIEWS = {"billing_customercharge"}


# A distributor and its reseller: the reference belongs to the partner that this column names.
ACROSS = {
    ("coupons_quota", "parent_id"): "giver_id",
    ("coupons_couponrecord", "given_id"): "reseller_id",
}


def is_tenants(model: type[models.Model]) -> bool:
    if model._meta.db_table in VIEWS:
        return False
    return any(field.name == "partner" for field in model._meta.concrete_fields)


def tenant_references() -> list[tuple[str, str, str]]:
    """(table, column, table pointed at) of each foreign key between two tenants' tables."""
    return [
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in apps.get_models()
        if model._meta.app_label in OWN and is_tenants(model)
        for field in model._meta.concrete_fields
        if field.related_model and is_tenants(field.related_model)
    ]


def test_there_are_references_between_tenants_rows():
    assert len(tenant_references()) >= 10


@pytest.mark.django_db
@pytest.mark.parametrize("reference", tenant_references(), ids=lambda r: f"{r[0]}.{r[1]}")
def test_a_reference_stays_within_its_partner(reference):
    table, column, target = reference
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(a.attname::text ORDER BY k.n), c.convalidated"
            " FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY AS k(num, n),"
            " pg_attribute a"
            " WHERE c.conrelid = %s::regclass AND c.confrelid = %s::regclass AND c.contype = 'f'"
            " AND a.attrelid = c.conrelid AND a.attnum = k.num GROUP BY c.oid",
            [table, target],
        )
        found = cursor.fetchall()
    whose = ACROSS.get((table, column), "partner_id")
    assert ([whose, column], True) in found, found


@pytest.mark.django_db(databases=["default", "owner"])
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_migration_that_waits_for_another_keeps_no_snapshot():
    """For a snapshot an index would wait that the other one builds concurrently: for ever."""
    with connections["owner"].cursor() as other:
        other.execute("SELECT pg_advisory_lock(hashtext('partnercenter.migrate'))")
        waiting = threading.Thread(target=_migrate_alone)
        waiting.start()
        waiting.join(0.5)
        other.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert (waiting.is_alive(), other.fetchone()[0]) == (True, 0)
        other.execute("SELECT pg_advisory_unlock(hashtext('partnercenter.migrate'))")
        waiting.join(30)
        assert not waiting.is_alive()


def _migrate_alone() -> None:
    call_command("migrate", database="owner", interactive=False, verbosity=0, skip_checks=True)
    connections.close_all()


# ---- there and back ----

_SHAPE = """
SELECT 'column', table_name, column_name, data_type, is_nullable, coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', ''
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', tablename, indexname, indexdef, '', ''
FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'policy', tablename, policyname, cmd, coalesce(qual, ''), coalesce(with_check, '')
FROM pg_policies
UNION ALL SELECT 'wall', relname, relrowsecurity::text, relforcerowsecurity::text, '', ''
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
UNION ALL SELECT 'grant', table_name, grantee, privilege_type, '', ''
FROM information_schema.role_table_grants WHERE table_schema = 'public'
UNION ALL SELECT 'function', proname, pg_get_function_identity_arguments(oid), prosrc, '', ''
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang <>
    (SELECT oid FROM pg_language WHERE lanname = 'c')
"""


def shape() -> set[tuple[str, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(_SHAPE)
        return set(cursor.fetchall())


@pytest.fixture
def scratch(django_db_setup, django_db_blocker):
    """A database of one's own, beside the one that other tests use, as migrations made it."""
    name, before = f"test_partnercenter_back_{database.slot()}", connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        database._drop(name)
        with database._template_alone():
            database._server().execute(f"CREATE DATABASE {name} TEMPLATE {database.TEMPLATE}")
        database._point_aliases_at(name)
        yield
        connections.close_all()
        database._point_aliases_at(before)
        database._drop(name)


def test_a_table_is_made_with_its_indexes_and_constraints():
    """By itself each has Django render the table's model and all its neighbours once more."""
    apart = {
        f"{app}.{name}": found
        for (app, name), migration in MigrationLoader(None).disk_migrations.items()
        if app in OWN
        and (found := _added(migration.operations))
        > _added(MigrationOptimizer().optimize(migration.operations, app))
    }
    assert not apart, "manage.py optimizemigration says how they stand with their table"


def _added(operations: list[Operation]) -> int:
    return sum(type(each) in (AddConstraint, AddIndex) for each in operations)


@pytest.mark.slow
def test_migrations_go_back_to_nothing_and_forth_again(scratch):
    """With people goes everything that knows them: sessions, second factors."""
    whole = shape()
    for app in (*TO_ZERO, "org"):
        call_command("migrate", app, "zero", database="owner", interactive=False, verbosity=0)
        if app == TO_ZERO[-1]:
            assert not _tables_of(*TO_ZERO)
    assert not _tables_of(*OWN)
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    assert shape() == whole


def _tables_of(*apps: str) -> set[str]:
    return {row[1] for row in shape() if row[0] == "wall" and row[1].startswith(apps)}


# ---- what nobody may do ----

KEPT = (
    *("activity_activity", "customers_proxyaction"),
    *("followups_alerthandling", "followups_attachment"),
)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [tenancy.APP, tenancy.VENDOR])
@pytest.mark.parametrize("table", KEPT)
def test_what_happened_is_never_rewritten(table, role):
    may = {verb: may_do(role, verb, table) for verb in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")}
    assert may == {"INSERT": True, "UPDATE": False, "DELETE": False, "TRUNCATE": False}


@pytest.mark.django_db
def test_a_seal_is_made_by_the_vendors_side_and_rewritten_by_nobody():
    made = {
        role: may_do(role, "INSERT", "activity_activityseal")
        for role in (tenancy.APP, tenancy.VENDOR)
    }
    assert made == {tenancy.APP: False, tenancy.VENDOR: True}
    verbs = ("UPDATE", "DELETE", "TRUNCATE")
    assert not any(may_do(r, verb, "activity_activityseal") for r in made for verb in verbs)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["billing_chargeline", "billing_subaccount", "org_user"])
def test_a_partners_request_writes_no_row_of_the_vendor(table):
    assert not may_do(tenancy.APP, "INSERT", table) and not may_do(tenancy.APP, "DELETE", table)


@pytest.mark.django_db
def test_no_request_of_a_partner_reads_mails_about_accounts():
    assert not may_do(tenancy.APP, "SELECT", "activity_accountmail")


def may_do(role: str, verb: str, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table, verb])
        return cursor.fetchone()[0]
