"""额度: granted by the vendor, given on to resellers, taken back whole (§15.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core import formats, tenancy
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused
from customers.models import Customer
from ledger.models import Account, Transfer
from ledger.services import Move, account_of, balance, drain, open_accounts, transfer, transfer_many
from org.models import Member, Partner, User
from org.permissions import QUOTAS_GIVE, QUOTAS_VIEW

from ..models import CouponRecord, Promotion, Quota
from .telling import tell_keepers

State = Quota.State


@dataclass(frozen=True)
class Limits:
    """What a quota says of its coupons (§15.2); empty is any."""

    face_min: Decimal | None = None
    face_max: Decimal | None = None
    coupons_most: int | None = None
    total_most: Decimal | None = None
    association_types: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    order_types: list[str] = field(default_factory=list)
    only_customers: list[str] = field(default_factory=list)
    only_first_time: bool = False
    ratio_most: int | None = None
    user_is_invoiced: bool = False

    @classmethod
    def of(cls, quota: Quota) -> "Limits":
        return cls(**{each.name: getattr(quota, each.name) for each in fields(cls)})

    def as_fields(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True)
class Grant:
    """What is granted: so much, of which kind, for how long."""

    kind: str
    value: Decimal
    starts_at: datetime
    ends_at: datetime
    limits: Limits = Limits()
    remark: str = ""


def open_quota(partner_id: int, grant: Grant, *, at: datetime, **more: Any) -> Quota:
    """The row and its four accounts, nothing in them yet."""
    kinds = Account.Kind
    account, held, used, lost = (
        open_accounts(partner_id, kind)[0]
        for kind in (kinds.QUOTA, kinds.COUPON_HELD, kinds.COUPON_USED, kinds.COUPON_LOST)
    )
    return Quota.objects.create(
        partner_id=partner_id,
        kind=grant.kind,
        value=grant.value,
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
        remark=grant.remark,
        account_id=account,
        held_id=held,
        used_id=used,
        lost_id=lost,
        created_at=at,
        **grant.limits.as_fields(),
        **more,
    )


# ---- the vendor ----


@transaction.atomic
def grant_quota(
    partner: Partner,
    grant: Grant,
    *,
    token: UUID,
    by: User | None,
    at: datetime,
    promotion: Promotion | None = None,
) -> Quota:
    """授予额度, in the vendor's role; the same token again answers the first. Raises Refused.

    Of one that is for a promotion's vouchers is told when these are there (reviewing.py).
    """
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    if made := Quota.objects.filter(token=token).first():
        return made
    if grant.ends_at <= max(grant.starts_at, at):
        raise Refused(_("失效时间须晚于生效时间和现在。"))
    quota = open_quota(partner.pk, grant, at=at, token=token, promotion=promotion)
    source = account_of(None, Account.Kind.VENDOR).pk
    key = f"quota-grant:{quota.pk}"
    transfer(source, quota.account_id, grant.value, kind=Transfer.Kind.GRANT, key=key, at=at)
    after = {"quota": quota.number, "coupon_kind": quota.kind, "amount": str(grant.value)}
    record("quota.granted", quota, by=by, at=at, partner=partner, after=after)
    if promotion is None:
        tell_keepers(quota, "quota.granted", at=at, amount=formats.money(grant.value))
    return quota


VERBS = {
    State.NORMAL: "quota.resumed",
    State.INVALID: "quota.disabled",
    State.ADJUSTING: "quota.put_aside",
    State.FROZEN: "quota.frozen",
}


@transaction.atomic
def set_quota_state(
    quota: Quota, state: str, reason: str, *, by: User | None, at: datetime
) -> None:
    """冻结, 失效, 调整 or 恢复, in the vendor's role. Raises InvalidTransition."""
    quota = Quota.objects.lock(quota.pk)
    before = quota.state
    quota.mark(state)
    record(
        VERBS[State(state)],
        quota,
        by=by,
        at=at,
        partner_id=quota.partner_id,
        before={"quota_state": before},
        after={"quota_state": state, "quota": quota.number, "reason": reason},
    )
    tell_keepers(quota, "quota.changed", at=at, state=str(State(state).label), reason=reason or "—")


