"""What the vendor's operators do with partners' requests. The asker is told of each outcome."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from core.clock import day_of
from core.refusals import Refused
from org.models import User

from ..models import Invoice
from .shared import said

# step → (what the log says, what the asker is told)
_OUTCOMES = {
    "accept": ("invoice.accepted", ""),
    "reject": ("invoice.rejected", "invoice.rejected"),
    "issue": ("invoice.issued", "invoice.issued"),
    "grant_withdrawal": ("invoice.withdrawal_granted", "invoice.withdrawal_granted"),
    "refuse_withdrawal": ("invoice.withdrawal_refused", "invoice.withdrawal_refused"),
    "accept_return": ("invoice.returned", "invoice.returned"),
    "refuse_return": ("invoice.return_refused", "invoice.return_refused"),
}


def accept_invoice(invoice: Invoice, *, by: User, at: datetime) -> Invoice:
    """受理: from now on it is being issued."""
    return _handle(invoice, "accept", by=by, at=at, reason="")


def reject_invoice(invoice: Invoice, reason: str, *, by: User, at: datetime) -> Invoice:
    """驳回, back to the draft."""
    return _handle(invoice, "reject", by=by, at=at, reason=reason)


def issue_invoice(
    invoice: Invoice, *, number: str, issued_on: date, courier: str = "", by: User, at: datetime
) -> Invoice:
    """开具: with its number; a paper one is on its way and waits to be signed for."""
    if issued_on > day_of(at):
        raise Refused(_("开票日期不能晚于今天。"))
    if invoice.medium == "paper" and not courier:
        raise Refused(_("纸质发票请填写快递单号。"))
    taken = Invoice.objects.filter(direction="to_partner", number=number)
    if taken.exclude(pk=invoice.pk).exists():
        raise Refused(_("发票号码 %(number)s 已登记。") % {"number": number})
    facts = {"number": number, "issued_on": issued_on, "courier": courier, "reason": ""}
    return _handle(invoice, "issue", by=by, at=at, **facts)


def answer_withdrawal(
    invoice: Invoice, *, granted: bool, reason: str = "", by: User, at: datetime
) -> Invoice:
    """撤销 while it is being issued: granted, or 撤销失败 for a reason."""
    step = "grant_withdrawal" if granted else "refuse_withdrawal"
    return _handle(invoice, step, by=by, at=at, reason=_because(granted, reason))


def answer_return(
    invoice: Invoice, *, granted: bool, reason: str = "", by: User, at: datetime
) -> Invoice:
    """退票: accepted, or 退票驳回 for a reason."""
    step = "accept_return" if granted else "refuse_return"
    return _handle(invoice, step, by=by, at=at, reason=_because(granted, reason))


def _because(granted: bool, reason: str) -> str:
    if not granted and not reason:
        raise Refused(_("请填写原因。"))
    return reason


@transaction.atomic
def _handle(invoice: Invoice, step: str, *, by: User, at: datetime, **facts: Any) -> Invoice:
    invoice = Invoice.objects.lock(invoice.pk)
    if invoice.direction != "to_partner":
        raise Refused(_("这是伙伴自行开具的发票。"))
    before = said(invoice)
    invoice.mark(step, at=at, **facts)
    verb, kind = _OUTCOMES[step]
    after = said(invoice) | ({"reason": facts["reason"]} if facts["reason"] else {})
    record(verb, invoice, by=by, at=at, partner_id=invoice.partner_id, before=before, after=after)
    if kind and invoice.asked_by:
        notify(
            [invoice.asked_by],
            kind,
            key=f"{kind}:{invoice.pk}:{at:%Y%m%d%H%M%S%f}",
            at=at,
            invoice=invoice.pk,
            month=f"{invoice.obligation.month:%Y-%m}",
            number=invoice.number,
            reason=invoice.reason,
        )
    return invoice
