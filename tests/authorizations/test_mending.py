"""代客操作请求 on the vendor's desk: what hangs is given up, what failed is carried out anew."""

from datetime import timedelta

import pytest
import time_machine

from activity.models import Activity
from billing.operations import services
from billing.operations.models import ResourceRequest
from customers.proxies.models import ProxyAction
from tests import factories as f
from tests.authorizations.making import make_session
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db
PAGE = "/admin/billing/resourcerequest/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def asked(cast, customer, granted):
    resource = f.make_resource(customer=customer, expires_on=TODAY + timedelta(days=5))
    session = make_session(customer=customer, by=cast.jing)
    return services.ask_request(session, resource, "renew", months=1, by=cast.jing, at=NOW)


@pytest.fixture
def failed(asked):
    asked.mark_ended("failed", "云平台没有响应", at=NOW)
    return asked


@pytest.fixture
def operator(cast, sign_in):
    return sign_in(cast.yunying)


def press(client, row, button, **data):
    return client.post(f"{PAGE}{row.pk}/do/{button}/", data, follow=True).content.decode()


def test_what_failed_is_carried_out_anew_and_both_sides_read_it(operator, failed):
    assert "已重新提交" in press(operator, failed, "retry")
    services.run_due(at=NOW)
    failed.refresh_from_db()
    assert (failed.state, failed.tries) == ("done", 1)
    notes = ProxyAction.objects.filter(kind="renew").values_list("result", "note").order_by("pk")
    assert list(notes)[1] == ("asked", "由厂商重新执行") and notes[2][0] == "done"
    assert Activity.objects.get(verb="resource_request.retried").customer_id == failed.customer_id


def test_after_the_customers_word_ended_nothing_is_carried_out_anew(operator, failed, place):
    failed.session.authorization.mark_ended("revoked", reason="x", by=place.user, at=NOW)
    assert "客户已终止授权，不能重新执行。" in press(operator, failed, "retry")
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_what_failed_long_ago_is_asked_for_by_the_partner_again(operator, failed):
    ResourceRequest.objects.filter(pk=failed.pk).update(asked_at=NOW - timedelta(days=8))
    assert "失败超过 7 天的请求不能重新执行" in press(operator, failed, "retry")


def test_one_deed_at_a_time_binds_the_vendor_too(cast, operator, failed):
    services.ask_request(failed.session, failed.resource, "renew", months=1, by=cast.jing, at=NOW)
    assert "该资源已有一条执行中的操作。" in press(operator, failed, "retry")


def test_what_hangs_is_given_up_with_a_reason_that_both_sides_read(operator, asked):
    assert "已标记失败" in press(operator, asked, "give_up", reason="云平台停机")
    asked.refresh_from_db()
    assert (asked.state, asked.result) == ("failed", "云平台停机")
    assert services.run_due(at=NOW + timedelta(hours=1)) == 0
    assert ProxyAction.objects.latest("pk").note == "云平台停机"
    assert Activity.objects.get(verb="resource_request.given_up").after["reason"] == "云平台停机"


def test_the_page_is_filtered_found_by_customer_and_changed_by_nobody_else(
    cast, sign_in, operator, asked, failed
):
    page = operator.get(f"{PAGE}?state__exact=failed&q={asked.customer.number}").content.decode()
    assert asked.subject in page
    assert asked.subject not in operator.get(f"{PAGE}?state__exact=done").content.decode()
    assert "代客操作请求" in operator.get("/admin/").content.decode()
    auditor = sign_in(cast.shenji)
    assert auditor.get(f"{PAGE}{asked.pk}/change/").status_code == 200
    assert auditor.post(f"{PAGE}{asked.pk}/do/retry/").status_code == 403