@transaction.atomic
def change_limits(
    quota: Quota, limits: Limits, ends_at: datetime, *, by: User | None, at: datetime
) -> None:
    """调整限制: for coupons still to be issued, in the vendor's role. Raises Refused."""
    quota = Quota.objects.lock(quota.pk)
    if quota.state == State.RECLAIMED:
        raise Refused(_("已回收的额度不能调整。"))
    if ends_at <= quota.starts_at:
        raise Refused(_("失效时间须晚于生效时间。"))
    if limits.coupons_most is not None and limits.coupons_most < quota.coupons_issued:
        raise Refused(_("已发放 %(n)s 张，最多张数不能更少。") % {"n": quota.coupons_issued})
    if limits.total_most is not None and limits.total_most < quota.total_issued:
        words = {"amount": formats.money(quota.total_issued)}
        raise Refused(_("已发放 %(amount)s 元，最大总面值不能更低。") % words)
    old, new = Limits.of(quota).as_fields(), limits.as_fields()
    changed = {name for name in new if new[name] != old[name]}
    if not changed and ends_at == quota.ends_at:
        raise Refused(_("没有需要保存的修改。"))
    for name in changed:
        setattr(quota, name, new[name])
    before_end, quota.ends_at = quota.ends_at, ends_at
    quota.save(update_fields=[*changed, "ends_at"])
    labels = [str(Quota._meta.get_field(name).verbose_name) for name in sorted(changed)]  # type: ignore[union-attr]
    record(
        "quota.limits_changed",
        quota,
        by=by,
        at=at,
        partner_id=quota.partner_id,
        before={"ends_at": formats.instant(before_end)},
        after={
            "quota": quota.number,
            "ends_at": formats.instant(ends_at),
            "limits": labels,
        },
    )
    tell_keepers(quota, "quota.changed", at=at, state=_("限制已调整"), reason="—")


# ---- a distributor and its resellers ----


def decide_see_given(by: Member) -> Decision:
    if not (decision := by.may(QUOTAS_VIEW)):
        return decision
    if not by.partner.is_distributor:
        return denied(_("只有总经销商可以向云经销商发放额度"))
    return ALLOWED


def decide_give(by: Member, quota: Quota | None = None, *, at: datetime) -> Decision:
    """Whether the member may give resellers of this quota; without one, of any at all."""
    if not (decision := by.may(QUOTAS_GIVE)):
        return decision
    if not by.partner.is_distributor:
        return denied(_("只有总经销商可以向云经销商发放额度"))
    if quota is None:
        return ALLOWED
    return decide_valid(quota, at=at)


def decide_valid(quota: Quota, *, at: datetime) -> Decision:
    """Whether anything may leave the quota now."""
    if quota.state != State.NORMAL:
        return denied(_("额度当前为“%(state)s”") % {"state": quota.get_state_display()})
    if at < quota.starts_at:
        return denied(_("额度尚未生效"))
    if quota.has_expired(at):
        return denied(_("额度已过有效期"))
    return ALLOWED


@dataclass(frozen=True)
class Gift:
    """The same amount for each of some resellers."""

    resellers: tuple[Partner, ...]
    amount: Decimal
    remark: str = ""

    @property
    def total(self) -> Decimal:
        return self.amount * len(self.resellers)


@transaction.atomic
def give_quota(
    quota: Quota, gift: Gift, *, token: UUID, by: Member, at: datetime
) -> list[CouponRecord]:
    """发放额度, to all of them or to none; each gets a quota of its own.

    The same token again answers the first. Raises NotAllowed, Refused.
    """
    quota = Quota.objects.visible_to(by).lock(quota.pk)
    given = CouponRecord.objects.visible_to(by).filter(token=token, type=CouponRecord.Type.GIVE)
    if made := list(given.order_by("pk")):
        return made
    if not (decision := decide_give(by, quota, at=at)):
        raise NotAllowed(decision)
    if reason := why_not_give(quota, gift, by=by):
        raise Refused(reason)
    grant = Grant(
        *(quota.kind, gift.amount, quota.starts_at, quota.ends_at),
        limits=Limits.of(quota),
        remark=gift.remark,
    )
    with tenancy.vendor():  # a quota of the reseller's is a row of its tenant
        children = [
            open_quota(each.pk, grant, at=at, parent=quota, giver=by.partner)
            for each in gift.resellers
        ]
    moved = transfer_many(  # as ourselves: the ledger looks at whose accounts these are
        [
            Move(f"quota-give:{child.pk}", quota.account_id, child.account_id, gift.amount)
            for child in children
        ],
        kind=Transfer.Kind.GIVE,
        at=at,
        by=by,
    )
    assert all(moved), "the quota was held"
    return [
        _keep_gift(quota, child, gift, each.transfer, token=token, by=by, at=at)
        for child, each in zip(children, moved, strict=True)
    ]


