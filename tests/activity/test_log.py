"""The log: written once, masked, and changed by nobody."""

import pytest
from django.db import DatabaseError, connection, transaction

from activity.models import Activity
from activity.services import record
from core import request_context, tenancy
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity_activity SET verb = 'nothing.happened'",
        "DELETE FROM activity_activity",
        "TRUNCATE activity_activity",
    ],
)
@pytest.mark.parametrize("side", ["partner", "vendor"])
def test_the_database_refuses_to_change_the_log(cast, side, statement):
    record("member.created", cast.jing, by=cast.yun, at=NOW)
    as_side = tenancy.vendor() if side == "vendor" else tenancy.tenant(cast.reseller.pk)
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        as_side,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Activity.objects.get().verb == "member.created"


def test_a_partner_cannot_write_into_anothers_log(cast):
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
        tenancy.tenant(cast.stranger.pk),
    ):
        record("member.created", cast.jing, by=None, at=NOW, partner=cast.reseller)


def test_a_line_says_who_for_whom_and_where_from(cast):
    request_context.begin("203.0.113.7", "abc123")
    line = record("customer.assigned", by=cast.zhuguan, at=NOW, customer_id=7)
    request_context.end()
    assert (line.partner_id, line.user_id, line.member) == (
        cast.reseller.pk,
        cast.zhuguan.user_id,
        cast.zhuguan,
    )
    assert (line.customer_id, line.address, line.request_id) == (7, "203.0.113.7", "abc123")


def test_personal_data_is_masked_before_it_is_written(cast):
    contact = {"name": "张三丰", "phone": "13800138000", "email": "zhang@example.com"}
    line = record("user.created", by=None, at=NOW, before=contact, after=contact)
    masked = {"name": "张***丰", "phone": "138****8000", "email": "z***@example.com"}
    assert (line.before, line.after) == (masked, masked)


def seen_by(member):
    return set(Activity.objects.visible_to(member).values_list("verb", flat=True))


def test_a_director_sees_what_his_managers_and_he_did(cast):
    for verb, by in (
        ("a.by_manager", cast.jing),
        ("b.by_other", cast.other),
        ("c.by_director", cast.zhuguan),
        ("d.by_main", cast.yun),
    ):
        record(verb, by=by, at=NOW)
    record("e.by_system", by=None, at=NOW, partner=cast.reseller)
    assert seen_by(cast.zhuguan) == {"a.by_manager", "c.by_director"}
    assert len(seen_by(cast.yun)) == 5
    assert seen_by(cast.pang) == set()


def test_who_sees_a_customer_sees_all_that_was_done_for_it(cast):
    customer = factories.make_customer(manager=cast.jing)
    record("customer.assigned", customer, by=cast.yun, at=NOW, customer_id=customer.pk)
    record("customer.assigned", by=cast.yun, at=NOW, customer_id=customer.pk + 1)
    rows = Activity.objects.about_customer(cast.reseller.pk, customer.pk)
    assert rows.count() == 1
