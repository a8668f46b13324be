"""代客下单 and 代客运维: who steps into a customer's account, what ends it, what is written."""

from datetime import timedelta

import pytest

from activity.models import Activity
from billing.models import Resource
from billing.operations import services as operations
from billing.operations.gateway import Unreachable
from billing.operations.models import ResourceRequest
from core.refusals import NotAllowed, Refused
from customers.authorizations.services import standing_of
from customers.proxies import services
from customers.proxies.models import ProxyAction, ProxySession
from tests import factories as f
from tests.authorizations.making import make_authorization
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def resource(customer):
    return f.make_resource(customer=customer, expires_on=TODAY + timedelta(days=10))


def enter(customer, by, purpose="operate", at=NOW):
    return services.enter(customer, purpose, reason="扩容", by=by, at=at)


def ask(session, resource, kind, by, **more):
    return operations.ask_request(session, resource, kind, by=by, at=NOW, **more)


def over(session, by, at=NOW):
    session.refresh_from_db()
    return services.current(session.pk, by, at=at).over


# ---- entering ----


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda c, m: None, "您尚未获得该客户的授权，请先申请客户授权。"),
        (
            lambda c, m: make_authorization(customer=c, by=m, state="asked"),
            "已向客户发送授权申请，请等待客户处理。",
        ),
        (lambda c, m: c.mark_switched("referral"), "只有代售和转售客户"),
        (
            lambda c, m: make_authorization(customer=c, by=m, scopes=["view", "renew"]),
            "没有授予",
        ),
        (
            lambda c, m: make_authorization(customer=c, by=m, expires_on=TODAY - timedelta(days=1)),
            "尚未获得",
        ),
    ],
)
def test_why_nobody_enters(cast, customer, place, prepare, said):
    prepare(customer, cast.jing)
    decision = services.decide_enter(cast.jing, standing_of(customer, at=NOW), "operate")
    assert not decision and said in str(decision)
    with pytest.raises(Refused, match=said):
        enter(customer, cast.jing)


def test_a_reseller_without_the_right_is_sent_to_its_distributor(cast, customer, granted, right):
    right.delete()
    decision = services.decide_enter(cast.jing, standing_of(customer, at=NOW), "order")
    assert str(decision) == "请联系总经销商开通代客操作权限。"


def test_who_may_not_operate_does_not_enter(cast, customer, granted):
    with pytest.raises(NotAllowed):
        enter(customer, cast.zhuguan)


def test_entering_and_leaving_are_written_down(cast, customer, granted):
    session = enter(customer, cast.jing)
    services.leave(session, by=cast.jing, at=NOW)
    assert list(ProxyAction.objects.values_list("kind", flat=True)) == ["entered", "left"]
    assert Activity.objects.filter(verb__in=["proxy.entered", "proxy.left"]).count() == 2


def test_who_enters_another_account_leaves_the_first(cast, customer, granted):
    first = enter(customer, cast.jing)
    other = f.make_customer(manager=cast.jing, association_type="resale")
    make_authorization(customer=other, by=cast.jing)
    enter(other, cast.jing)
    assert over(first, cast.jing) == "another"


# ---- what ends it ----


def test_a_session_ends_when_nobody_is_at_it(cast, customer, granted, settings):
    session = enter(customer, cast.jing)
    assert over(session, cast.jing, NOW + timedelta(minutes=15)) == ""
    late = NOW + timedelta(minutes=16)
    assert over(session, cast.jing, late) == "idle"
    assert services.end_unattended(at=late) == 1
    session.refresh_from_db()
    assert session.ended_how == "idle"


@pytest.mark.parametrize("change", ["expired", "left", "switched", "narrowed", "right", "roles"])
def test_each_request_asks_whether_the_session_still_holds(cast, customer, granted, right, change):
    session = enter(customer, cast.jing)
    if change == "expired":
        granted.expires_on = TODAY - timedelta(days=1)
        granted.save(update_fields=["expires_on"])
    elif change == "left":
        customer.mark_disassociated(at=NOW)
    elif change == "switched":
        customer.mark_switched("referral")
    elif change == "narrowed":
        granted.scopes = ["view"]
        granted.save(update_fields=["scopes"])
    elif change == "right":
        right.delete()
    else:
        cast.jing.roles = ["finance"]
        cast.jing.__dict__.pop("permissions", None)
    assert over(session, cast.jing)


def test_signing_out_ends_it(cast, customer, granted):
    session = enter(customer, cast.jing)
    services.sign_out(cast.jing.user, at=NOW)
    assert over(session, cast.jing) == "out"


