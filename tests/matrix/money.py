"""Bills, invoices, contracts and settlements of the matrix's world."""

from datetime import date

from billing.bills.models import BillRun, TypeChange
from customers.models import Customer
from org.models import Member, Partner
from tests import money as m
from tests.factories import NOW

# A request in each state that somebody can do something about, one a month.
STATES = ("issued", "reviewing", "draft", "to_sign", "issuing", "withdrawing", "returning")
# Acts whose form stands on the page of the row.
POSTED_TO = (
    *("invoices:record_invoice", "invoices:request_invoice"),
    *("bills:download_bill", "invoices:download_statement", "contracts:download"),
    *(f"invoices:{act}_invoice" for act in ("submit", "withdraw", "sign", "return")),
    *(f"invoices:{act}_settlement" for act in ("agree", "dispute", "withdraw")),
)
# What a POST needs beyond the first choice of each field.
_NUMBER = {"number": "2544200000777", "issued_on": "2026-11-20"}
_REVEAL = {"reveal": "receiver"}
SENT = {
    "invoices:obligation_list": _REVEAL,
    "invoices:own_invoice_list": _REVEAL,
    "invoices:record_invoice": _NUMBER,
    "invoices:submit_invoice": {"medium": "digital", "mailbox": ""},
    "invoices:title": {"tax_number": "91440300MA5EXAMPL1"},
    "contracts:apply": {"amount": "1.00", "pays_on": "2026-11-01", "confirm": "1"},
    "invoices:record_settlement": {"month": "2026-10", "amount": "80.00"},
    "admin:billing_invoice_do": _NUMBER,
    "admin:billing_billrun_add": {"month": "2026-08"},
    "admin:billing_contract_add": {"amount": "100.00", "number": "HT-777"},
    "admin:billing_contract_change": {"amount": "100.00"},
}


def of_partner(partner: Partner) -> None:
    """Bills, the last of which waits for its invoice; for a reseller, what it settled."""
    by = Member.objects.filter(partner=partner).order_by("pk").first()
    m.make_title(by=by)
    m.make_bill(partner=partner)
    m.make_owed_bill(partner=partner)
    for n, state in enumerate(STATES, start=1):
        earlier = m.make_owed_bill(partner=partner, month=date(2026, n, 1))
        m.make_request(obligation=earlier, by=by, state=state)
    m.make_contract(partner=partner)
    m.make_agreement(by=by)
    if partner.distributor_id:
        m.make_settlement(reseller=partner, by=by)


def of_former_reseller(partner: Partner, distributor: Partner) -> None:
    by = Member.objects.filter(partner=distributor).order_by("pk").first()
    m.make_settlement(reseller=partner, distributor=distributor, by=by)


def of_customer(customer: Customer) -> None:
    """What is owed for two months; the first of them is invoiced."""
    before = m.make_owed(customer=customer, month=date(2026, 9, 1))
    m.make_own(obligation=before)
    m.make_owed(customer=customer)
    m.make_line(customer=customer)
    TypeChange.objects.create(
        partner_id=customer.partner_id, customer=customer, before="referral", changed_at=NOW
    )


def of_vendor() -> None:
    BillRun.objects.create(month=m.OCTOBER, is_complete=True, bills=1, lines=1, made_at=NOW)
