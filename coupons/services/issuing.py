"""发放: coupons cut from a quota (§15.3). However many, it is one of each statement."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.services import record
from core import formats
from core.access import ALLOWED, Decision
from core.refusals import NotAllowed, Refused, Vanished
from customers.models import Customer
from ledger.services import KeyTaken, balance, is_amount
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
    """What the rules want to know of the customers (migration 0005)."""
    with connection.cursor() as cursor:
        pks = [customer.pk for customer in customers]
        cursor.execute("SELECT * FROM coupons_receivers(%s::bigint[])", [pks])
        known = {pk: facts for pk, *facts in cursor.fetchall()}
    listed = _listed(quota, [customer.number for customer in customers])
    return {
        each.pk: Receiver(
            number=each.number,
            association_type=each.association_type,
            has_left=each.disassociated_at is not None,
            is_first_time=not came_before,
            is_managed_sub=is_managed_sub,
            is_listed=each.number in listed,
        )
        for each in customers
        for came_before, is_managed_sub in [known[each.pk]]
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
    for wish, n in Counter(line.wish for line in takers).items():
        if not is_amount(wish.face):
            return _("请填写金额，最多两位小数，如 1000.00。"), blocked
        if reason := rules.why_not_issue(quota, wish, n):
            return reason, blocked
    total = sum((line.wish.face for line in takers), Decimal(0))
    if reason := rules.why_too_many(quota, len(takers), total):
        return reason, blocked
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
    records = cut_coupons(quota, lines, token=token, by=by, at=at)
    if done := [each for each in records if each.is_done]:
        _tell(quota, done, by=by, at=at)
    return records


def cut_coupons(
    quota: Quota, lines: Sequence[Line], *, token: UUID, by: Member | None, at: datetime
) -> list[CouponRecord]:
    """The same for who may, has customers and quota held, and tells of it himself: `by` nobody,
    the vendor. Raises Refused."""
    assert len({line.customer.pk for line in lines}) == len(lines), "a customer twice"
    reason, blocked = why_not(quota, lines)
    if reason:
        raise Refused(reason)
    takers = [line for line in lines if line.customer.pk not in blocked]
    done = _cut(quota, takers, token=token, by=by, at=at) if takers else []
    failed = [
        CouponRecord(
            **_said(quota, line, token=token, by=by, at=at), is_done=False, reason=blocked[pk]
        )
        for line in lines
        if (pk := line.customer.pk) in blocked
    ]
    if failed:
        CouponRecord.objects.bulk_create(failed)
    return [*done, *failed]


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
    if not found.exists():
        return []
    made = list(found.select_related("customer", "coupon").order_by("-is_done", "pk"))
    wanted = {line.customer.pk: line.wish.face for line in lines}
    same = {each.customer_id: each.amount for each in made} == wanted
    if not (same and all(each.quota_id == quota.pk for each in made)):
        raise KeyTaken(_("该操作已提交过，且内容不同，请刷新后重试。"))
    return made


def _cut(
    quota: Quota, lines: Sequence[Line], *, token: UUID, by: Member | None, at: datetime
) -> list[CouponRecord]:
    """Accounts, coupons, transfers and records in one statement (migration 0005); the quota is
    held and has enough."""
    coupons = [_coupon(quota, line, at) for line in lines]
    columns = json.dumps(
        [
            {**{name: getattr(coupon, name) for name in _OWN}, "remark": line.wish.remark}
            for coupon, line in zip(coupons, lines, strict=True)
        ],
        default=str,  # instants and amounts to their last digit
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM coupons_issue(%s, %s::jsonb, %s, %s, %s)",
            [quota.pk, columns, token, by.pk if by else None, at],
        )
        made = cursor.fetchall()
    records = []
    for line, coupon, ids in zip(lines, coupons, made, strict=True):
        pk, coupon.pk, coupon.account_id, transfer_id = ids
        said = _said(quota, line, token=token, by=by, at=at)
        records.append(CouponRecord(**said, pk=pk, coupon=coupon, transfer_id=transfer_id))
    return records


# What of a coupon is not its quota's.
_OWN = (
    *("customer_id", "face", "starts_at", "ends_at", "min_order"),
    *("ratio", "services", "order_types"),
)


def _coupon(quota: Quota, line: Line, at: datetime) -> Coupon:
    wish = line.wish
    return Coupon(
        partner_id=quota.partner_id,
        quota=quota,
        customer=line.customer,
        kind=quota.kind,
        promotion_id=quota.promotion_id,
        face=wish.face,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        min_order=wish.min_order,
        ratio=wish.ratio or quota.ratio_most,
        services=list(wish.services) or quota.services,
        order_types=list(wish.order_types) or quota.order_types,
        state_at=at,
        issued_at=at,
    )


def _said(
    quota: Quota, line: Line, *, token: UUID, by: Member | None, at: datetime
) -> dict[str, Any]:
    """What the record of a line says in either case."""
    return {
        "partner_id": quota.partner_id,
        "type": CouponRecord.Type.ISSUE,
        "quota": quota,
        "customer": line.customer,
        "amount": line.wish.face,
        "remark": line.wish.remark,
        "at": at,
        "member": by,
        "token": token,
    }


def _tell(quota: Quota, done: Sequence[CouponRecord], *, by: Member, at: datetime) -> None:
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
