"""邀请客户: sent, sent again, revoked; and what a customer answers."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from activity.letters import link_to
from activity.services import mail_account, record
from core import tenancy
from core.access import Decision
from core.clock import day_of
from core.refusals import NotAllowed, Refused
from customers.accounts.models import AccountUser
from customers.accounts.sides import between_both_sides
from customers.models import CloudAccount, Customer
from customers.notes.services import label_arrival
from customers.rules import may_bring_in
from customers.services import associate_customer, check_model, set_manager
from org.models import Member, User
from org.permissions import CUSTOMERS_INVITE

from .. import rules
from ..links import address_of
from ..models import AssociationChange, Invitation, InvitationAnswer
from .telling import tell_joined, tell_not_joined

Channel, State, Outcome = Invitation.Channel, Invitation.State, InvitationAnswer.Outcome
_DAY = timedelta(days=1)


def decide_invite(by: Member) -> Decision:
    return by.may(CUSTOMERS_INVITE)


@transaction.atomic
def invite_by_mail(
    *, name: str, email: str, association_type: str, label: str, by: Member, at: datetime
) -> Invitation:
    """邮件邀请 of one customer, for seven days. Raises NotAllowed, Refused."""
    _must(decide_invite(by))
    sent = Invitation.objects.filter(partner_id=by.partner_id, sent_at__gt=at - _DAY)
    if sent.count() >= rules.MAILS_A_DAY:
        raise Refused(_("24 小时内最多发送 %(n)d 封邀请。") % {"n": rules.MAILS_A_DAY})
    open_ones = Invitation.objects.filter(
        partner_id=by.partner_id, email__iexact=email, state=State.OPEN, expires_at__gt=at
    )
    if open_ones.exists():
        raise Refused(_("该邮箱已有一封待处理的邀请，可以在邀请记录重新发送。"))
    invitation = _create(
        Channel.EMAIL, association_type, label, by=by, at=at, name=name, email=email
    )
    _mail(invitation, at=at)
    return invitation


@transaction.atomic
def make_link(
    *, association_type: str, label: str, days: int | None, by: Member, at: datetime
) -> Invitation:
    """邀请链接与二维码 for whoever opens it; without a label of its own it carries the inviter's
    name (customers_coupons.md §5.2). Raises NotAllowed."""
    _must(decide_invite(by))
    until = at + timedelta(days=days) if days else None
    label = label or by.user.name
    return _create(Channel.LINK, association_type, label, by=by, at=at, expires_at=until)


def _create(
    channel: str,
    association_type: str,
    label: str,
    *,
    by: Member,
    at: datetime,
    name: str = "",
    email: str = "",
    expires_at: datetime | None = None,
) -> Invitation:
    check_model(by.partner, association_type)
    is_mail = channel == Channel.EMAIL
    invitation = Invitation.objects.create(
        partner_id=by.partner_id,
        channel=channel,
        association_type=association_type,
        name=name,
        email=email,
        label=label,
        invited_by=by,
        manager=by if by.is_account_manager else None,
        created_at=at,
        sent_at=at if is_mail else None,
        expires_at=at + rules.EMAIL_DAYS * _DAY if is_mail else expires_at,
    )
    after = {"channel": channel, "type": association_type, "label": label, "email": email}
    record("invitation.created", invitation, by=by, at=at, after=after)
    return invitation


@transaction.atomic
def resend_invitation(invitation: Invitation, *, by: Member, at: datetime) -> None:
    """重新发送: the same address once more, for seven days from now. Raises NotAllowed, Refused."""
    invitation = Invitation.objects.visible_to(by).lock(invitation.pk)
    _must(decide_invite(by))
    if invitation.sent_at and at - invitation.sent_at < rules.RESEND_AFTER:
        raise Refused(_("刚刚发送过，请一分钟后再试。"))
    invitation.mark_sent(at=at, until=at + rules.EMAIL_DAYS * _DAY)
    record("invitation.resent", invitation, by=by, at=at)
    _mail(invitation, at=at)


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: Member, at: datetime) -> None:
    """撤销: the address opens nothing from now on. Raises NotAllowed, InvalidTransition."""
    invitation = Invitation.objects.visible_to(by).lock(invitation.pk)
    _must(decide_invite(by))
    invitation.mark_ended(State.REVOKED, at=at)
    record("invitation.revoked", invitation, by=by, at=at)


def _mail(invitation: Invitation, *, at: datetime) -> None:
    partner = invitation.invited_by.partner.name
    words = {
        "partner": partner,
        "name": invitation.name,
        "type": invitation.get_association_type_display(),
        "days": rules.EMAIL_DAYS,
        "link": link_to(address_of(invitation)) or address_of(invitation),
    }
    body = _(
        "%(name)s，您好：\n\n伙伴“%(partner)s”邀请您建立关联，关联类型：%(type)s。"
        "\n请在 %(days)d 天内打开以下链接，阅读须知后选择接受或拒绝：\n%(link)s"
        "\n\n如果您不认识该伙伴，请忽略此邮件。"
    )
    subject = _("伙伴“%(partner)s”邀请您建立关联") % words
    with tenancy.vendor():  # the outbox belongs to no partner
        good_for = rules.EMAIL_DAYS * _DAY
        mail_account(invitation.email, subject, body % words, at=at, good_for=good_for)


def _must(decision: Decision) -> None:
    if not decision:
        raise NotAllowed(decision)


# ---- the customer's side ----


def check_open(invitation: Invitation, *, at: datetime) -> None:
    """Raises Refused with the sentence that its reader needs."""
    if invitation.state == State.REVOKED:
        raise Refused(_("该邀请已被伙伴撤销，请联系伙伴重新邀请。"))
    if invitation.state != State.OPEN:
        raise Refused(_("该邀请已使用过，请联系伙伴重新邀请。"))
    if invitation.is_over(at):
        raise Refused(_("该邀请已过期，请联系伙伴重新发送。"))
    if not invitation.partner.is_active:
        raise Refused(_("该伙伴已停止服务，不能建立关联。"))


def bars_of(invitation: Invitation, account: CloudAccount, at: datetime) -> list[rules.Bar]:
    """Every reason why this account could not accept now."""
    current = Customer.objects.associated().filter(cloud_account=account)
    partner_id = current.values_list("partner_id", flat=True).first()
    relation = "ours" if partner_id == invitation.partner_id else "other"
    partner, wished = invitation.partner, invitation.association_type
    standing = rules.Standing(
        frozenset(account.facts),
        account.registered_on,
        relation if partner_id else "",
        of_model=wished in may_bring_in(partner.sales_model),
        is_open=wished in may_bring_in(partner.sales_model, is_frozen=partner.is_frozen),
    )
    return rules.bars(standing, wished, day_of(at))


@between_both_sides
def accept_invitation(
    invitation: Invitation, *, place: AccountUser, by: User, at: datetime
) -> InvitationAnswer:
    """接受邀请: the account becomes the partner's customer, or the answer says why it does not.

    Who holds the account's row is the only one who can associate it; the unique constraint would
    refuse a second association in any case. Raises NotAllowed, Refused.
    """
    _must(place.decide_for_account())
    invitation = Invitation.objects.lock(invitation.pk)
    check_open(invitation, at=at)
    account = CloudAccount.objects.select_for_update(no_key=True).get(pk=place.cloud_account_id)
    if found := bars_of(invitation, account, at):
        answer = _answer("invitation.failed", invitation, account, by=by, at=at, bars=found)
        tell_not_joined(invitation, answer, at=at)
        return answer
    customer = _associate(invitation, account, by=by, at=at)
    if invitation.is_email:
        invitation.mark_ended(State.ACCEPTED, at=at)
    answer = _answer("invitation.accepted", invitation, account, by=by, at=at, customer=customer)
    tell_joined(customer, invitation, at=at)
    return answer


@between_both_sides
def refuse_invitation(
    invitation: Invitation, *, words: str, place: AccountUser, by: User, at: datetime
) -> InvitationAnswer:
    """拒绝邀请, with a reason for the partner. Raises NotAllowed, Refused."""
    _must(place.decide_for_account())
    if not words:
        raise Refused(_("请填写拒绝的原因。"))
    invitation = Invitation.objects.lock(invitation.pk)
    check_open(invitation, at=at)
    account = CloudAccount.objects.get(pk=place.cloud_account_id)
    if invitation.is_email:
        invitation.mark_ended(State.REFUSED, at=at)
    answer = _answer("invitation.refused", invitation, account, by=by, at=at, words=words)
    tell_not_joined(invitation, answer, at=at)
    return answer


def _associate(
    invitation: Invitation, account: CloudAccount, *, by: User, at: datetime
) -> Customer:
    """The customer with what the invitation promised: type, source, manager and label."""
    sources = Customer.Source
    customer = associate_customer(
        partner=invitation.partner,
        number=account.number,
        name=account.name or account.number,
        account_name=account.number[:64],
        association_type=invitation.association_type,
        source=sources.INVITATION if invitation.is_email else sources.LINK,
        associated_at=at,
        by=by,
        at=at,
    )
    customer.email, customer.phone = by.email or "", by.phone or ""
    customer.save(update_fields=["email", "phone"])
    manager = invitation.manager
    if manager and manager.is_account_manager:
        set_manager(customer, manager, by=None, at=at)
    if invitation.label:
        label_arrival(customer, invitation.label, by=invitation.invited_by, at=at)
    AssociationChange.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        cloud_account=account,
        kind=AssociationChange.Kind.JOIN,
        initiator=AssociationChange.Initiator.PARTNER,
        type_after=customer.association_type,
        state=AssociationChange.State.DONE,
        asked_at=at,
        asked_by=invitation.invited_by.user,
        handled_at=at,
        handled_by=by,
        done_at=at,
    )
    return customer


def _answer(
    verb: str,
    invitation: Invitation,
    account: CloudAccount,
    *,
    by: User,
    at: datetime,
    bars: list[rules.Bar] | None = None,
    words: str = "",
    customer: Customer | None = None,
) -> InvitationAnswer:
    answer = InvitationAnswer.objects.create(
        partner_id=invitation.partner_id,
        invitation=invitation,
        cloud_account=account,
        account_name=account.name or account.number,
        user=by,
        outcome=Outcome(verb.rpartition(".")[2]),
        bars=[bar.code for bar in bars or ()],
        words=words,
        customer=customer,
        at=at,
    )
    record(
        verb,
        invitation,
        by=by,
        at=at,
        partner_id=invitation.partner_id,
        customer_id=customer.pk if customer else None,
        after={"number": account.number, **({"reason": words} if words else {})},
    )
    return answer
