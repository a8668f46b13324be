"""邀请客户: who may, what the customer becomes, and every reason why not."""

from datetime import timedelta

import pytest

from activity.models import AccountMail, Activity, Notification
from associations import links, rules, services
from associations.models import AssociationChange, Invitation, InvitationAnswer
from core.refusals import NotAllowed, Refused
from customers.accounts.models import AccountNotice
from customers.models import CloudAccount, Customer
from tests import factories as f
from tests.factories import NOW, TODAY
from tests.race import race

pytestmark = pytest.mark.django_db
# What bars and is no fact of the account, but known by ourselves.
OURS = {"already", "elsewhere", "registered_long_ago", "model", "partner_frozen"}


@pytest.fixture
def place(cast):
    return f.make_account_user()


def accept(invitation, place, at=NOW):
    return services.accept_invitation(invitation, place=place, by=place.user, at=at)


# ---- inviting ----


def test_a_mail_invites_for_seven_days(cast):
    made = services.invite_by_mail(
        name="云帆",
        email="a@example.com",
        association_type="resale",
        label="",
        by=cast.jing,
        at=NOW,
    )
    assert made.expires_at == NOW + timedelta(days=7)
    mail = AccountMail.objects.get()
    assert (mail.to, links.address_of(made) in mail.body) == ("a@example.com", True)


def test_a_second_mail_to_the_same_address_is_refused_while_one_waits(cast):
    said = {"name": "云帆", "association_type": "resale", "label": "", "by": cast.jing}
    services.invite_by_mail(email="a@example.com", at=NOW, **said)
    with pytest.raises(Refused, match="已有一封"):
        services.invite_by_mail(email="A@example.com", at=NOW, **said)
    services.invite_by_mail(email="a@example.com", at=NOW + timedelta(days=8), **said)


def test_a_link_without_a_label_carries_the_inviters_name(cast):
    made = services.make_link(
        association_type="referral", label="", days=None, by=cast.jing, at=NOW
    )
    assert (made.label, made.expires_at) == (cast.jing.user.name, None)


def test_finance_invites_nobody(cast):
    with pytest.raises(NotAllowed):
        services.make_link(association_type="resale", label="", days=7, by=cast.cai, at=NOW)


def test_an_expired_mail_sent_again_is_good_for_another_seven_days(cast):
    invitation = f.make_invitation(by=cast.jing, email="a@example.com")
    later = NOW + timedelta(days=9)
    services.resend_invitation(invitation, by=cast.jing, at=later)
    invitation.refresh_from_db()
    assert not invitation.is_over(later + timedelta(days=6))


def test_an_address_that_was_made_up_opens_nothing(cast):
    invitation = f.make_invitation(by=cast.jing)
    token = links.token_of(invitation)
    assert links.number_in(token) == invitation.pk
    assert links.number_in(token.replace(str(invitation.pk), str(invitation.pk + 1), 1)) is None


def test_a_manager_sees_the_own_invitations_only(cast):
    own, _other = f.make_invitation(by=cast.jing), f.make_invitation(by=cast.other)
    assert list(Invitation.objects.visible_to(cast.jing)) == [own]
    assert list(Invitation.objects.visible_to(cast.zhuguan)) == [own]
    assert Invitation.objects.visible_to(cast.yun).count() == 2
    assert not Invitation.objects.visible_to(cast.pang).exists()


# ---- accepting ----


def test_the_customer_becomes_the_managers_with_type_source_and_label(cast, place):
    answer = accept(f.make_invitation(by=cast.jing, label="展会"), place)
    customer = answer.customer
    assert customer.account_manager == cast.jing
    assert (customer.association_type, customer.source) == ("resale", "link")
    assert list(customer.labellings.values_list("label__name", flat=True)) == ["展会"]
    assert customer.changes.get().kind == "join"


def test_both_sides_are_told_and_the_log_says_who_accepted(cast, place):
    accept(f.make_invitation(by=cast.jing), place)
    told = Notification.objects.filter(kind="association.joined")
    assert set(told.values_list("member", flat=True)) == {cast.jing.pk, cast.yun.pk}
    assert AccountNotice.objects.get(cloud_account=place.cloud_account).kind == "account.associated"
    line = Activity.objects.get(verb="invitation.accepted")
    assert (line.user, line.partner) == (place.user, cast.reseller)


