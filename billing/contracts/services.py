"""Acts on 线上合同: making one, and taking its paper away."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from secrets import randbelow
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core import formats
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.refusals import NotAllowed, Refused
from org.models import Member
from org.permissions import CONTRACTS_APPLY

from . import rules
from .models import PaymentAgreement
from .paper import agreement_paper


@dataclass(frozen=True)
class Terms:
    """What the partner fills in."""

    amount: Decimal
    pays_on: date
    purpose: str

    def clauses(self, payer: str) -> list[str]:
        return rules.clauses(
            payer=payer, amount=self.amount, pays_on=self.pays_on, purpose=self.purpose
        )


def decide_apply(by: Member) -> Decision:
    """Whether the member may make an agreement: of a partner whose real name is verified."""
    if not (decision := by.may(CONTRACTS_APPLY)):
        return decision
    if not by.partner.credit_code:
        return denied(_("贵公司尚未完成实名认证"), _("请联系厂商登记统一社会信用代码"))
    return ALLOWED


@transaction.atomic
def make_agreement(terms: Terms, *, token: UUID, by: Member, at: datetime) -> PaymentAgreement:
    """合同申请, confirmed: complete at once. The same form again gives what it made before.
    Raises NotAllowed, Refused."""
    if not (decision := decide_apply(by)):
        raise NotAllowed(decision)
    _check(terms, day_of(at))
    payer, number = by.partner.name, _new_number(day_of(at))
    paper = agreement_paper(number=number, payer=payer, clauses=terms.clauses(payer), at=at)
    document = paper.as_pdf()
    agreement, is_new = PaymentAgreement.objects.get_or_create(
        partner_id=by.partner_id,
        token=token,
        defaults={
            "number": number,
            "payer": payer,
            "amount": terms.amount,
            "pays_on": terms.pays_on,
            "purpose": terms.purpose,
            "version": rules.VERSION,
            "made_at": at,
            "made_by": by,
            "document": document,
            "checksum": sha256(document).hexdigest(),
        },
    )
    if is_new:
        record("agreement.made", agreement, by=by, at=at, after=_said(agreement))
    return agreement


def fetch_document(agreement: PaymentAgreement, *, by: Actor, at: datetime) -> bytes:
    """The paper as it was made; that it was fetched is recorded."""
    after, whose = {"contract": agreement.number}, agreement.partner_id
    record("agreement.downloaded", agreement, by=by, at=at, partner_id=whose, after=after)
    return bytes(agreement.document)


def _check(terms: Terms, today: date) -> None:
    if terms.amount <= 0 or terms.amount != formats.in_fen(terms.amount):
        raise Refused(_("付款金额须大于 0，最多两位小数。"))
    if terms.amount > rules.LARGEST:
        raise Refused(_("付款金额过大。"))
    if terms.pays_on < (first := rules.earliest(today)):
        words = {"day": first.isoformat()}
        raise Refused(_("承诺付款时间最早为 12 个月前（%(day)s）。") % words)
    if not terms.purpose:
        raise Refused(_("请填写款项用途。"))


def _new_number(on: date) -> str:
    return f"FK{on:%Y%m%d}{randbelow(10**8):08d}"


def _said(agreement: PaymentAgreement) -> dict[str, Any]:
    return {
        "contract": agreement.number,
        "amount": str(agreement.amount),
        "pays_on": agreement.pays_on.isoformat(),
        "checksum": agreement.checksum,
    }
