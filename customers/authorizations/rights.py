"""代客操作权限: what a reseller needs of its distributor before it may ask any customer."""

from datetime import datetime

from django.db.models import Exists, Value
from django.utils.translation import gettext as _

from activity.services import notify, record
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused
from org.models import Member, Partner

from ..accounts.sides import between_both_sides
from ..proxies.log import End, end_sessions
from ..proxies.models import ProxySession
from . import rules
from .letters import sign_letter
from .models import ProxyRight


def has_right(partner: Partner) -> bool:
    """Only a reseller needs somebody's word."""
    if partner.kind != Partner.Kind.RESELLER:
        return True
    return ProxyRight.objects.open().filter(partner_id=partner.pk).exists()


def right_column(partner: Partner) -> Exists | Value:
    """`has_right` as a column of a statement that is made anyway."""
    if partner.kind != Partner.Kind.RESELLER:
        return Value(True)
    return Exists(ProxyRight.objects.open().filter(partner_id=partner.pk))


def decide_give(by: Member) -> Decision:
    """Whether this member says which resellers may act for customers."""
    if not by.partner.is_distributor:
        return denied(_("只有总经销商可以管理云经销商的代客操作权限"))
    if not by.is_main_account:
        return denied(_("只有主账号可以开通和收回代客操作权限"), _("请联系主账号"))
    return ALLOWED


@between_both_sides
def give_right(reseller: Partner, *, signs: bool, by: Member, at: datetime) -> ProxyRight:
    """开通: the distributor signs its own letter the first time. Raises NotAllowed, Refused."""
    reseller = _load(reseller, by)
    if ProxyRight.objects.open().filter(partner=reseller).exists():
        raise Refused(_("该云经销商已有代客操作权限。"))
    sign_letter(rules.DELEGATION, signs=signs, by=by, at=at)
    right = ProxyRight.objects.create(
        partner=reseller,
        distributor_id=by.partner_id,
        letter_version=rules.LETTERS[rules.DELEGATION].version,
        given_at=at,
        given_by=by.user,
    )
    record("proxy_right.given", right, by=by, at=at, after={"partner": reseller.name})
    key = f"proxy_right:{right.pk}:given"
    notify(_main_accounts(reseller), "proxy_right.given", key=key, at=at)
    return right


@between_both_sides
def withdraw_right(reseller: Partner, *, reason: str, by: Member, at: datetime) -> None:
    """收回: what runs ends with it; customers' words stay, and hold again with a new right."""
    reseller = _load(reseller, by)
    right = ProxyRight.objects.open().filter(partner=reseller).lock_all().first()
    if right is None:
        raise Refused(_("该云经销商没有代客操作权限。"))
    if not (reason := reason.strip()):
        raise Refused(_("请填写原因。"))
    right.withdrawn_at, right.withdrawn_by, right.reason = at, by.user, reason
    right.save(update_fields=["withdrawn_at", "withdrawn_by", "reason"])
    running = ProxySession.objects.open().filter(partner=reseller)
    # The line belongs to the log of the reseller, whose member the distributor is not.
    end_sessions(running.lock_all(), End.RIGHTS, by=by.user, at=at)
    after = {"partner": reseller.name, "reason": reason}
    record("proxy_right.withdrawn", right, by=by, at=at, after=after)
    key = f"proxy_right:{right.pk}:withdrawn"
    notify(_main_accounts(reseller), "proxy_right.withdrawn", key=key, at=at, reason=reason)


def _load(reseller: Partner, by: Member) -> Partner:
    if not (decision := decide_give(by)):
        raise NotAllowed(decision)
    own = Partner.objects.select_for_update(no_key=True).filter(distributor_id=by.partner_id)
    return own.get(pk=reseller.pk)


def _main_accounts(partner: Partner) -> list[Member]:
    return list(Member.objects.active().main_accounts().filter(partner=partner))
