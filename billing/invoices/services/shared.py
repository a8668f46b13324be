"""What the acts on invoices share: who may, which row, and what the log says."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.refusals import NotAllowed, Refused, Vanished
from org.models import Member
from org.permissions import INVOICES_MANAGE, INVOICES_VIEW

from .. import rules
from ..models import Invoice, Obligation


def decide_manage(by: Member) -> Decision:
    """Whether the member may ask for, record and return invoices."""
    return by.may(INVOICES_MANAGE)


def decide_see_resellers(by: Member) -> Decision:
    """Whether the member may see what the partner issues to its resellers' customers."""
    if not (decision := by.may(INVOICES_VIEW)):
        return decision
    if not by.partner.is_distributor:
        return denied(_("只有总经销商为云经销商的客户开票"))
    return ALLOWED


def must_manage(by: Member) -> None:
    if not (decision := decide_manage(by)):
        raise NotAllowed(decision)


def decide_settle(obligation: Obligation, by: Member, *, at: Any) -> Decision:
    """Whether this obligation can be settled by the member's partner now: a request to the
    vendor, or an invoice of its own. The reason is for the disabled button, too."""
    if not (decision := decide_manage(by)):
        return decision
    if obligation.direction == "to_customer":
        return denied(_("由厂商开给客户，客户在费用中心自行索取，不能改开给伙伴"))
    if obligation.direction == "by_partner" and obligation.issuer_id != by.partner_id:
        return denied(_("由 %(name)s 开给客户") % {"name": obligation.issuer_name})
    if obligation.is_bill and obligation.partner_id != by.partner_id:
        return denied(_("这是其他伙伴的账单"))
    if not obligation.amount:
        return denied(_("应开票金额为 0，无需开票"))
    if day_of(at) < (first := rules.opens_on(obligation.month)):
        return denied(_("上月发票须在 3 日之后办理，请于 %(day)s 起操作") % {"day": first})
    if obligation.living_invoice:
        return denied(_("已有未退票的发票或开票申请"))
    return ALLOWED


def must_settle(obligation: Obligation, by: Member, *, at: Any) -> None:
    must_manage(by)
    if not (decision := decide_settle(obligation, by, at=at)):
        raise Refused(str(decision))


def hold_obligation(obligation: Obligation, by: Member) -> Obligation:
    """Read anew, while nobody else settles it. Its row is the vendor's and never changes, so that
    it cannot be locked itself."""
    with connection.cursor() as cursor:
        key = obligation.pk % 2**31
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('billing.obligation'), %s)", [key])
    if (row := Obligation.objects.visible_to(by).filter(pk=obligation.pk).first()) is None:
        raise Vanished(_("已由他人修改，请刷新后重试。"))
    return row


def hold(invoice: Invoice, by: Member) -> Invoice:
    """The invoice, locked, of the partner that acts on it."""
    return Invoice.objects.visible_to(by).lock(invoice.pk)


def said(invoice: Invoice) -> dict[str, Any]:
    """An invoice as the log shows it."""
    told = {
        "month": f"{invoice.obligation.month:%Y-%m}",
        "amount": str(invoice.amount),
        "invoice_state": invoice.state,
    }
    return told | ({"invoice_number": invoice.number} if invoice.number else {})
