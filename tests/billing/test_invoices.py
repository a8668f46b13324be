"""Requests to the vendor and invoices of the partner: who, when, over how much (§6.4)."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from activity.models import Activity, Notification
from billing.invoices import rules
from billing.invoices.models import Invoice, InvoiceTitle
from billing.invoices.services import handling, requests
from billing.invoices.services.own import record_invoice, take_back_invoice
from billing.invoices.services.requests import Wanted
from billing.invoices.services.titles import set_title
from core.clock import BEIJING
from core.refusals import InvalidTransition, NotAllowed, Refused
from tests import factories as f
from tests import money as m
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DIGITAL = Wanted("digital", "special", "fapiao@example.com")
TITLE = {
    "kind": "company",
    "name": "华南总代有限公司",
    "tax_number": "91440300MA5EXAMPL1",
    "bank": "",
    "bank_account": "",
    "address": "",
    "telephone": "",
}
OWN = {"number": "25442000000012", "issued_on": date(2026, 11, 6), "medium": "digital"}


@pytest.fixture
def bill(cast):
    """What the vendor owes the distributor for October."""
    m.make_title(by=cast.zong)
    return m.make_owed_bill(partner=cast.distributor)


@pytest.fixture
def owed(cast):
    """What the distributor owes its reseller's customer."""
    return m.make_owed(customer=f.make_customer(manager=cast.jing, association_type="resale"))


def ask(bill, cast, wanted=DIGITAL, **more):
    return requests.request_invoice(bill, wanted, by=cast.zong, at=NOW, **more)


def issue(invoice, cast, number="044002600111", **more):
    return handling.issue_invoice(
        invoice, number=number, issued_on=date(2026, 11, 20), by=cast.yunying, at=NOW, **more
    )


def issued(bill, cast):
    return issue(handling.accept_invoice(ask(bill, cast), by=cast.yunying, at=NOW), cast)


# ---- asked of the vendor ----


def test_a_request_is_reviewed_accepted_and_issued(cast, bill):
    invoice = ask(bill, cast)
    assert (invoice.state, invoice.amount) == ("reviewing", bill.amount)
    handling.accept_invoice(invoice, by=cast.yunying, at=NOW)
    invoice = issue(invoice, cast)
    assert (invoice.state, invoice.number) == ("issued", "044002600111")
    [told] = Notification.objects.filter(kind="invoice.issued")
    assert told.member == cast.zong
    verbs = Activity.objects.filter(partner=cast.distributor).order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [
        "invoice.requested",
        "invoice.accepted",
        "invoice.issued",
    ]


def test_a_paper_invoice_waits_to_be_signed_for(cast, bill):
    invoice = ask(bill, cast, Wanted("paper", "special", address="深圳市南山区"))
    handling.accept_invoice(invoice, by=cast.yunying, at=NOW)
    with pytest.raises(Refused, match="快递单号"):
        issue(invoice, cast)
    assert issue(invoice, cast, courier="SF1").state == "to_sign"
    assert requests.sign_invoice(invoice, by=cast.zong, at=NOW).state == "issued"


def test_what_is_rejected_goes_back_to_the_draft_with_its_reason(cast, bill):
    invoice = ask(bill, cast)
    handling.reject_invoice(invoice, "抬头有误", by=cast.yunying, at=NOW)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.reason) == ("draft", "抬头有误")
    [told] = Notification.objects.filter(kind="invoice.rejected")
    assert told.params["reason"] == "抬头有误"
    invoice = requests.submit_invoice(invoice, by=cast.zong, at=NOW)
    assert invoice.state == "reviewing"


def test_a_draft_is_submitted_when_the_partner_wishes(cast, bill):
    invoice = ask(bill, cast, draft=True)
    assert invoice.state == "draft"
    assert requests.submit_invoice(invoice, by=cast.zong, at=NOW).state == "reviewing"


