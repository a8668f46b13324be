"""Who was refused what stands in the log, once; and no value can forge a line of the other log."""

import logging

import pytest
from django.core.cache import cache

from activity.models import Activity
from activity.verbs import summary
from core.request_context import OneLine
from tests.factories import make_alert, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_denied_yet():
    cache.clear()


def denials():
    return Activity.objects.filter(verb="access.denied")


def test_a_refused_permission_is_recorded_by_its_label(cast, sign_in):
    customer = make_customer(manager=cast.jing)
    assert sign_in(cast.cai).get(f"/customers/{customer.pk}/assign/").status_code == 403
    line = denials().get()
    assert (line.member, line.partner, bool(line.request_id)) == (cast.cai, cast.reseller, True)
    assert summary(line.before, line.after) == "权限项：分配客户经理"


def test_a_refusal_for_another_reason_is_recorded_with_it(cast, sign_in):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    response = sign_in(cast.yun).post(f"/followups/alerts/{alert.pk}/handle/")
    assert response.status_code == 403
    assert denials().get().after["reason"] in response.content.decode()


@pytest.mark.parametrize("who", ["shenji", "yun"])
def test_a_refusal_of_the_vendors_desk_is_recorded_in_the_vendors_log(cast, sign_in, who):
    person = getattr(cast, who)
    assert sign_in(person).post("/admin/org/partner/add/").status_code == 403
    line = denials().get()
    assert (line.user, line.partner) == (getattr(person, "user", person), None)


def test_a_loop_of_refusals_is_recorded_once_a_page(cast, sign_in):
    customer, client = make_customer(manager=cast.jing), sign_in(cast.cai)
    for _ in range(5):
        client.get(f"/customers/{customer.pk}/assign/")
    client.get("/followups/view/")
    assert denials().count() == 2


# ---- lines of the log on screen ----


def written(message: str, *args: object, error: Exception | None = None) -> str:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("x", logging.INFO, "", 1, message, args, info)
    return OneLine("%(levelname)s %(message)s").format(record)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x85", "\u2028", "\x0b"])
def test_a_value_cannot_begin_a_line(end):
    line = written("imported %s", f"a.csv{end}INFO signed in: admin")
    assert line.splitlines() == [line] and "a.csv\\" in line


def test_a_value_cannot_paint_the_terminal():
    assert "\x1b" not in written("imported %s", "\x1b[2J\x1b]0;owned\x07")


def test_an_errors_own_text_stays_within_its_trace():
    lines = written("failed", error=ValueError("a\nINFO signed in: admin")).splitlines()
    assert lines[0] == "INFO failed"
    assert all(line.startswith("    ") for line in lines[1:])
