"""为云经销商调账: a distributor's money goes to its reseller and back (sales_pipeline.md §7.3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from core import tenancy
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed
from ledger.models import Account
from ledger.services import transfer
from org.models import Member, Partner
from org.permissions import FUNDS_VIEW

from .accounts import partner_account
from .models import Adjustment
from .services import PERMISSIONS, Type, Wish
from .warning import tell_if_low


def decide_see_resellers_funds(by: Member) -> Decision:
    if not (decision := by.may(FUNDS_VIEW)):
        return decision
    if not by.partner.is_distributor:
        return denied(_("只有总经销商有云经销商"))
    return ALLOWED


def decide_adjust_reseller(by: Member, type: str, reseller: Partner | None = None) -> Decision:
    """Whether the member may give to (or take from) this reseller."""
    if not (decision := by.may(PERMISSIONS[Type(type)])):
        return decision
    if not by.partner.is_distributor:
        return denied(_("只有总经销商有云经销商"))
    if reseller and reseller.distributor_id != by.partner_id:
        return denied(_("不是贵公司的云经销商"))
    if reseller and not reseller.is_active and type == Type.ALLOCATE:
        return denied(_("该云经销商已停用，不能拨款"))
    return ALLOWED


@transaction.atomic
def adjust_reseller(
    reseller: Partner, type: str, wish: Wish, *, key: str, by: Member, at: datetime
) -> Adjustment:
    """拨款 or 回收 between the two 充值账户. Raises NotAllowed, Insufficient, KeyTaken."""
    if not (decision := decide_adjust_reseller(by, type, reseller)):
        raise NotAllowed(decision)
    ours, theirs = partner_account(by.partner_id), partner_account(reseller.pk)
    source, target = (ours, theirs) if type == Type.ALLOCATE else (theirs, ours)
    moved = transfer(
        *(source.pk, target.pk, wish.amount), kind=type, key=key, at=at, by=by, memo=wish.memo
    )
    if moved.outcome == "again":
        return Adjustment.objects.get(transfer_id=moved.transfer)
    made = Adjustment.objects.create(
        partner_id=by.partner_id,
        type=type,
        reseller=reseller,
        transfer_id=moved.transfer,
        money=Account.Kind.CASH,
        amount=moved.amount,
        at=at,
        member=by,
        memo=wish.memo,
    )
    record(
        "funds.reseller_allocated" if type == Type.ALLOCATE else "funds.reseller_reclaimed",
        reseller,
        by=by,
        at=at,
        after={"amount": str(moved.amount), "partner": str(reseller), "transfer": made.number},
    )
    if source is ours:
        tell_if_low(ours, moved, at=at)
    _tell(reseller, type, made, at=at)
    return made


def _tell(reseller: Partner, type: str, made: Adjustment, *, at: datetime) -> None:
    kind = "funds.received" if type == Type.ALLOCATE else "funds.taken"
    with tenancy.vendor():  # the partner's side writes no notice of another partner
        keepers = Member.objects.active().acting().holding(FUNDS_VIEW, partner_id=reseller.pk)
        key, amount = f"{kind}:{made.transfer_id}", f"{made.amount:,.2f}"
        notify(keepers, kind, key=key, at=at, amount=amount)
