"""账务 of the demo: bills of the months that are over, and invoices in several states."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from billing.bills.models import BillRun, PartnerBill
from billing.bills.services import make_bills
from billing.contracts.services import Terms, make_agreement
from billing.invoices.agreements import Contract
from billing.invoices.models import Invoice, Obligation, ObligationQuerySet
from billing.invoices.rules import opens_on
from billing.invoices.services import handling, requests
from billing.invoices.services.contracts import create_contract
from billing.invoices.services.own import record_invoice
from billing.invoices.services.requests import Wanted
from billing.invoices.services.settlements import answer_settlement, record_settlement
from billing.invoices.services.titles import set_title
from core.clock import first_of_month, next_month, start_of
from org.models import Member, User

_BILLED_AT = timedelta(days=4, hours=9)  # of the month after: the 5th, 9:00
_ISSUED = 6  # customers whose invoices of the first month are recorded
_WANTED = Wanted("digital", "special", "fapiao@example.com")
_TITLE = {
    "kind": "company",
    "tax_number": "91440300YXDEM0001A",
    "bank": "示例银行深圳分行",
    "bank_account": "0000123456789",
    "address": "深圳市南山区示例路 1 号",
    "telephone": "0755-00000000",
}


def bill_months(first_day: date, *, at: datetime) -> None:
    """Every month since then whose bills are due; what is billed already stays."""
    month = first_of_month(first_day)
    while (due := start_of(next_month(month)) + _BILLED_AT) <= at:
        if not BillRun.objects.filter(month=month).exists():
            make_bills(month, by=None, at=due)
        month = next_month(month)


def invoice(distributor: Member, reseller: Member, operator: User) -> None:
    """The first bill invoiced, the last one asked for, some customers invoiced, one contract,
    and what the two partners settled. Done once."""
    bills = list(PartnerBill.objects.visible_to(distributor).filter(due__gt=0).order_by("month"))
    known = Invoice.objects.filter(partner_id=distributor.partner_id)
    if not bills or known.exists():
        return
    months = [bill.month for bill in bills]
    at = start_of(opens_on(months[0])) + timedelta(days=3)
    set_title(**_TITLE, name=distributor.partner.name, by=distributor, at=at)
    for month in (months[0], months[-1]):
        asked = start_of(opens_on(month)) + timedelta(days=3)
        owed = _owed(distributor, month).filter(direction="to_partner").first()
        if owed and not owed.living_invoice:
            requests.request_invoice(owed, _WANTED, by=distributor, at=asked)
    first = known.order_by("pk").first()
    if first:
        handling.accept_invoice(first, by=operator, at=at)
        day = opens_on(months[0])
        handling.issue_invoice(
            first, number="24442000000000000001", issued_on=day, by=operator, at=at
        )
    _issue_own(distributor, months[0], at=at)
    _settle(distributor, reseller, months[0], at=at)
    _keep_contract(distributor, operator, at=at)
    _agree_to_pay(distributor, months, at=at)


def _owed(member: Member, month: date) -> ObligationQuerySet:
    return Obligation.objects.visible_to(member).filter(month=month)


def _issue_own(by: Member, month: date, *, at: datetime) -> None:
    mine = _owed(by, month).filter(issuer_id=by.partner_id, amount__gt=0).order_by("pk")
    for n, owed in enumerate(mine[:_ISSUED], start=1):
        record_invoice(
            owed,
            number=f"2544200000{n:010d}",
            issued_on=opens_on(month),
            medium="digital",
            kind="special",
            by=by,
            at=at,
        )


def _settle(distributor: Member, reseller: Member, month: date, *, at: datetime) -> None:
    if reseller.partner.distributor_id != distributor.partner_id:
        return
    paid: dict[str, Any] = {"month": month, "kind": "payment", "note": "按双方约定"}
    first = record_settlement(
        **paid, amount=Decimal("120000.00"), number="FK-0001", by=reseller, at=at
    )
    answer_settlement(first, agreed=True, by=distributor, at=at + timedelta(hours=4))
    later = at + timedelta(days=1)
    record_settlement(**paid, amount=Decimal("36500.00"), number="FK-0002", by=reseller, at=later)


def _agree_to_pay(distributor: Member, months: list[date], *, at: datetime) -> None:
    """线上合同 of the first two months."""
    for n, month in enumerate(months[:2], start=1):
        day = opens_on(month) + timedelta(days=10)
        purpose = f"{month:%Y} 年 {month.month} 月云服务费"
        terms = Terms(amount=Decimal(f"{n}28000.00"), pays_on=day, purpose=purpose)
        token = uuid5(NAMESPACE_URL, f"agreement-{n}")
        make_agreement(terms, token=token, by=distributor, at=max(at, start_of(day)))


def _keep_contract(distributor: Member, operator: User, *, at: datetime) -> None:
    if Contract.objects.filter(partner_id=distributor.partner_id).exists():
        return
    year = at.year
    create_contract(
        partner=distributor.partner,
        number=f"HT-{year}-0001",
        name="代售框架协议",
        signed_on=date(year, 1, 5),
        starts_on=date(year, 1, 1),
        ends_on=date(year, 12, 31),
        amount=None,
        by=operator,
        at=at,
    )
