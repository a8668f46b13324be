"""What the customer's pages ask for beyond its own rows."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime

from django.core.cache import cache
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from activity.letters import link_to
from activity.services import mail_account
from core import tenancy
from core.clock import day_of
from core.refusals import Refused
from customers.accounts.models import AccountUser
from customers.accounts.services import register_account
from customers.models import CloudAccount, Customer
from customers.rules import POSTPAID
from org.models import Partner, User

from .. import links
from ..models import AssociationChange, Invitation
from ..rules import Bar
from .effects import INTERNAL, said
from .invitations import bars_of, check_open

_ONE_MINUTE, _ONE_HOUR, _LETTERS_AN_HOUR = 60, 60 * 60, 20


def current_customer(place: AccountUser) -> Customer | None:
    """The account's present association; its partner's name can be read with it."""
    own = Customer.objects.filter(cloud_account_id=place.cloud_account_id).associated()
    return own.first()


def find_invitation(token: str, *, at: datetime, entered: bool = False) -> Invitation:
    """The invitation behind an address, by whoever opens it. Raises Refused with the reason."""
    with nullcontext() if entered else tenancy.vendor():
        rows = Invitation.objects.select_related("partner", "invited_by__partner")
        found = rows.filter(pk=links.number_in(token) or 0).first()
        if found is None:
            raise Refused(_("邀请链接不完整或不存在，请重新复制链接，或联系伙伴。"))
        check_open(found, at=at)
        return found


def look_at_invitation(
    token: str, place: AccountUser, *, at: datetime
) -> tuple[Invitation, list[Bar]]:
    """The invitation, and every reason why this account could not accept it now."""
    with tenancy.vendor():
        found = find_invitation(token, at=at, entered=True)
        account = CloudAccount.objects.get(pk=place.cloud_account_id)
        return found, bars_of(found, account, at)


def ask_letter(invitation: Invitation, email: str, *, address: str, at: datetime) -> None:
    """Mail to whoever wants to register: what is sent says whether there is an account, the page
    does not. Raises Refused where one address of the net asks for too many."""
    if not cache.add(f"letter:{invitation.pk}:{email.lower()}", True, _ONE_MINUTE):
        return
    counter = f"letters:{address}"
    cache.add(counter, 0, _ONE_HOUR)
    if cache.incr(counter) > _LETTERS_AN_HOUR:
        raise Refused(_("请求过于频繁，请一小时后再试。"))
    with tenancy.vendor():
        known = User.objects.alias(address=Lower("email")).filter(address=email.lower())
        token = links.token_of(invitation)
        if known.exists():
            path = links.address_of(invitation)
            body = _("该邮箱已有账号，请直接登录后接受邀请：\n%(link)s")
        else:
            path = f"{links.register_address(token)}?letter={links.letter_for(invitation, email)}"
            body = _("请在 24 小时内打开以下链接，设置密码并完成注册：\n%(link)s")
        subject = _("注册云账号并接受伙伴“%(partner)s”的邀请") % {
            "partner": invitation.partner.name
        }
        text = body % {"link": link_to(path) or path}
        mail_account(email, subject, text, at=at, good_for=links.LETTER_LIFE)


def proved_address(invitation: Invitation, letter: str) -> str:
    """The address that whoever holds this letter, or the mailed invitation, reads."""
    return invitation.email if invitation.is_email else links.address_in(letter, invitation)


def register(
    invitation: Invitation, *, email: str, company: str, name: str, password: str, at: datetime
) -> AccountUser:
    """注册并关联: the account and its main user; the invitation is answered afterwards."""
    with tenancy.vendor():
        check_open(invitation, at=at)
        return register_account(
            company=company, name=name, email=email, password=password, on=day_of(at), at=at
        )


def partner_of(customer: Customer | None) -> Partner | None:
    """Who the partner is: the name is all that a customer's role may read of it."""
    if customer is None:
        return None
    return Partner.objects.only("pk", "name", "kind").filter(pk=customer.partner_id).first()


def standing_of_partner(customer: Customer) -> str:
    """Whether the vendor has restricted or frozen its partner: it reaches 转售 customers only."""
    if customer.association_type != POSTPAID:
        return ""
    rows = Partner.objects.filter(pk=customer.partner_id).exclude(effective_standing="normal")
    return rows.values_list("effective_standing", flat=True).first() or ""


def names_of_partners(partner_ids: Iterable[int]) -> dict[int, str]:
    """What its partners are called, former ones too: all that a customer reads of them."""
    rows = Partner.objects.filter(pk__in=set(partner_ids))
    return dict(rows.values_list("pk", "name"))


def effects_shown(change: AssociationChange) -> list[str]:
    """What a change brought about, without the partner's own business."""
    return [said(code, figures) for code, figures in change.effects if code not in INTERNAL]
