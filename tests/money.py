"""Bills, obligations, invoices, contracts and settlements for tests."""

import itertools
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import uuid4

from billing.bills.models import BilledCharge, PartnerBill
from billing.contracts.models import PaymentAgreement
from billing.contracts.paper import agreement_paper
from billing.invoices.agreements import Contract, Settlement
from billing.invoices.models import Direction, Invoice, InvoiceTitle, Obligation
from customers.models import Customer
from org.models import Member, Partner

from .factories import NOW, make_service

OCTOBER = date(2026, 10, 1)
_numbers = itertools.count(1)


def make_bill(
    *, partner: Partner, month: date = OCTOBER, due: str = "100.00", **fields: Any
) -> PartnerBill:
    fields.setdefault("total", Decimal(due))
    return PartnerBill.objects.create(
        partner=partner, month=month, due=due, is_complete=True, made_at=NOW, **fields
    )


def make_line(*, customer: Customer, month: date = OCTOBER, amount: str = "100") -> BilledCharge:
    """A line of the bill of whoever pays for the customer."""
    resale = customer.association_type == "resale"
    return BilledCharge.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        customer_number=customer.number,
        association_type=customer.association_type,
        service=make_service(name=f"产品{next(_numbers)}"),
        charge_month=month,
        bill_month=month,
        payer=issuer_of(customer.partner) if resale else None,
        amount=Decimal(amount),
    )


def issuer_of(partner: Partner) -> Partner:
    return partner.distributor or partner


def make_owed(
    *, customer: Customer, month: date = OCTOBER, amount: str = "100.00", **fields: Any
) -> Obligation:
    """What is owed to a customer, as its type says."""
    resale = customer.association_type == "resale"
    issuer = issuer_of(customer.partner) if resale else None
    return Obligation.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        issuer=issuer,
        issuer_name=issuer.name if issuer else "",
        receiver_number=customer.number,
        receiver_name=customer.name,
        month=month,
        association_type=customer.association_type,
        direction=Direction.BY_PARTNER if resale else Direction.TO_CUSTOMER,
        amount=Decimal(amount),
        made_at=NOW,
        **fields,
    )


def make_owed_bill(
    *, partner: Partner, month: date = OCTOBER, amount: str = "100.00"
) -> Obligation:
    """What the vendor owes a partner for its bill."""
    return Obligation.objects.create(
        partner=partner,
        receiver_name=partner.name,
        month=month,
        association_type="resale",
        direction=Direction.TO_PARTNER,
        amount=Decimal(amount),
        made_at=NOW,
    )


def make_title(*, by: Member, **fields: Any) -> InvoiceTitle:
    fields.setdefault("kind", "company")
    fields.setdefault("name", "云帆科技有限公司")
    fields.setdefault("tax_number", "91440300MA5EXAMPL1")
    return InvoiceTitle.objects.create(partner_id=by.partner_id, set_by=by, set_at=NOW, **fields)


def make_request(
    *, obligation: Obligation, by: Member, state: str = "reviewing", **fields: Any
) -> Invoice:
    """An invoice asked of the vendor, with what its state goes with."""
    if state in Invoice.NUMBERED:
        fields.setdefault("number", f"2026{next(_numbers):08d}")
        fields.setdefault("issued_on", NOW.date())
    if state in ("returning", "returned"):
        fields.setdefault("return_reason", "抬头有误")
    title = InvoiceTitle.objects.filter(partner_id=by.partner_id, retired_at=None).first()
    fields.setdefault("medium", "digital")
    return Invoice.objects.create(
        partner_id=obligation.partner_id,
        obligation=obligation,
        direction=obligation.direction,
        amount=obligation.amount,
        state=state,
        state_at=NOW,
        title=title or make_title(by=by),
        kind="special",
        created_at=NOW,
        asked_by=by,
        **fields,
    )


def make_own(*, obligation: Obligation, **fields: Any) -> Invoice:
    """An invoice that a partner issued to its customer."""
    fields.setdefault("number", f"OWN{next(_numbers):08d}")
    return Invoice.objects.create(
        partner_id=obligation.partner_id,
        obligation=obligation,
        direction=obligation.direction,
        issuer_id=obligation.issuer_id,
        amount=obligation.amount,
        state="issued",
        state_at=NOW,
        medium="digital",
        kind="special",
        created_at=NOW,
        issued_on=NOW.date(),
        **fields,
    )


def make_contract(*, partner: Partner, **fields: Any) -> Contract:
    fields.setdefault("number", f"HT-{next(_numbers):06d}")
    return Contract.objects.create(
        partner=partner,
        name="代售框架协议",
        signed_on=date(2026, 1, 5),
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        **fields,
    )


def make_agreement(*, by: Member, **fields: Any) -> PaymentAgreement:
    number = fields.setdefault("number", f"FK20261120{next(_numbers):08d}")
    paper = agreement_paper(number=number, payer=by.partner.name, clauses=["一"], at=NOW)
    document = paper.as_pdf()
    return PaymentAgreement.objects.create(
        partner_id=by.partner_id,
        token=uuid4(),
        payer=by.partner.name,
        amount=fields.pop("amount", Decimal("1280.00")),
        pays_on=fields.pop("pays_on", date(2026, 11, 1)),
        purpose=fields.pop("purpose", "10 月云服务费"),
        version="2026-11",
        made_at=NOW,
        made_by=by,
        document=document,
        checksum=sha256(document).hexdigest(),
        **fields,
    )


def make_settlement(
    *, reseller: Partner, by: Member, distributor: Partner | None = None, **fields: Any
) -> Settlement:
    """With its distributor, unless told that it was another's once."""
    distributor = distributor or reseller.distributor
    fields.setdefault("amount", Decimal("80.00"))
    return Settlement.objects.create(
        partner=distributor,
        partner_name=distributor.name,
        reseller=reseller,
        reseller_name=reseller.name,
        month=OCTOBER,
        kind="payment",
        recorder_id=by.partner_id,
        recorded_by=by.user,
        recorded_at=NOW,
        **fields,
    )