def _keep_gift(
    quota: Quota,
    child: Quota,
    gift: Gift,
    transfer_id: int,
    *,
    token: UUID,
    by: Member,
    at: datetime,
) -> CouponRecord:
    """The record, the line in the log, and the notice of one reseller's quota."""
    made = CouponRecord.objects.create(
        partner_id=by.partner_id,
        type=CouponRecord.Type.GIVE,
        quota=quota,
        given=child,
        reseller_id=child.partner_id,
        transfer_id=transfer_id,
        amount=gift.amount,
        remark=gift.remark,
        at=at,
        member=by,
        token=token,
    )
    reseller = next(each for each in gift.resellers if each.pk == child.partner_id)
    after = {"quota": quota.number, "amount": str(gift.amount), "partner": str(reseller)}
    record("quota.given", child, by=by, at=at, after=after)
    tell_keepers(child, "quota.received", at=at, amount=formats.money(gift.amount))
    return made


def why_not_give(quota: Quota, gift: Gift, *, by: Member) -> str:
    """Why these resellers cannot get so much each; empty when they can."""
    if not gift.resellers:
        return _("请选择云经销商。")
    for reseller in gift.resellers:
        if reseller.distributor_id != by.partner_id:
            return _("不是贵公司的云经销商。")
        if not reseller.is_active:
            return _("云经销商 %(name)s 已停用或正在退出，不能发放。") % {"name": reseller.name}
    if quota.only_customers and (missing := _without_named(quota, gift.resellers)):
        return _("指定的客户不属于云经销商 %(name)s。") % {"name": missing}
    if gift.total > (left := balance(quota.account_id)):
        return _("额度余额不足，可用余额 %(n)s 元。") % {"n": formats.money(left)}
    return ""


def _without_named(quota: Quota, resellers: Sequence[Partner]) -> str:
    """The first reseller that has none of the customers to whom the quota is bound."""
    with tenancy.vendor():
        named = Customer.objects.associated().filter(number__in=quota.only_customers)
        having = set(named.values_list("partner_id", flat=True))
    return next((each.name for each in resellers if each.pk not in having), "")


def decide_take(by: Member, given: Quota | None = None) -> Decision:
    """Whether the member may take back a quota that its partner gave."""
    if not (decision := by.may(QUOTAS_GIVE)):
        return decision
    if not by.partner.is_distributor:
        return denied(_("只有总经销商可以向云经销商发放额度"))
    if given and given.state != State.NORMAL:
        return denied(_("只能回收状态为“正常”的额度"))
    return ALLOWED


@transaction.atomic
def take_quota(given: Quota, *, by: Member, at: datetime) -> CouponRecord:
    """回收额度: all that the reseller did not issue, in one piece. Raises NotAllowed."""
    with tenancy.vendor():
        given = Quota.objects.given_by(by).lock(given.pk)
        if not (decision := decide_take(by, given)):
            raise NotAllowed(decision)
        given.mark(State.RECLAIMED)
        parent = Quota.objects.get(given=given)
    moved = drain(
        *(given.account_id, parent.account_id),
        kind=Transfer.Kind.TAKE,
        key=f"quota-take:{given.pk}",
        at=at,
        by=by,
    )
    made = CouponRecord.objects.create(
        partner_id=by.partner_id,
        type=CouponRecord.Type.TAKE,
        quota=parent,
        given=given,
        reseller_id=given.partner_id,
        transfer_id=moved.transfer or None,
        amount=moved.amount if moved else Decimal(0),
        at=at,
        member=by,
    )
    after = {"quota": given.number, "amount": str(made.amount)}
    record("quota.taken", given, by=by, at=at, after=after)
    tell_keepers(given, "quota.taken", at=at, amount=formats.money(made.amount))
    return made
