"""What a partner issues to its 代售 customers itself, recorded here."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core.clock import day_of
from core.refusals import Refused
from org.models import Member
from org.permissions import CUSTOMERS_REVEAL

from ..models import Invoice, Obligation
from .shared import hold, hold_obligation, must_manage, must_settle, said


@transaction.atomic
def record_invoice(
    obligation: Obligation,
    *,
    number: str,
    issued_on: date,
    medium: str,
    kind: str,
    by: Member,
    at: datetime,
) -> Invoice:
    """登记发票: the partner has issued the whole to its customer. Raises NotAllowed, Refused."""
    obligation = hold_obligation(obligation, by)
    must_settle(obligation, by, at=at)
    if obligation.is_bill:
        raise Refused(_("账单的发票由厂商开具，请索取发票。"))
    if issued_on > day_of(at):
        raise Refused(_("开票日期不能晚于今天。"))
    mine = Invoice.objects.filter(direction="by_partner", issuer_id=by.partner_id)
    if mine.filter(number=number).exists():
        raise Refused(_("发票号码 %(number)s 已登记。") % {"number": number})
    invoice = Invoice.objects.create(
        partner_id=obligation.partner_id,
        obligation=obligation,
        direction=obligation.direction,
        issuer_id=obligation.issuer_id,
        amount=obligation.amount,
        state=Invoice.State.ISSUED,
        state_at=at,
        medium=medium,
        kind=kind,
        created_at=at,
        number=number,
        issued_on=issued_on,
    )
    record(
        "invoice.recorded",
        invoice,
        by=by,
        at=at,
        customer_id=obligation.customer_id,
        after=said(invoice),
    )
    return invoice


@transaction.atomic
def take_back_invoice(invoice: Invoice, reason: str, *, by: Member, at: datetime) -> Invoice:
    """登记退票 of one's own invoice, whole; another may be issued then. Raises NotAllowed,
    Refused."""
    must_manage(by)
    invoice = hold(invoice, by)
    if invoice.issuer_id != by.partner_id:
        raise Refused(_("只有开票方可以登记退票。"))
    before = said(invoice)
    invoice.mark("return", at=at, return_reason=reason)
    record(
        "invoice.taken_back",
        invoice,
        by=by,
        at=at,
        customer_id=invoice.obligation.customer_id,
        before=before,
        after=said(invoice) | {"reason": reason},
    )
    return invoice


def note_statement(obligation: Obligation, *, by: Member, at: datetime) -> None:
    """That the member took a 客户账单 away as a paper, and whether it shows the customer's name."""
    after = {
        "month": f"{obligation.month:%Y-%m}",
        "number": obligation.receiver_number,
        "amount": str(obligation.amount),
        "name_shown": bool(by.may(CUSTOMERS_REVEAL)),
    }
    record("customer_bill.downloaded", obligation, by=by, at=at, after=after)
