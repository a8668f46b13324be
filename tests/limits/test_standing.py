"""受限 and 冻结 of a partner: what it reaches, whom it binds, and that it leaves no trace."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from activity.models import Activity, Notification
from associations import services as associations
from associations.services.invitations import bars_of
from billing.budgets import releasing
from billing.orders.paying import decide_pay
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.freezing import nightly, services
from customers.freezing.models import Freeze
from customers.services import associate_customer
from org.models import Partner, Standing
from org.services import change_partner, create_partner, set_standing
from tests import factories as f
from tests.factories import NOW
from tests.limits.making import make_freeze

pytestmark = pytest.mark.django_db


@pytest.fixture
def put(cast):
    """`put("frozen")`: the distributor, else the partner that is named."""

    def put(standing, partner=None, at=NOW):
        return set_standing(
            partner or cast.distributor, standing, reason="逾期未付", by=cast.yunying, at=at
        )

    return put


def standing_of(partner):
    partner.refresh_from_db()
    return partner.effective_standing


# ---- the partner ----


def test_a_standing_has_who_when_and_why(cast, put):
    made = put("restricted")
    assert (made.standing, made.standing_reason) == ("restricted", "逾期未付")
    assert (made.standing_by, made.standing_since) == (cast.yunying, NOW)
    line = Activity.objects.get(verb="partner.restricted")
    assert (line.partner, line.after["reason"]) == (cast.distributor, "逾期未付")


def test_only_declared_steps_are_taken_and_each_says_why(cast, put):
    with pytest.raises(InvalidTransition):
        put("normal")
    put("restricted")
    put("frozen")
    with pytest.raises(InvalidTransition):
        put("frozen")
    put("restricted")
    put("normal")
    with pytest.raises(Refused, match="请填写原因"):
        set_standing(cast.distributor, "frozen", reason=" ", by=cast.yunying, at=NOW)


def test_only_who_sells_as_postpaid_is_restricted(cast, put):
    with pytest.raises(Refused, match="只有销售模式为转售"):
        put("restricted", cast.stranger)


def test_it_reaches_resellers_and_a_resellers_own_stays(cast, put):
    put("restricted", cast.reseller)
    assert standing_of(cast.distributor) == "normal"
    put("frozen")
    assert standing_of(cast.reseller) == "frozen"
    put("normal")
    assert standing_of(cast.reseller) == "restricted"


def test_who_comes_to_stand_below_a_frozen_distributor_is_frozen(cast, put):
    put("frozen")
    who = {"by": cast.yunying, "at": NOW}
    made = create_partner(name="云舟", kind="reseller", distributor=cast.distributor, **who)
    assert standing_of(made) == "frozen"
    facts = {"name": "云舟", "kind": "solution_provider"}
    change_partner(made, **facts, **who)
    assert standing_of(made) == "normal"


def test_the_database_holds_that_a_reseller_stands_with_its_distributor(cast, put):
    put("frozen")
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.filter(pk=cast.reseller.pk).update(standing_above="normal")
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.filter(pk=cast.distributor.pk).update(standing_reason="")


def test_main_accounts_are_told_a_resellers_not_the_reason(cast, put):
    put("frozen")
    told = {each.member: each for each in Notification.objects.filter(kind="partner.frozen")}
    assert set(told) == {cast.zong, cast.yun}
    assert told[cast.zong].params["reason"] == "逾期未付"
    assert "逾期" not in str(told[cast.yun].params)
    put("restricted", cast.reseller, at=NOW + timedelta(hours=1))
    put("normal", at=NOW + timedelta(hours=2))
    last = Notification.objects.filter(member=cast.yun).order_by("-created_at", "-pk").first()
    assert last.kind == "partner.restricted"  # by what holds of it now


# ---- its customers ----


@pytest.mark.parametrize(
    ("own", "standing", "shown"),
    [
        (None, "normal", "normal"),
        (None, "restricted", "restricted"),
        (None, "frozen", "frozen"),
        ("normal", "frozen", "frozen"),
        ("account", "restricted", "account"),
        ("account", "frozen", "frozen"),
        ("resources", "frozen", "resources"),
        ("released", "frozen", "released"),
    ],
)
def test_a_customer_is_in_the_worse_of_its_own_and_its_partners_state(
    customer, put, own, standing, shown
):
    if own:
        make_freeze(customer=customer, state=own)
    if standing != "normal":
        put(standing)
    assert services.state_now(customer) == shown


@pytest.mark.parametrize("standing", ["restricted", "frozen"])
def test_nothing_is_ordered_or_paid_meanwhile_for_resellers_customers_neither(
    cast, customer, theirs, put, standing
):
    put(standing)
    how = {"restricted": "客户已随伙伴受限", "frozen": "客户已随伙伴冻结"}[standing]
    assert services.why_frozen(customer) == f"{how}，无法代客下单。"
    assert services.why_frozen(theirs) == f"{how}，无法代客下单。"
    cast.yun.partner.refresh_from_db()
    refused = decide_pay(f.make_order(customer=theirs, waiting=True), cast.yun)
    assert str(refused).startswith(how) and refused.who_can_fix == "请联系厂商"


def test_referral_customers_are_not_concerned(cast, put):
    referral = f.make_customer(partner=cast.distributor)
    put("frozen")
    assert services.why_frozen(referral) == ""


def test_lifting_gives_all_back_and_leaves_what_was_frozen_by_hand(cast, customer, theirs, put):
    make_freeze(customer=theirs)
    put("frozen")
    assert Freeze.objects.count() == 1  # of no customer a row is written
    put("normal")
    assert services.why_frozen(customer) == ""
    assert services.state_now(theirs) == "account"


# ---- what a frozen partner may not do ----


def come(partner):
    who = {"number": "new-1", "name": "新", "account_name": "xin", "source": "link"}
    when = {"associated_at": NOW, "by": None, "at": NOW}
    return associate_customer(partner=partner, association_type="postpaid", **who, **when)


def test_a_frozen_partner_develops_no_postpaid_customers(cast, put):
    link = {"association_type": "postpaid", "label": "", "days": None, "at": NOW}
    invitation = associations.make_link(**link, by=cast.zong)
    put("frozen")
    for member in (cast.zong, cast.yun):
        member.partner.refresh_from_db()
        with pytest.raises(Refused, match="暂不能发展转售客户"):
            associations.make_link(**link, by=member)
        with pytest.raises(Refused, match="暂不能发展转售客户"):
            come(member.partner)
    invitation.partner.refresh_from_db()
    account = f.make_account_user().cloud_account
    assert [bar.code for bar in bars_of(invitation, account, NOW)] == ["partner_frozen"]


def test_a_restricted_partner_does(cast, put):
    put("restricted")
    cast.distributor.refresh_from_db()
    assert come(cast.distributor).partner == cast.distributor


def test_postpaid_customers_stay_and_nobody_becomes_one_while_it_is_frozen(cast, customer, put):
    referral = f.make_customer(partner=cast.distributor)
    asked = {"reason": "调整", "by": cast.zong, "at": NOW}
    put("frozen")
    for subject, kind in ((customer, "leave"), (customer, "switch"), (referral, "switch")):
        with pytest.raises(NotAllowed, match="已被厂商冻结"):
            associations.ask_of_customer(subject, kind, **asked)
    associations.ask_of_customer(referral, "leave", **asked)


def test_a_leaving_is_not_agreed_to_by_the_partner_but_the_vendor_may(cast, customer, put):
    place = f.make_account_user(account=customer.cloud_account)
    change = associations.ask_to_leave(
        customer, reason="换伙伴", place=place, by=place.user, at=NOW
    )
    put("frozen")
    said = {"agree": True, "comment": ""}
    with pytest.raises(NotAllowed, match="已被厂商冻结"):
        associations.answer_customer(change, **said, by=cast.zong, at=NOW)
    change.mark_escalated(at=NOW)
    done = associations.answer_for_partner(change, **said, by=cast.yunying, at=NOW)
    assert done.state == "done"


def test_a_frozen_partner_unfreezes_accounts_and_no_resources(cast, customer, theirs, put):
    make_freeze(customer=customer)
    make_freeze(customer=theirs, state="resources")
    put("frozen")
    who = {"reason": "已付清", "by": cast.zong, "at": NOW}
    with pytest.raises(Refused, match="不能解冻资源"):
        services.unfreeze_customer(theirs, **who)
    services.unfreeze_customer(customer, **who)
    assert services.state_now(customer) == Standing.FROZEN


def test_resources_are_kept_while_their_partner_cannot_unfreeze_them(cast, theirs, put):
    make_freeze(customer=theirs, state="resources", since=NOW - timedelta(days=14))
    put("frozen")
    late = NOW + timedelta(days=30)
    assert nightly.warn_of_releases(at=late) == releasing.release_due(at=late) == 0
    put("normal", at=late)
    soon = late + timedelta(hours=12)
    assert nightly.warn_of_releases(at=soon) == 1
    assert releasing.release_due(at=soon) == 0
    told = Notification.objects.filter(kind="customer.release_soon").first()
    assert told.params["until"] == "2026-12-23"
    assert releasing.release_due(at=late + timedelta(days=3)) == 1
