"""A world in the database: equal for equal seeds, guarded by the same constraints as before."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction

from billing.models import ConsumptionDay, DailyConsumption
from customers.models import Assignment, Customer
from org.models import Member
from partnercenter.world import seeding
from partnercenter.world.plan import Spec

from ..factories import make_partner

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
SPEC = Spec(4, 6, 300, date(2026, 10, 7), date(2026, 11, 20))

_TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
AND c.relnamespace = 'public'::regnamespace AND c.relname ~ '^(org|customers|billing)_' ORDER BY 1
"""
_SCHEMA = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conname !~ '_20[0-9]{2}_'
    AND conrelid::regclass::text !~ '_20[0-9]{2}_'
UNION ALL
SELECT tablename, indexname, indexdef, true FROM pg_indexes
WHERE schemaname = 'public' AND tablename !~ '_20[0-9]{2}_'
ORDER BY 1, 2, 3
"""


def owner_rows(sql: str) -> list[tuple]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def contents() -> dict[str, str]:
    """A digest of every row of every table."""
    text = "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {} t"
    return {name: owner_rows(text.format(name))[0][0] for (name,) in owner_rows(_TABLES)}


def empty_again() -> None:
    names = ", ".join(name for (name,) in owner_rows(_TABLES))
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


def test_the_same_seed_makes_the_same_tables_byte_for_byte():
    seeding.seed(SPEC)
    first = contents()
    empty_again()
    seeding.seed(SPEC)
    assert contents() == first


def test_worlds_made_by_several_processes_are_the_same(monkeypatch):
    seeding.seed(SPEC)
    first = contents()
    empty_again()
    monkeypatch.setattr(seeding, "SMALL", 0)
    seeding.seed(SPEC)
    assert contents() == first


def test_constraints_indexes_and_partitions_are_back():
    before = owner_rows(_SCHEMA)
    seeding.seed(SPEC)
    assert owner_rows(_SCHEMA) == before
    parts = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = {}::regclass"
    daily = [part for (part,) in owner_rows(parts.format("'billing_dailyconsumption'"))]
    assert {"billing_dailyconsumption_2026_10", "billing_dailyconsumption_2026_11"} <= set(daily)


def test_a_partition_refuses_another_tenants_customer_again():
    seeding.seed(SPEC)
    row = DailyConsumption.objects.order_by("customer_id", "day").first()
    wrong = Customer.objects.exclude(partner=row.partner_id).first().partner_id
    change = "UPDATE billing_dailyconsumption SET partner_id = %s WHERE customer_id = %s"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change, [wrong, row.customer_id])


def test_every_day_is_marked_complete():
    seeding.seed(SPEC)
    assert list(ConsumptionDay.objects.order_by("day").values_list("day", flat=True)) == SPEC.days


def test_new_rows_get_ids_above_the_worlds():
    seeding.seed(SPEC)
    highest = Member.objects.order_by("-pk").first().pk
    partner = make_partner()
    member = Member.objects.create(
        partner=partner, user=Member.objects.first().user, roles=["finance"]
    )
    assert member.pk == highest + 1


def test_a_customers_manager_is_the_one_of_the_current_assignment():
    seeding.seed(SPEC)
    current = dict(Assignment.objects.current().values_list("customer_id", "manager_id"))
    assigned = Customer.objects.filter(account_manager__isnull=False)
    assert dict(assigned.values_list("pk", "account_manager_id")) == current
    assert 0.7 < len(current) / SPEC.customers < 0.95


def test_spending_is_skewed_and_some_customers_leave():
    seeding.seed(Spec(4, 12, 4_000, SPEC.first_day, SPEC.until))
    spent = sorted(
        row[0]
        for row in owner_rows(
            "SELECT sum(amount) FROM billing_monthlyconsumption GROUP BY customer_id"
        )
    )
    assert sum(spent[-len(spent) // 100 :]) > sum(spent) / 6  # the largest hundredth
    assert 0.7 < len(spent) / 4_000 < 0.9  # the others never spent
    assert 0.01 < Customer.objects.filter(disassociated_at__isnull=False).count() / 4_000 < 0.05


def test_a_world_needs_an_empty_database():
    make_partner()
    with pytest.raises(CommandError, match="空数据库"):
        seed_world()
    assert json.loads(seed_world("--if-empty")) == {"seeded": False}
    assert not Customer.objects.exists()


def test_the_command_says_what_it_made():
    made = json.loads(seed_world("--until", "2026-11-20"))
    assert made["rows"]["customers_customer"] == 50
    assert made["rows"]["billing_dailyconsumption"] == DailyConsumption.objects.count()


def seed_world(*arguments: str) -> str:
    out = StringIO()
    call_command(
        *("seed_world", "--partners=4", "--customers=50", "--days=10", "--json", *arguments),
        stdout=out,
        stderr=StringIO(),
    )
    return out.getvalue()
