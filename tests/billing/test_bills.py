"""伙伴账单: what a month's bills say, and that they are made once (sales_pipeline.md §6.2)."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import Sum

from activity.models import Notification
from billing.bills import rules
from billing.bills.models import BilledCharge, BillRun, PartnerBill, TypeChange
from billing.bills.services import make_bills, make_due_bills
from billing.invoices.models import Obligation
from billing.models import DailyConsumption, MonthlyConsumption
from core.clock import BEIJING
from core.refusals import Refused
from tests import factories as f

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
IN_NOVEMBER = datetime(2026, 11, 5, 10, tzinfo=BEIJING)
IN_DECEMBER = datetime(2026, 12, 5, 10, tzinfo=BEIJING)


@pytest.fixture
def provider(db):
    return f.make_partner(name="方案商")


def spend(customer, day=date(2026, 10, 10), cny="100", **more):
    f.make_daily(customer=customer, day=day, cny=cny, **more)


def bill(month=OCTOBER, at=IN_NOVEMBER):
    return make_bills(month, by=None, at=at)


def owed(**such):
    rows = Obligation.objects.filter(**such).order_by("direction", "association_type")
    return {(o.direction, o.association_type): o.amount for o in rows}


# ---- what is billed, to whom ----


def test_of_resale_the_vendor_bills_the_provider_and_he_the_customer(provider):
    customer = f.make_customer(partner=provider, association_type="resale")
    spend(customer, cny="100.005")
    run = bill()
    assert (run.bills, run.lines, run.is_complete) == (1, 1, False)
    made = PartnerBill.objects.get()
    assert (made.partner, made.total, made.due) == (provider, Decimal("100.005"), Decimal("100.01"))
    assert owed() == {
        ("by_partner", "resale"): Decimal("100.01"),
        ("to_partner", "resale"): Decimal("100.01"),
    }
    by_partner = Obligation.objects.get(direction="by_partner")
    assert (by_partner.issuer, by_partner.receiver_number) == (provider, customer.number)


def test_postpaid_is_billed_as_resale_is_under_its_own_name(db):
    provider = f.make_partner(sales_model="postpaid")
    spend(f.make_customer(partner=provider, association_type="postpaid"))
    assert bill().bills == 1
    hundred = Decimal("100.00")
    assert owed() == {("by_partner", "postpaid"): hundred, ("to_partner", "postpaid"): hundred}


def test_of_referral_the_vendor_invoices_the_customer_and_bills_nobody(provider):
    spend(f.make_customer(partner=provider, association_type="referral"))
    assert bill().bills == 0
    assert owed() == {("to_customer", "referral"): Decimal("100.00")}
    assert Obligation.objects.get().issuer is None


def test_for_a_resellers_customers_the_distributor_is_billed_and_issues(cast):
    spend(f.make_customer(partner=cast.reseller, association_type="resale"), cny="70")
    spend(f.make_customer(partner=cast.distributor, association_type="resale"), cny="30")
    bill()
    made = PartnerBill.objects.get()
    assert (made.partner, made.due) == (cast.distributor, Decimal("100.00"))
    theirs = Obligation.objects.get(partner=cast.reseller)
    assert (theirs.direction, theirs.issuer) == ("by_partner", cast.distributor)
    assert not Obligation.objects.filter(partner=cast.reseller, direction="to_partner").exists()


def test_a_charge_counts_for_the_type_of_its_day(provider):
    customer = f.make_customer(partner=provider, association_type="resale")
    spend(customer, day=date(2026, 10, 31), days=31, cny="1")
    customer.association_type = "referral"
    customer.save(update_fields=["association_type"])
    change = TypeChange.objects.get()  # noted by the database
    assert (change.customer, change.before) == (customer, "resale")
    TypeChange.objects.update(changed_at=datetime(2026, 10, 11, 0, 30, tzinfo=BEIJING))
    bill()
    assert owed(customer=customer) == {
        ("by_partner", "resale"): Decimal("10.00"),
        ("to_customer", "referral"): Decimal("21.00"),
    }
    assert PartnerBill.objects.get().due == Decimal("10.00")


def test_a_customer_who_changed_partners_is_billed_to_each_for_his_days(provider):
    other = f.make_partner()
    left = datetime(2026, 10, 16, tzinfo=BEIJING)
    first = f.make_customer(partner=provider, association_type="resale", disassociated_at=left)
    second = f.make_customer(
        partner=other, number=first.number, association_type="resale", associated_at=left
    )
    spend(first, day=date(2026, 10, 15), cny="40")
    spend(second, day=date(2026, 10, 16), cny="60")
    bill()
    dues = dict(PartnerBill.objects.values_list("partner", "due"))
    assert dues == {provider.pk: Decimal("40.00"), other.pk: Decimal("60.00")}


def test_a_month_in_which_more_was_refunded_than_spent_owes_nothing(provider):
    customer = f.make_customer(partner=provider, association_type="resale")
    spend(customer, cny="-5")
    bill()
    made = PartnerBill.objects.get()
    assert (made.total, made.due) == (Decimal(-5), Decimal(0))
    assert set(owed().values()) == {Decimal(0)}


# ---- once, and what comes later ----


def test_bills_of_a_month_are_made_once(provider):
    customer = f.make_customer(partner=provider, association_type="resale")
    spend(customer)
    first = bill()
    spend(customer, day=date(2026, 10, 11), cny="7")
    assert bill(at=IN_DECEMBER) == first
    assert PartnerBill.objects.get().due == Decimal("100.00")


def test_what_changes_afterwards_comes_onto_the_next_bill(provider):
    customer = f.make_customer(partner=provider, association_type="resale")
    spend(customer)
    bill()
    spend(customer, day=date(2026, 11, 3), cny="20")
    october = MonthlyConsumption.objects.filter(month=OCTOBER)
    october.update(amount_cny=Decimal(90), amount=Decimal(90))
    bill(NOVEMBER, at=IN_DECEMBER)
    lines = BilledCharge.objects.filter(bill_month=NOVEMBER).order_by("charge_month")
    assert [(n.charge_month, n.amount) for n in lines] == [
        (OCTOBER, Decimal(-10)),
        (NOVEMBER, Decimal(20)),
    ]
    assert PartnerBill.objects.get(month=NOVEMBER).due == Decimal("10.00")
    assert BilledCharge.objects.aggregate(n=Sum("amount"))["n"] == Decimal(110)


def test_a_day_without_a_rate_is_billed_once_it_has_one(provider):
    customer = f.make_customer(partner=provider, association_type="resale")
    spend(customer, day=date(2026, 10, 10), cny="70", currency="USD", amount="10")
    spend(customer, day=date(2026, 10, 11), cny=None, currency="USD", amount="10")
    bill()
    assert PartnerBill.objects.get().due == Decimal("70.00")
    DailyConsumption.objects.filter(amount_cny=None).update(amount_cny=Decimal(71))
    MonthlyConsumption.objects.update(amount_cny=Decimal(141))
    bill(NOVEMBER, at=IN_DECEMBER)
    assert PartnerBill.objects.get(month=NOVEMBER).due == Decimal("71.00")


def test_a_month_that_was_never_billed_is_no_correction(provider):
    customer = f.make_customer(partner=provider, association_type="resale")
    spend(customer, day=date(2026, 9, 9))
    spend(customer)
    bill()
    assert PartnerBill.objects.get().due == Decimal("100.00")


def test_a_month_that_lasts_is_not_billed(provider):
    with pytest.raises(Refused, match="尚未结束"):
        bill(NOVEMBER, at=IN_NOVEMBER)


# ---- when ----


@pytest.mark.parametrize(
    ("day", "hour", "is_complete", "due"),
    [
        (3, 23, True, False),
        (4, 0, True, True),
        (4, 23, False, False),
        (5, 10, False, False),
        (5, 11, False, True),
        (20, 9, False, True),
    ],
)
def test_bills_are_made_from_the_fourth_on_and_by_noon_of_the_fifth(day, hour, is_complete, due):
    at = datetime(2026, 11, day, hour, tzinfo=BEIJING)
    assert rules.month_due(at, is_complete) == (OCTOBER if due else None)


def test_the_task_makes_last_months_bills_when_it_is_time(provider):
    spend(f.make_customer(partner=provider, association_type="resale"))
    assert make_due_bills(at=datetime(2026, 11, 4, 9, tzinfo=BEIJING)) is None
    f.make_complete(day=date(2026, 10, 31), days=31)
    assert make_due_bills(at=datetime(2026, 11, 3, 9, tzinfo=BEIJING)) is None
    assert make_due_bills(at=datetime(2026, 11, 4, 9, tzinfo=BEIJING)).is_complete
    assert make_due_bills(at=datetime(2026, 11, 4, 10, tzinfo=BEIJING)) is None
    assert BillRun.objects.count() == 1


def test_main_account_and_finance_are_told_once(cast):
    spend(f.make_customer(partner=cast.distributor, association_type="resale"))
    bill()
    bill()
    [told] = Notification.objects.filter(kind="bill.made")
    assert told.member == cast.zong and told.params["due"] == "100.00"


def test_the_command_bills_last_month_and_says_so(provider, capsys, time_machine):
    spend(f.make_customer(partner=provider, association_type="resale"))
    time_machine.move_to(IN_NOVEMBER, tick=False)
    call_command("make_bills")
    assert "2026-10 已出账：账单 1 份" in capsys.readouterr().out
    time_machine.move_to(IN_DECEMBER, tick=False)
    call_command("make_bills", "2026-10")
    assert "此前已出账" in capsys.readouterr().out
    with pytest.raises(CommandError, match="尚未结束"):
        call_command("make_bills", "2026-12")


# ---- kept by the database ----


def test_a_line_that_is_charged_stands_on_a_bill(provider):
    customer = f.make_customer(partner=provider, association_type="resale")
    line = BilledCharge(
        partner=provider,
        customer=customer,
        customer_number=customer.number,
        association_type="resale",
        service=f.make_service(),
        charge_month=OCTOBER,
        bill_month=OCTOBER,
        payer=provider,
        amount=1,
    )
    with pytest.raises(IntegrityError, match="on_a_bill"), transaction.atomic():
        line.save()
