"""结算记录 between a distributor and its resellers. The vendor takes no part in it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from core import tenancy
from core.access import ALLOWED, Decision, denied
from core.clock import first_of_month
from core.refusals import InvalidTransition, NotAllowed, Refused
from org.models import Member, Partner
from org.permissions import SETTLEMENTS_MANAGE, SETTLEMENTS_VIEW

from ..agreements import Settlement


def decide_record(by: Member) -> Decision:
    """Whether the member may record what was settled, and agree to it."""
    if not (decision := by.may(SETTLEMENTS_MANAGE)):
        return decision
    if not by.partner.is_distributor and by.partner.distributor_id is None:
        return denied(_("只有总经销商与云经销商之间有结算记录"))
    return ALLOWED


def resellers_of(by: Member) -> list[tuple[int, str]]:
    """With whom a distributor settles. A reseller settles with its distributor alone."""
    if not by.partner.is_distributor:
        return []
    mine = Partner.objects.filter(distributor_id=by.partner_id).order_by("name")
    return list(mine.values_list("pk", "name"))


def _sides(by: Member, reseller_id: int | None) -> dict[str, Any]:
    """Distributor and reseller of what the member records."""
    own = by.partner
    if own.is_distributor:
        if (name := dict(resellers_of(by)).get(reseller_id or 0)) is None:
            raise Refused(_("该伙伴不是您的结算对方。"))
        above, below = (own.pk, own.name), (reseller_id, name)
    else:
        with tenancy.vendor():  # a reseller reads no row of its distributor
            names = Partner.objects.filter(pk=own.distributor_id or 0).values_list(
                "name", flat=True
            )
            above, below = (own.distributor_id or 0, names[0]), (own.pk, own.name)
    return {
        "partner_id": above[0],
        "partner_name": above[1],
        "reseller_id": below[0],
        "reseller_name": below[1],
    }


@transaction.atomic
def record_settlement(
    *,
    reseller_id: int | None = None,
    month: date,
    kind: str,
    amount: Decimal,
    number: str = "",
    note: str = "",
    by: Member,
    at: datetime,
) -> Settlement:
    """登记结算; a distributor says with which reseller. Raises NotAllowed, Refused."""
    _must(decide_record(by))
    settlement = Settlement.objects.create(
        **_sides(by, reseller_id),
        month=first_of_month(month),
        kind=kind,
        amount=amount,
        number=number,
        note=note,
        recorder_id=by.partner_id,
        recorded_by=by.user,
        recorded_at=at,
    )
    _record("settlement.recorded", settlement, {}, by=by, at=at)
    return settlement


@transaction.atomic
def answer_settlement(
    settlement: Settlement, *, agreed: bool, objection: str = "", by: Member, at: datetime
) -> Settlement:
    """确认 or 提出异议, by the side that did not record it."""
    _must(decide_record(by))
    settlement = Settlement.objects.visible_to(by).lock(settlement.pk)
    if settlement.recorder_id == by.partner_id:
        raise Refused(_("须由对方确认。"))
    if not agreed and not objection:
        raise Refused(_("请填写异议原因。"))
    state = Settlement.State.AGREED if agreed else Settlement.State.DISPUTED
    verb = "settlement.agreed" if agreed else "settlement.disputed"
    before = _waiting(settlement)
    settlement.state, settlement.objection = state, "" if agreed else objection
    settlement.answerer_id, settlement.answered_at = by.partner_id, at
    settlement.save(update_fields=["state", "objection", "answerer_id", "answered_at"])
    _record(verb, settlement, before, by=by, at=at)
    return settlement


@transaction.atomic
def withdraw_settlement(settlement: Settlement, *, by: Member, at: datetime) -> Settlement:
    """撤销 of what nobody answered, by the side that recorded it."""
    _must(decide_record(by))
    settlement = Settlement.objects.visible_to(by).lock(settlement.pk)
    if settlement.recorder_id != by.partner_id:
        raise Refused(_("只有登记方可以撤销。"))
    before = _waiting(settlement)
    settlement.state = Settlement.State.WITHDRAWN
    settlement.save(update_fields=["state"])
    _record("settlement.withdrawn", settlement, before, by=by, at=at)
    return settlement


def _must(decision: Decision) -> None:
    if not decision:
        raise NotAllowed(decision)


def _waiting(settlement: Settlement) -> dict[str, str]:
    if settlement.state != Settlement.State.WAITING:
        words = {"state": settlement.get_state_display()}
        raise InvalidTransition(_("该结算记录目前为“%(state)s”，不能再操作。") % words)
    return {"settlement_state": settlement.state}


def _record(
    verb: str, settlement: Settlement, before: dict[str, str], *, by: Member, at: datetime
) -> None:
    """In one's own log; the other side's main account and 财务 are told."""
    after = {
        "month": f"{settlement.month:%Y-%m}",
        "amount": str(settlement.amount),
        "settlement_state": settlement.state,
    }
    if settlement.objection:
        after["reason"] = settlement.objection
    record(verb, settlement, by=by, at=at, before=before, after=after)
    sides = {settlement.partner_id, settlement.reseller_id}
    [other] = sides - {by.partner_id}
    # Its members are none of this partner's business; that they are told is.
    with tenancy.vendor():
        readers = Member.objects.holding(SETTLEMENTS_VIEW, partner_id=other)
        notify(
            readers,
            verb,
            key=f"{verb}:{settlement.pk}",
            at=at,
            name=by.partner.name,
            month=f"{settlement.month:%Y-%m}",
            amount=str(settlement.amount),
            reason=settlement.objection,
        )