def test_a_request_is_withdrawn_at_once_while_nobody_works_on_it(cast, bill):
    invoice = requests.withdraw_invoice(ask(bill, cast), by=cast.zong, at=NOW)
    assert invoice.state == "withdrawn"
    assert requests.submit_invoice(invoice, by=cast.zong, at=NOW).state == "reviewing"


def test_of_what_is_being_issued_the_vendor_is_asked(cast, bill):
    invoice = handling.accept_invoice(ask(bill, cast), by=cast.yunying, at=NOW)
    assert requests.withdraw_invoice(invoice, by=cast.zong, at=NOW).state == "withdrawing"
    handling.answer_withdrawal(invoice, granted=False, reason="已开出", by=cast.yunying, at=NOW)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.get_state_display()) == ("issuing_kept", "开票中（撤销失败）")
    assert requests.withdraw_invoice(invoice, by=cast.zong, at=NOW).state == "withdrawing"
    handling.answer_withdrawal(invoice, granted=True, by=cast.yunying, at=NOW)
    invoice.refresh_from_db()
    assert invoice.state == "withdrawn"


def test_a_return_cannot_be_taken_back_and_is_answered_by_the_vendor(cast, bill):
    invoice = requests.return_invoice(issued(bill, cast), "金额有误", by=cast.zong, at=NOW)
    assert invoice.state == "returning"
    with pytest.raises(InvalidTransition):
        requests.withdraw_invoice(invoice, by=cast.zong, at=NOW)
    handling.answer_return(invoice, granted=False, reason="已入账", by=cast.yunying, at=NOW)
    invoice.refresh_from_db()
    assert invoice.get_state_display() == "已开票（退票驳回）"
    requests.return_invoice(invoice, "金额有误", by=cast.zong, at=NOW)
    handling.answer_return(invoice, granted=True, by=cast.yunying, at=NOW)
    invoice.refresh_from_db()
    assert invoice.state == "returned"
    assert ask(bill, cast).state == "reviewing"  # issued anew


def test_a_refusal_of_the_vendor_has_a_reason(cast, bill):
    invoice = requests.return_invoice(issued(bill, cast), "有误", by=cast.zong, at=NOW)
    with pytest.raises(Refused, match="请填写原因"):
        handling.answer_return(invoice, granted=False, by=cast.yunying, at=NOW)


def test_last_month_is_invoiced_after_the_third(cast, bill):
    third = datetime(2026, 11, 3, 23, 59, tzinfo=BEIJING)
    with pytest.raises(Refused, match="2026-11-04"):
        requests.request_invoice(bill, DIGITAL, by=cast.zong, at=third)
    fourth = datetime(2026, 11, 4, 0, 0, tzinfo=BEIJING)
    assert requests.request_invoice(bill, DIGITAL, by=cast.zong, at=fourth).pk


def test_an_obligation_has_one_invoice_that_lives(cast, bill):
    ask(bill, cast)
    with pytest.raises(Refused, match="已有未退票"):
        ask(bill, cast)


def test_without_a_title_nothing_is_asked(cast):
    bill = m.make_owed_bill(partner=cast.distributor)
    with pytest.raises(Refused, match="发票抬头"):
        ask(bill, cast)


def test_an_organisation_gets_ordinary_invoices_only(cast):
    m.make_title(by=cast.zong, kind="organisation", tax_number="")
    bill = m.make_owed_bill(partner=cast.distributor)
    with pytest.raises(Refused, match="普通发票"):
        ask(bill, cast)
    assert ask(bill, cast, Wanted("digital", "ordinary")).pk


def test_a_bill_over_nothing_needs_no_invoice(cast):
    bill = m.make_owed_bill(partner=cast.distributor, amount="0.00")
    with pytest.raises(Refused, match="无需开票"):
        ask(bill, cast)


