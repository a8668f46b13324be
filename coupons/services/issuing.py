"""发放: coupons cut from a quota (§15.3). However many, it is one of each statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from activity.services import record
from core import formats, tenancy
from core.access import ALLOWED, Decision
from core.refusals import NotAllowed, Refused, Vanished
from customers.accounts.models import Fact
from customers.models import Customer
from ledger.models import Account, Transfer
from ledger.services import KeyTaken, Move, balance, open_accounts, transfer_many
from org.models import Member
from org.permissions import COUPONS_ISSUE

from .. import rules
from ..models import Coupon, CouponRecord, Quota, WhitelistItem, WhitelistVersion
from ..rules import Receiver, Wish
from .quotas import decide_valid
from .telling import tell_customers


@dataclass(frozen=True)
class Line:
    """A coupon that is wanted for a customer."""

    customer: Customer
    wish: Wish


def decide_issue(by: Member, quota: Quota | None = None, *, at: datetime | None) -> Decision:
    """Whether the member may issue of this quota; without one, of any at all."""
    if not (decision := by.may(COUPONS_ISSUE)):
        return decision
    if quota is None:
        return ALLOWED
    assert at
    return decide_valid(quota, at=at)


def receivers(quota: Quota, customers: Sequence[Customer]) -> Mapping[int, Receiver]:
    """What the rules want to know of the customers. Their past is with other partners, too."""
    pks = [customer.pk for customer in customers]
    earlier = Customer.objects.filter(
        cloud_account=OuterRef("cloud_account"), associated_at__lt=OuterRef("associated_at")
    )
    with tenancy.vendor():
        rows = Customer.objects.filter(pk__in=pks).annotate(came_before=Exists(earlier))
        known = {
            pk: (came_before, Fact.MANAGED_SUB in facts)
            for pk, came_before, facts in rows.values_list(
                "pk", "came_before", "cloud_account__facts"
            )
        }
    listed = _listed(quota, [customer.number for customer in customers])
    return {
        each.pk: Receiver(
            number=each.number,
            association_type=each.association_type,
            has_left=each.disassociated_at is not None,
            is_first_time=not known[each.pk][0],
            is_managed_sub=known[each.pk][1],
            is_listed=each.number in listed,
        )
        for each in customers
    }


def _listed(quota: Quota, numbers: Sequence[str]) -> set[str]:
    if not rules.KINDS[quota.kind].whitelist:
        return set()
    versions = WhitelistVersion.objects.filter(partner=quota.partner_id, kind=quota.kind)
    last = versions.order_by("-version").values("pk")[:1]
    items = WhitelistItem.objects.filter(version__in=last, number__in=numbers)
    return set(items.values_list("number", flat=True))


def why_not(quota: Quota, lines: Sequence[Line]) -> tuple[str, dict[int, str]]:
    """Why nothing can be issued, and which rule blocks which customer; empty where none does."""
    blocked = {}
    known = receivers(quota, [line.customer for line in lines])
    for line in lines:
        if reason := rules.why_not_receive(quota, known[line.customer.pk]):
            blocked[line.customer.pk] = reason
    takers = [line for line in lines if line.customer.pk not in blocked]
    for wish in {line.wish for line in takers}:
        if reason := rules.why_not_issue(quota, wish, len(takers)):
            return reason, blocked
    total = sum((line.wish.face for line in takers), Decimal(0))
    if quota.total_most is not None and quota.total_issued + total > quota.total_most:
        return _("发放总面值超过该额度的限制。"), blocked
    if total > (left := balance(quota.account_id)):
        words = {"total": formats.money(total), "left": formats.money(left)}
        return _("共需 %(total)s 元，额度余额只有 %(left)s 元。") % words, blocked
    return "", blocked


@transaction.atomic
def issue_coupons(
    quota: Quota,
    lines: Sequence[Line],
    *,
    token: UUID,
    by: Member,
    at: datetime,
    most: int = rules.MOST_ON_PAGE,
) -> list[CouponRecord]:
    """A coupon for each customer whom no rule blocks, and a record for every one.

    The same token again answers what the first made. Raises NotAllowed, Refused, KeyTaken.
    """
    if not (decision := decide_issue(by, at=at)):
        raise NotAllowed(decision)
    lines = _held(lines, by)
    quota = Quota.objects.visible_to(by).lock(quota.pk)
    if made := _made(quota, lines, token, by):
        return made
    if not (decision := decide_issue(by, quota, at=at)):
        raise NotAllowed(decision)
    if not lines:
        raise Refused(_("请选择发放客户。"))
    if len(lines) > most:
        raise Refused(_("一次最多发放 %(most)s 个客户。") % {"most": f"{most:,}"})
    assert len({line.customer.pk for line in lines}) == len(lines), "a customer twice"
    reason, blocked = why_not(quota, lines)
    if reason:
        raise Refused(reason)
    takers = [line for line in lines if line.customer.pk not in blocked]
    issued = _cut(quota, takers, by=by, at=at) if takers else {}
    records = [
        CouponRecord(
            partner_id=quota.partner_id,
            type=CouponRecord.Type.ISSUE,
            quota=quota,
            customer=line.customer,
            amount=line.wish.face,
            remark=line.wish.remark,
            at=at,
            member=by,
            token=token,
            is_done=line.customer.pk in issued,
            reason=blocked.get(line.customer.pk, ""),
            **issued.get(line.customer.pk, {}),
        )
        for line in lines
    ]
    CouponRecord.objects.bulk_create(records)
    if issued:
        _tell(quota, records, by=by, at=at)
    return records


def _held(lines: Sequence[Line], by: Member) -> list[Line]:
    """With their customers held, and as they are now: who leaves meanwhile comes after or before.

    Raises Vanished.
    """
    pks = [line.customer.pk for line in lines]
    customers = Customer.objects.visible_to(by).filter(pk__in=pks).lock_all()
    now = {customer.pk: customer for customer in customers}
    if len(now) < len(set(pks)):
        raise Vanished(_("已由他人修改，请刷新后重试。"))
    return [Line(now[line.customer.pk], line.wish) for line in lines]


def _made(quota: Quota, lines: Sequence[Line], token: UUID, by: Member) -> list[CouponRecord]:
    """What this submit made already. Raises KeyTaken if it asked for something else."""
    found = CouponRecord.objects.filter(
        partner=by.partner_id, token=token, type=CouponRecord.Type.ISSUE
    )
    made = list(found.select_related("customer", "coupon").order_by("pk"))
    wanted = {line.customer.pk: line.wish.face for line in lines}
    same = {each.customer_id: each.amount for each in made} == wanted
    if made and not (same and all(each.quota_id == quota.pk for each in made)):
        raise KeyTaken(_("该操作已提交过，且内容不同，请刷新后重试。"))
    return made


def _cut(
    quota: Quota, lines: Sequence[Line], *, by: Member, at: datetime
) -> dict[int, dict[str, object]]:
    """Coupon and transfer of each customer; the quota is held and has enough."""
    accounts = open_accounts(quota.partner_id, Account.Kind.COUPON, len(lines))
    coupons = Coupon.objects.bulk_create(
        [
            Coupon(
                partner_id=quota.partner_id,
                quota=quota,
                customer=line.customer,
                account_id=account,
                kind=quota.kind,
                face=line.wish.face,
                starts_at=line.wish.starts_at,
                ends_at=line.wish.ends_at,
                min_order=line.wish.min_order,
                ratio=line.wish.ratio or quota.ratio_most,
                services=list(line.wish.services) or quota.services,
                order_types=list(line.wish.order_types) or quota.order_types,
                state_at=at,
                issued_at=at,
            )
            for line, account in zip(lines, accounts, strict=True)
        ]
    )
    moved = transfer_many(
        [
            Move(f"coupon-issue:{each.pk}", quota.account_id, each.account_id, each.face)
            for each in coupons
        ],
        kind=Transfer.Kind.ISSUE,
        at=at,
        by=by,
    )
    assert all(each.outcome == "done" for each in moved), "the quota was held"
    total = sum((each.face for each in coupons), Decimal(0))
    Quota.objects.filter(pk=quota.pk).update(
        coupons_issued=F("coupons_issued") + len(coupons), total_issued=F("total_issued") + total
    )
    return {
        coupon.customer_id: {"coupon": coupon, "transfer_id": each.transfer}
        for coupon, each in zip(coupons, moved, strict=True)
    }


def _tell(quota: Quota, records: Sequence[CouponRecord], *, by: Member, at: datetime) -> None:
    done = [each for each in records if each.is_done]
    one = done[0] if len(done) == 1 else None
    record(
        "coupon.issued",
        one.coupon if one else quota,
        by=by,
        at=at,
        customer_id=one.customer_id if one else None,
        after={
            "quota": quota.number,
            "coupons": len(done),
            "amount": str(sum(each.amount for each in done)),
        },
    )
    told = [
        (each.customer.cloud_account_id, each.coupon)
        for each in done
        if each.customer and each.coupon
    ]
    tell_customers(told, "account.coupon_issued", by.partner.name, at=at)