def test_signing_out_ends_it_in_whichever_partner_one_is(cast, customer, granted):
    elsewhere = f.make_member(partner=cast.distributor, user=cast.jing.user)
    theirs = f.make_customer(manager=elsewhere, association_type="resale")
    make_authorization(customer=theirs, by=elsewhere)
    open_now = (enter(customer, cast.jing), enter(theirs, elsewhere))
    services.sign_out(cast.jing.user, at=NOW)
    assert [over(session, session.operator) for session in open_now] == ["out", "out"]


def test_another_members_session_opens_nothing(cast, customer, granted):
    session = enter(customer, cast.jing)
    assert services.current(session.pk, cast.other, at=NOW) is None


# ---- deeds ----


@pytest.mark.parametrize(
    ("kind", "before", "check"),
    [
        ("stop", {}, lambda r: r.is_stopped),
        ("start", {"is_stopped": True}, lambda r: not r.is_stopped),
        ("renew", {}, lambda r: r.expires_on.isoformat() == "2027-02-28"),
        ("release", {}, lambda r: (r.state, r.released_on) == ("released", TODAY)),
    ],
)
def test_a_request_is_carried_out_once_and_both_read_the_result(
    cast, customer, granted, resource, kind, before, check
):
    Resource.objects.filter(pk=resource.pk).update(**before)
    resource.refresh_from_db()
    session = enter(customer, cast.jing)
    made = ask(session, resource, kind, cast.jing, months=3 if kind == "renew" else None)
    assert made.state == "waiting"
    assert operations.run_due(at=NOW) == 1
    assert operations.run_due(at=NOW + timedelta(hours=1)) == 0
    resource.refresh_from_db()
    made.refresh_from_db()
    assert check(resource) and made.state == "done"
    results = ProxyAction.objects.filter(kind=kind).order_by("pk")
    assert list(results.values_list("result", flat=True)) == ["asked", "done"]


def test_what_a_worker_died_over_is_done_again_and_counts_once(cast, customer, granted, resource):
    made = ask(enter(customer, cast.jing), resource, "renew", cast.jing, months=1)
    row = operations._take(made.pk, at=NOW)
    operations.gateway().carry_out(operations._order(row), row, at=NOW)  # and then it died
    assert operations.run_due(at=NOW) == 0
    assert operations.run_due(at=NOW + timedelta(minutes=3)) == 1
    resource.refresh_from_db()
    assert resource.expires_on.isoformat() == "2026-12-30"


def test_a_cloud_that_does_not_answer_is_asked_again_and_given_up(
    cast, customer, granted, resource, monkeypatch
):
    class Silent:
        def carry_out(self, order, request, *, at):
            raise Unreachable

    monkeypatch.setattr(operations, "gateway", Silent)
    made = ask(enter(customer, cast.jing), resource, "stop", cast.jing)
    at = NOW
    for _try in range(5):
        assert operations.run_due(at=at) == 1
        at += timedelta(hours=1)
    made.refresh_from_db()
    assert (made.state, made.tries) == ("failed", 5)


def test_what_was_revoked_before_it_was_done_is_not_done(cast, customer, place, granted, resource):
    made = ask(enter(customer, cast.jing), resource, "release", cast.jing)
    granted.mark_ended("revoked", reason="x", by=place.user, at=NOW)
    operations.run_due(at=NOW)
    resource.refresh_from_db()
    made.refresh_from_db()
    assert (made.state, resource.state) == ("failed", "active")


def test_one_deed_at_a_time_on_a_resource(cast, customer, granted, resource):
    session = enter(customer, cast.jing)
    ask(session, resource, "stop", cast.jing)
    with pytest.raises(Refused, match="执行中"):
        ask(session, resource, "release", cast.jing)


def test_an_order_session_orders_and_renews_only(cast, customer, granted, resource):
    session = enter(customer, cast.jing, "order")
    with pytest.raises(NotAllowed, match="只能下单和续费"):
        ask(session, resource, "stop", cast.jing)
    assert ask(session, resource, "renew", cast.jing, months=1)


def test_after_the_end_nothing_is_asked(cast, customer, granted, resource):
    session = enter(customer, cast.jing)
    services.leave(session, by=cast.jing, at=NOW)
    session.refresh_from_db()
    with pytest.raises(Refused, match="已结束"):
        ask(session, resource, "stop", cast.jing)
    assert not ResourceRequest.objects.exists()


def test_one_session_of_a_person_is_open_at_a_time(cast, customer, granted):
    enter(customer, cast.jing)
    enter(customer, cast.jing, "order")
    assert ProxySession.objects.open().count() == 1