def test_only_who_may_manage_invoices_asks(cast):
    customer = f.make_customer(manager=cast.jing, association_type="resale")
    with pytest.raises(NotAllowed):
        record_invoice(m.make_owed(customer=customer), **OWN, kind="special", by=cast.jing, at=NOW)


# ---- the title ----


def test_one_title_is_valid_and_the_former_stays_with_what_was_issued(cast, bill):
    invoice = ask(bill, cast)
    before = invoice.title
    after = set_title(**TITLE, by=cast.zong, at=NOW)
    assert InvoiceTitle.objects.valid().get(partner=cast.distributor) == after
    invoice.refresh_from_db()
    assert invoice.title == before
    assert set_title(**TITLE, by=cast.zong, at=NOW) == after  # nothing changed, nothing made


# ---- issued by the partner ----


def test_the_distributor_records_what_it_issued_to_its_resellers_customer(cast, owed):
    invoice = record_invoice(owed, **OWN, kind="special", by=cast.zong, at=NOW)
    assert (invoice.state, invoice.issuer, invoice.amount) == (
        "issued",
        cast.distributor,
        owed.amount,
    )


def test_the_reseller_does_not_record_it(cast, owed):
    with pytest.raises(Refused, match="由 华南总代 开给客户"):
        record_invoice(owed, **OWN, kind="special", by=cast.cai, at=NOW)


def test_what_the_partner_took_back_is_issued_anew(cast, owed):
    invoice = record_invoice(owed, **OWN, kind="special", by=cast.zong, at=NOW)
    take_back_invoice(invoice, "税率有误", by=cast.zong, at=NOW)
    with pytest.raises(InvalidTransition):
        take_back_invoice(invoice, "税率有误", by=cast.zong, at=NOW)
    again = OWN | {"number": "25442000000013"}
    assert record_invoice(owed, **again, kind="special", by=cast.zong, at=NOW).pk


def test_a_number_is_recorded_once(cast, owed):
    record_invoice(owed, **OWN, kind="special", by=cast.zong, at=NOW)
    other = m.make_owed(customer=f.make_customer(manager=cast.jing, association_type="resale"))
    with pytest.raises(Refused, match="已登记"):
        record_invoice(other, **OWN, kind="special", by=cast.zong, at=NOW)


def test_what_the_vendor_invoices_to_a_customer_the_partner_cannot_take_over(cast):
    referral = m.make_owed(customer=f.make_customer(partner=cast.distributor))
    with pytest.raises(Refused, match="不能改开给伙伴"):
        record_invoice(referral, **OWN, kind="special", by=cast.zong, at=NOW)


# ---- steps, and what the database holds ----


def test_every_step_leads_to_a_state_that_is_known():
    states = set(Invoice.State)
    for sources, target in rules.STEPS.values():
        assert sources <= states and target in states
    reached = {target for _sources, target in rules.STEPS.values()} | {"to_sign"}
    assert reached | {"draft"} == states


@pytest.mark.parametrize("change", [{"amount": "99.00"}, {"amount": "101.00"}])
def test_an_invoice_is_over_the_whole_of_what_is_owed(cast, bill, change):
    invoice = m.make_request(obligation=bill, by=cast.zong)
    with pytest.raises(IntegrityError, match="over_the_whole"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(**change)


def test_two_invoices_of_one_obligation_never_live(cast, bill):
    m.make_request(obligation=bill, by=cast.zong, state="returned")
    m.make_request(obligation=bill, by=cast.zong)
    with pytest.raises(IntegrityError, match="one_lives"), transaction.atomic():
        m.make_request(obligation=bill, by=cast.zong, state="issued")


def test_an_issued_invoice_has_its_number(cast, bill):
    invoice = m.make_request(obligation=bill, by=cast.zong)
    with pytest.raises(IntegrityError, match="numbered"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(state="issued")


def test_only_its_issuer_issues(cast, owed):
    invoice = m.make_own(obligation=owed)
    with pytest.raises(IntegrityError, match="by_its_issuer"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(issuer=cast.stranger)
