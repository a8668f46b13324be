"""向厂商索取发票: what the partner does with a request, from the draft to the return."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core.refusals import Refused
from org.models import Member

from ..models import Invoice, InvoiceTitle, Obligation
from .shared import hold, hold_obligation, must_manage, must_settle, said


@dataclass(frozen=True)
class Wanted:
    """How the invoice is wanted."""

    medium: str
    kind: str
    mailbox: str = ""
    address: str = ""


@transaction.atomic
def request_invoice(
    obligation: Obligation, wanted: Wanted, *, draft: bool = False, by: Member, at: datetime
) -> Invoice:
    """索取发票 of a bill, whole; as a draft it waits to be submitted. Raises NotAllowed,
    Refused."""
    obligation = hold_obligation(obligation, by)
    must_settle(obligation, by, at=at)
    if not obligation.is_bill:
        raise Refused(_("代售和转售客户的发票由伙伴自行开具，请登记发票。"))
    invoice = Invoice.objects.create(
        partner_id=obligation.partner_id,
        obligation=obligation,
        direction=obligation.direction,
        amount=obligation.amount,
        state=Invoice.State.DRAFT if draft else Invoice.State.REVIEWING,
        state_at=at,
        title=_title(wanted, by),
        created_at=at,
        asked_by=by,
        **vars(wanted),
    )
    verb = "invoice.drafted" if draft else "invoice.requested"
    record(verb, invoice, by=by, at=at, after=said(invoice))
    return invoice


@transaction.atomic
def submit_invoice(
    invoice: Invoice, wanted: Wanted | None = None, *, by: Member, at: datetime
) -> Invoice:
    """提交 of a draft or of what was withdrawn, to the title that is valid now."""
    must_manage(by)
    invoice = hold(invoice, by)
    living = hold_obligation(invoice.obligation, by).living_invoice
    if living and living.pk != invoice.pk:
        raise Refused(_("已有未退票的发票或开票申请。"))
    wanted = wanted or Wanted(invoice.medium, invoice.kind, invoice.mailbox, invoice.address)
    before = said(invoice)
    invoice.mark("submit", at=at, title=_title(wanted, by), asked_by=by, **vars(wanted))
    record("invoice.requested", invoice, by=by, at=at, before=before, after=said(invoice))
    return invoice


def withdraw_invoice(invoice: Invoice, *, by: Member, at: datetime) -> Invoice:
    """撤销: at once while nobody works on it; afterwards the vendor is asked."""
    step = "ask_withdrawal" if invoice.state in ("issuing", "issuing_kept") else "withdraw"
    return _step(invoice, step, by=by, at=at)


def sign_invoice(invoice: Invoice, *, by: Member, at: datetime) -> Invoice:
    """签收 of a paper invoice."""
    return _step(invoice, "sign", by=by, at=at)


def return_invoice(invoice: Invoice, reason: str, *, by: Member, at: datetime) -> Invoice:
    """申请退票 of the vendor's invoice, whole. It cannot be taken back."""
    return _step(invoice, "ask_return", by=by, at=at, return_reason=reason)


_VERBS = {
    "withdraw": "invoice.withdrawn",
    "ask_withdrawal": "invoice.withdrawal_asked",
    "sign": "invoice.signed",
    "ask_return": "invoice.return_asked",
}


@transaction.atomic
def _step(invoice: Invoice, step: str, *, by: Member, at: datetime, **facts: str) -> Invoice:
    must_manage(by)
    invoice = hold(invoice, by)
    if invoice.direction != "to_partner":
        raise Refused(_("这是伙伴自行开具的发票。"))
    before = said(invoice)
    invoice.mark(step, at=at, **facts)
    after = said(invoice) | ({"reason": facts["return_reason"]} if facts else {})
    record(_VERBS[step], invoice, by=by, at=at, before=before, after=after)
    return invoice


def _title(wanted: Wanted, by: Member) -> InvoiceTitle:
    """The valid title, which the wanted invoice must suit."""
    title = InvoiceTitle.objects.visible_to(by).valid().first()
    if title is None:
        raise Refused(_("请先设置发票抬头。"))
    if title.kind == "organisation" and wanted.kind == "special":
        raise Refused(_("组织抬头只能开具增值税普通发票。"))
    if wanted.medium == "paper" and not wanted.address:
        raise Refused(_("纸质发票请填写邮寄地址。"))
    return title
