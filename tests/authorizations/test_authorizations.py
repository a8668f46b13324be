"""申请客户授权: who asks, what the customer decides, and how an authorisation ends."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from activity.models import Activity, Notification
from associations import services as associations
from core import tenancy
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.accounts.models import AccountNotice
from customers.authorizations import nightly, rights, rules, services
from customers.authorizations.models import Authorization, SignedLetter
from customers.authorizations.rules import BUNDLE
from customers.models import Customer
from customers.proxies import services as proxies
from org.models import Partner
from tests import factories as f
from tests.authorizations.making import make_authorization
from tests.factories import NOW, TODAY
from tests.race import race, run_beside

pytestmark = pytest.mark.django_db
State = Authorization.State


def ask(customer, by, *, scopes=BUNDLE, days=None, signs=True, at=NOW):
    return services.ask_authorization(
        customer, scopes=list(scopes), days=days, note="运维需要", signs=signs, by=by, at=at
    )


def grant(authorization, place, *, scopes=BUNDLE, days=None, at=NOW):
    return services.grant(
        authorization, scopes=list(scopes), days=days, place=place, by=place.user, at=at
    )


def revoke(authorization, place, at=NOW):
    services.revoke(authorization, reason="不再需要", place=place, by=place.user, at=at)


# ---- asking ----


def test_the_first_request_of_a_partner_signs_the_letter_later_ones_skip_it(cast, customer, right):
    with pytest.raises(Refused, match="承诺书"):
        ask(customer, cast.jing, signs=False)
    ask(customer, cast.jing)
    letter = SignedLetter.objects.get()
    assert (letter.version, letter.signed_by) == ("2026-11", cast.jing)
    assert "客户许可" in letter.text
    other = f.make_customer(manager=cast.jing, association_type="resale")
    assert ask(other, cast.jing, signs=False).is_asked


def test_only_customers_of_resale_are_asked(cast, right):
    customer = f.make_customer(manager=cast.jing, association_type="referral")
    with pytest.raises(Refused, match="代售"):
        ask(customer, cast.jing)


def test_a_reseller_first_needs_the_right_of_its_distributor(cast):
    customer = f.make_customer(manager=cast.jing, association_type="resale")
    with pytest.raises(Refused, match="总经销商"):
        ask(customer, cast.jing)
    rights.give_right(cast.reseller, signs=True, by=cast.zong, at=NOW)
    assert ask(customer, cast.jing).is_asked


def test_a_distributor_needs_nobodys_right(cast):
    customer = f.make_customer(partner=cast.distributor, association_type="resale")
    assert ask(customer, cast.zong).is_asked


def test_who_lacks_the_permission_does_not_ask(cast, customer):
    with pytest.raises(NotAllowed):
        ask(customer, cast.cai)


def test_one_request_waits_at_a_time(cast, customer):
    ask(customer, cast.jing)
    with pytest.raises(Refused, match="等待客户处理"):
        ask(customer, cast.yun)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_authorization(customer=customer, by=cast.jing, state="asked")


@pytest.mark.parametrize("days", [0, 366])
def test_an_end_lies_within_a_year(cast, customer, days):
    with pytest.raises(Refused, match="365"):
        ask(customer, cast.jing, days=days)


def test_the_customer_is_told_and_the_log_says_what_was_asked(cast, customer, place):
    ask(customer, cast.jing, scopes=["renew"], days=30)
    assert AccountNotice.objects.get().kind == "account.authorization_asked"
    line = Activity.objects.get(verb="authorization.asked")
    assert line.after == {"scopes": ["view", "renew"], "days": 30}


# ---- the customer's word ----


def test_the_customer_grants_and_both_learn_it(cast, customer, place):
    row = grant(ask(customer, cast.jing, days=30), place, days=30)
    assert (row.state, row.expires_on) == (State.GRANTED, TODAY + timedelta(days=30))
    assert row.letter_version == rules.LETTERS[rules.CONSENT].version
    told = Notification.objects.filter(kind="authorization.granted")
    assert {each.member for each in told} == {cast.jing, cast.yun}
    assert AccountNotice.objects.filter(kind="account.authorization_granted").exists()


def test_a_customer_may_grant_less_never_more(cast, customer, place):
    row = ask(customer, cast.jing, scopes=["renew", "order"], days=30)
    for scopes, days in ((["operate"], 30), (["renew"], 31), (["renew"], None)):
        with pytest.raises(Refused, match="不能超出"):
            grant(row, place, scopes=scopes, days=days)
    assert grant(row, place, scopes=["renew"], days=7).scopes == ["view", "renew"]


def test_a_refusal_says_why_to_the_partner(cast, customer, place):
    row = ask(customer, cast.jing)
    with pytest.raises(Refused, match="原因"):
        services.refuse(row, reason=" ", place=place, by=place.user, at=NOW)
    services.refuse(row, reason="自行运维", place=place, by=place.user, at=NOW)
    assert Notification.objects.filter(kind="authorization.refused").count() == 2


def test_only_the_main_user_decides(cast, customer, place):
    sub = f.make_account_user(account=customer.cloud_account, is_main=False)
    with pytest.raises(NotAllowed, match="主用户"):
        grant(ask(customer, cast.jing), sub)


def test_another_accounts_user_does_not_reach_it(cast, customer, place):
    row = ask(customer, cast.jing)
    with pytest.raises(Refused):
        grant(row, f.make_account_user())
    row.refresh_from_db()
    assert row.is_asked


def test_an_extension_takes_the_place_of_what_it_extends(cast, customer, place):
    first = grant(ask(customer, cast.jing, days=30), place, days=30)
    session = proxies.enter(customer, "operate", reason="升级", by=cast.jing, at=NOW)
    second = grant(ask(customer, cast.jing, days=90), place, days=90)
    first.refresh_from_db()
    session.refresh_from_db()
    assert (first.state, second.state) == (State.LAPSED, State.GRANTED)
    assert session.authorization == second and session.ended_at is None


def test_the_partner_cancels_what_was_not_handled(cast, customer, place):
    row = ask(customer, cast.jing)
    services.cancel_request(row, by=cast.jing, at=NOW)
    with pytest.raises(InvalidTransition, match="已取消"):
        grant(row, place)


# ---- ends ----


def test_a_revocation_ends_the_running_session(cast, customer, place, granted):
    session = proxies.enter(customer, "operate", reason="升级", by=cast.jing, at=NOW)
    revoke(granted, place)
    session.refresh_from_db()
    assert (session.ended_at, session.ended_how) == (NOW, "authorization")
    with pytest.raises(Refused, match="尚未获得"):
        proxies.enter(customer, "operate", reason="升级", by=cast.jing, at=NOW)


@pytest.mark.parametrize("kind", ["leave", "switch"])
def test_it_ends_with_the_association_and_with_a_change_of_type(
    cast, customer, place, granted, kind
):
    session = proxies.enter(customer, "operate", reason="升级", by=cast.jing, at=NOW)
    change = associations.ask_of_customer(customer, kind, reason="x", by=cast.yun, at=NOW)
    shown = [e.code for e in associations.outlook(customer, kind, change.type_after).effects]
    assert "authorizations" in shown
    associations.answer_partner(change, agree=True, comment="", place=place, by=place.user, at=NOW)
    granted.refresh_from_db()
    session.refresh_from_db()
    assert (granted.state, session.ended_how) == (State.LAPSED, "authorization")


def test_the_night_ends_what_is_past_its_time(cast, right):
    def one(**fields):
        customer = f.make_customer(manager=cast.jing, association_type="resale")
        return make_authorization(customer=customer, by=cast.jing, **fields)

    unanswered = one(state="asked", asked_at=NOW - timedelta(days=31))
    past = one(expires_on=TODAY - timedelta(days=1))
    last_day = one(expires_on=TODAY)
    gone = one()
    gone.customer.mark_disassociated(at=NOW)
    assert nightly.end_authorizations_due(at=NOW) == 3
    for row, state in ((unanswered, "lapsed"), (past, "expired"), (last_day, "granted")):
        row.refresh_from_db()
        assert row.state == state
    gone.refresh_from_db()
    assert gone.state == "lapsed"
    assert nightly.end_authorizations_due(at=NOW) == 0


def test_who_should_know_is_warned_a_week_ahead_once(cast, customer, place):
    make_authorization(customer=customer, by=cast.jing, expires_on=TODAY + timedelta(days=7))
    for _night in range(2):
        nightly.warn_of_expiry(at=NOW)
    told = Notification.objects.filter(kind="authorization.expiring")
    assert {each.member for each in told} == {cast.jing, cast.yun}


# ---- the reseller's right ----


def test_a_distributor_signs_its_own_letter_once(cast):
    second = f.make_partner(distributor=cast.distributor)
    with pytest.raises(Refused, match="总经销商"):
        rights.give_right(cast.reseller, signs=False, by=cast.zong, at=NOW)
    rights.give_right(cast.reseller, signs=True, by=cast.zong, at=NOW)
    rights.give_right(second, signs=False, by=cast.zong, at=NOW)
    assert SignedLetter.objects.get().kind == "delegation"


def test_a_withdrawn_right_ends_what_runs_and_keeps_the_customers_word(cast, customer, granted):
    session = proxies.enter(customer, "operate", reason="升级", by=cast.jing, at=NOW)
    rights.withdraw_right(cast.reseller, reason="违规", by=cast.zong, at=NOW)
    session.refresh_from_db()
    granted.refresh_from_db()
    assert (session.ended_how, granted.state) == ("rights", "granted")
    with pytest.raises(Refused, match="总经销商"):
        proxies.enter(customer, "operate", reason="升级", by=cast.jing, at=NOW)


def test_only_the_main_account_of_a_distributor_gives_it(cast):
    for member in (cast.yun, cast.pang):
        with pytest.raises((NotAllowed, Partner.DoesNotExist)):
            rights.give_right(cast.reseller, signs=True, by=member, at=NOW)
    assert not rights.has_right(cast.reseller)


# ---- states ----


@pytest.mark.parametrize("before", State.values)
@pytest.mark.parametrize("after", State.values)
def test_a_state_follows_the_declared_steps_only(cast, customer, place, before, after):
    more = {"ended_at": NOW, "reason": "x"} if before not in Authorization.LIVE else {}
    row = make_authorization(customer=customer, by=cast.jing, state=before, **more)

    def step():
        if after == State.GRANTED:
            row.mark_granted(["view"], None, expires_on=None, by=place.user, at=NOW)
        else:
            row.mark_ended(after, reason="x", by=None, at=NOW)

    if after in Authorization.STEPS.get(before, ()):
        step()
        row.refresh_from_db()
        assert row.state == after
    else:
        with pytest.raises(InvalidTransition):
            step()


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "asked", "granted_at": NOW},
        {"state": "granted", "ended_at": NOW},
        {"state": "revoked", "ended_at": NOW, "reason": ""},
        {"state": "granted", "scopes": ["renew"]},
        {"state": "granted", "scopes": ["view", "everything"]},
        {"state": "granted", "letter_version": ""},
        {"state": "asked", "days": 366},
    ],
)
def test_the_database_refuses_what_no_step_leads_to(cast, customer, place, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_authorization(customer=customer, by=cast.jing, **wrong)


# ---- walls ----


def test_neither_sides_role_writes_an_authorisation(cast, granted, place):
    for entered in (
        tenancy.tenant(cast.reseller.pk, user_id=cast.jing.user_id),
        tenancy.customer(place.cloud_account_id, user_id=place.user_id),
    ):
        with pytest.raises(Exception, match="denied"), transaction.atomic(), entered:
            Authorization.objects.update(scopes=["view"])


def test_a_customers_role_does_not_read_who_operated(cast, customer, place, granted):
    proxies.enter(customer, "operate", reason="升级", by=cast.jing, at=NOW)
    with (
        tenancy.customer(place.cloud_account_id, user_id=place.user_id),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT kind, note FROM customers_proxyaction")
        assert cursor.fetchall() == [("entered", "升级")]
    with (
        pytest.raises(Exception, match="denied"),
        transaction.atomic(),
        tenancy.customer(place.cloud_account_id, user_id=place.user_id),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT operator_id FROM customers_proxyaction")


# ---- races ----


@pytest.mark.django_db(transaction=True)
def test_of_answers_at_once_one_counts(cast, customer, place):
    row = ask(customer, cast.jing)
    results = race(lambda: grant(row, place))
    assert sum(isinstance(each, Authorization) for each in results) == 1
    assert sum(isinstance(each, InvalidTransition) for each in results) == 3


@pytest.mark.django_db(transaction=True)
def test_a_revocation_and_an_entry_at_once_leave_no_session_open(cast, customer, place, granted):
    acts = iter([lambda: revoke(granted, place), *[_enter(customer, cast.jing)] * 3])
    results = race(lambda: next(acts)())
    assert None in results  # the revocation counts, whoever came first
    assert not granted.sessions.filter(ended_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_revocation_does_not_wait_for_who_changes_the_customer(cast, customer, place, granted):
    with transaction.atomic():
        Customer.objects.lock(customer.pk)
        run_beside(lambda: revoke(granted, place))
    granted.refresh_from_db()
    assert granted.state == "revoked"


def _enter(customer, by):
    return lambda: proxies.enter(customer, "operate", reason="升级", by=by, at=NOW)