def test_a_mail_is_used_once_and_a_link_by_many(cast, place):
    mail, link = (
        f.make_invitation(by=cast.jing, email="a@example.com"),
        f.make_invitation(by=cast.jing),
    )
    accept(mail, place)
    with pytest.raises(Refused, match="已使用过"):
        accept(mail, f.make_account_user())
    for _n in range(2):
        assert accept(link, f.make_account_user()).outcome == "accepted"


def test_what_is_over_or_revoked_is_refused_with_its_sentence(cast, place):
    mail = f.make_invitation(by=cast.jing, email="a@example.com")
    with pytest.raises(Refused, match="已过期"):
        accept(mail, place, at=NOW + timedelta(days=7))
    services.revoke_invitation(mail, by=cast.jing, at=NOW)
    with pytest.raises(Refused, match="已被伙伴撤销"):
        accept(mail, place)


def test_a_sub_user_decides_nothing(cast, place):
    sub = f.make_account_user(account=place.cloud_account, is_main=False)
    with pytest.raises(NotAllowed, match="主用户"):
        accept(f.make_invitation(by=cast.jing), sub)


def test_who_refuses_says_why_and_the_inviter_is_told(cast, place):
    invitation = f.make_invitation(by=cast.jing, email="a@example.com")
    services.refuse_invitation(invitation, words="已有供应商", place=place, by=place.user, at=NOW)
    invitation.refresh_from_db()
    assert invitation.state == "refused"
    assert InvitationAnswer.objects.get().words == "已有供应商"
    assert Notification.objects.get(kind="invitation.refused").member == cast.jing


# ---- who cannot be associated ----


@pytest.mark.parametrize("fact", sorted(rules.BARS.keys() - OURS))
def test_each_fact_that_bars_is_said_to_both_sides(cast, place, fact):
    CloudAccount.objects.filter(pk=place.cloud_account_id).update(facts=[fact])
    answer = accept(f.make_invitation(by=cast.jing), place)
    assert (answer.outcome, answer.bars) == ("failed", [fact])
    assert Notification.objects.get(kind="invitation.failed").member == cast.jing
    assert not Customer.objects.filter(cloud_account=place.cloud_account).exists()


def test_what_bars_a_resale_customer_only_lets_a_referral_customer_come(cast, place):
    CloudAccount.objects.filter(pk=place.cloud_account_id).update(facts=["gift_balance"])
    invitation = f.make_invitation(by=cast.jing, association_type="referral")
    assert accept(invitation, place).outcome == "accepted"


@pytest.mark.parametrize(("days", "outcome"), [(7, "accepted"), (8, "failed")])
def test_an_account_older_than_seven_days_is_reported_first(cast, place, days, outcome):
    registered = TODAY - timedelta(days=days)
    CloudAccount.objects.filter(pk=place.cloud_account_id).update(registered_on=registered)
    assert accept(f.make_invitation(by=cast.jing), place).outcome == outcome


def test_who_belongs_to_another_partner_cannot_come(cast, place):
    f.make_customer(partner=cast.stranger, number=place.cloud_account.number)
    assert accept(f.make_invitation(by=cast.jing), place).bars == ["elsewhere"]


def test_every_bar_has_a_fact_that_the_vendor_can_say():
    from customers.accounts.models import Fact

    assert rules.BARS.keys() - OURS <= set(Fact.values)
    assert {check.fact for check in rules.CHECKS} - {"frozen", "pickup_coupon"} <= set(Fact.values)


@pytest.mark.django_db(transaction=True)
def test_of_acceptances_at_once_one_wins_and_the_others_learn_why(cast):
    place = f.make_account_user()
    invitations = [f.make_invitation(by=by) for by in (cast.jing, cast.pang, cast.zong, cast.other)]
    waiting = iter(invitations)
    answers = race(lambda: accept(next(waiting), place), times=4)
    assert sorted(answer.outcome for answer in answers) == ["accepted", *["failed"] * 3]
    assert Customer.objects.associated().filter(cloud_account=place.cloud_account).count() == 1
    assert AssociationChange.objects.filter(kind="join").count() == 1
