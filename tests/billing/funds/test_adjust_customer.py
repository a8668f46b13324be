"""拨款 and 回收: what moves, who may, and what is refused with a sentence."""

from decimal import Decimal

import pytest
from django.urls import reverse

from activity.models import Activity, Notification
from billing.funds import resellers, services, warning
from billing.funds.forms import read_amount
from billing.funds.models import Adjustment, CustomerFunds
from billing.funds.services import Type, Wish
from billing.services.facts import import_account_facts
from core.refusals import NotAllowed
from customers.models import Customer
from ledger.models import Account
from ledger.services import Insufficient, account_of, balance
from ops.money import CHECKS
from tests.factories import NOW, make_customer, make_money

pytestmark = [pytest.mark.django_db, pytest.mark.contexts]
RESALE, REFERRAL = Customer.Association.RESALE, Customer.Association.REFERRAL


@pytest.fixture
def customer(cast):
    make_money(cast.reseller, 1000)
    return make_customer(partner=cast.reseller, association_type=RESALE)


def cash(partner) -> Decimal:
    return account_of(partner.pk, Account.Kind.CASH).balance


def give(customer, by, amount="100", key="k", **more):
    wish = Wish(Decimal(amount), **more)
    return services.adjust_customer(customer, Type.ALLOCATE, wish, key=key, by=by, at=NOW)


def take(customer, by, amount="100", key="t"):
    wish = Wish(Decimal(amount))
    return services.adjust_customer(customer, Type.RECLAIM, wish, key=key, by=by, at=NOW)


def has(customer) -> Decimal:
    return balance(CustomerFunds.objects.get(customer=customer).account_id)


def test_an_allocation_is_the_customers_at_once_and_stands_in_log_and_records(cast, customer):
    made = give(customer, cast.cai, "100.50", memo="十一月")
    customer.refresh_from_db()
    assert (cash(cast.reseller), has(customer)) == (Decimal("899.50"), Decimal("100.50"))
    assert customer.available_amount == Decimal("100.50")
    assert (made.number[:2], made.member, made.memo) == ("AD", cast.cai, "十一月")
    line = Activity.objects.get(verb="funds.allocated", customer_id=customer.pk)
    assert line.after["amount"] == "100.50"


def test_what_is_reclaimed_comes_back(cast, customer):
    give(customer, cast.cai)
    assert take(customer, cast.cai, "40").number.startswith("RE")
    assert (cash(cast.reseller), has(customer)) == (940, 60)
    with pytest.raises(Insufficient, match=r"60\.00"):
        take(customer, cast.cai, "60.01", key="t2")


def test_the_same_submit_twice_is_one_allocation(cast, customer):
    assert give(customer, cast.cai).pk == give(customer, cast.cai).pk
    assert has(customer) == 100
    assert Activity.objects.filter(verb="funds.allocated").count() == 1


def test_no_more_than_there_is(cast, customer):
    with pytest.raises(Insufficient, match=r"1,000\.00"):
        give(customer, cast.cai, "1000.01")
    assert not Adjustment.objects.exists()


def test_credit_is_given_down_to_its_limit(cast, customer):
    credit = account_of(cast.reseller.pk, Account.Kind.CREDIT)
    Account.objects.filter(pk=credit.pk).update(floor=-200)
    give(customer, cast.cai, "200", money="credit")
    with pytest.raises(Insufficient):
        give(customer, cast.cai, "1", key="k2", money="credit")
    assert (balance(credit), cash(cast.reseller)) == (-200, 1000)


@pytest.mark.parametrize("type", [Type.ALLOCATE, Type.RECLAIM])
def test_a_referral_customer_is_never_adjusted(cast, type):
    customer = make_customer(partner=cast.reseller, association_type=REFERRAL)
    with pytest.raises(NotAllowed, match="顾问销售"):
        services.adjust_customer(customer, type, Wish(Decimal(1)), key="k", by=cast.cai, at=NOW)


def test_a_former_customer_is_not_adjusted(cast, customer):
    customer.mark_disassociated(at=NOW)
    assert not services.decide_adjust(cast.cai, Type.ALLOCATE, customer)


def test_an_account_manager_moves_no_money(cast, customer):
    assert not services.decide_adjust(cast.jing, Type.ALLOCATE, customer)


def test_what_the_vendor_reported_before_opens_the_account(cast, customer):
    Customer.objects.filter(pk=customer.pk).update(available_amount=70)
    give(customer, cast.cai, "30")
    customer.refresh_from_db()
    assert (has(customer), customer.available_amount) == (100, 100)


def test_what_the_vendor_reports_later_was_spent_or_came_back(cast, customer, tmp_path):
    give(customer, cast.cai, "100")
    for n, reported in enumerate(("64.20", "70")):
        file = tmp_path / "facts.csv"
        file.write_text(f"customer_number,available_amount\n{customer.number},{reported}\n")
        with file.open("rb") as stream:
            import_account_facts(stream, by=None, at=NOW.replace(minute=n))
        customer.refresh_from_db()
        assert (has(customer), customer.available_amount) == (Decimal(reported),) * 2
    assert cash(cast.reseller) == 900


def test_a_leaving_customer_returns_what_it_has_once(cast, customer):
    give(customer, cast.cai, "100")
    made = services.return_balance(customer, key="leave:1", by=None, at=NOW)
    again = services.return_balance(customer, key="leave:1", by=None, at=NOW)
    assert made is not None and made == again and made.type == Type.RETURN
    assert (has(customer), cash(cast.reseller)) == (0, 1000)
    assert Adjustment.objects.filter(type=Type.RETURN).count() == 1


def test_a_leaving_customer_without_money_leaves_no_record(cast, customer):
    assert services.return_balance(customer, key="leave:1", by=cast.yun, at=NOW) is None
    assert not Adjustment.objects.exists()


# ---- resellers ----


def test_a_distributor_gives_its_reseller_and_takes_back(cast):
    make_money(cast.distributor, 500)

    def adjust(type, amount, key):
        wish = Wish(Decimal(amount))
        return resellers.adjust_reseller(cast.reseller, type, wish, key=key, by=cast.zong, at=NOW)

    adjust(Type.ALLOCATE, "300", "a")
    adjust(Type.ALLOCATE, "300", "a")
    with pytest.raises(Insufficient):
        adjust(Type.RECLAIM, "300.01", "b")
    adjust(Type.RECLAIM, "100", "c")
    assert (cash(cast.distributor), cash(cast.reseller)) == (300, 200)
    told = Notification.objects.filter(partner=cast.reseller, kind="funds.received")
    assert {each.member_id for each in told} == {cast.yun.pk, cast.cai.pk}


@pytest.mark.parametrize("who", ["yun", "pang", "cai"])
def test_nobody_else_adjusts_a_reseller(cast, who):
    by = getattr(cast, who)
    with pytest.raises(NotAllowed):
        resellers.adjust_reseller(
            cast.reseller, Type.RECLAIM, Wish(Decimal(1)), key="k", by=by, at=NOW
        )


# ---- warning ----


def test_who_keeps_the_money_hears_once_when_it_falls_below(cast, customer):
    warning.set_warning(Decimal(850), by=cast.cai, at=NOW)
    give(customer, cast.cai, "150", key="to the threshold")
    assert not Notification.objects.filter(kind="funds.low").exists()
    give(customer, cast.cai, "0.01", key="below")
    give(customer, cast.cai, "10", key="further below")
    told = Notification.objects.filter(kind="funds.low")
    assert {each.member_id for each in told} == {cast.yun.pk, cast.cai.pk}
    assert told.count() == 2


# ---- amounts ----


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        *(("1", "1.00"), ("0.01", "0.01"), ("1,000.5", "1000.50"), (" 12.30 ", "12.30")),
        *(("１２３．４５", "123.45"), ("1，000", "1000.00"), ("9999999999.99", "9999999999.99")),
    ],
)
def test_an_amount_is_read(text, amount):
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        *("0", "0.00", "-1", "+1", "1.001", "1e3", "1e400", "NaN", "Infinity", "1,00", "1.000,00"),
        *("10000000000", "0x10", "1 000", "一百", "٣", "१२", "1_000", ".5", "5.", ""),
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(text):
    with pytest.raises(Exception, match="金额"):
        read_amount(text)


# ---- the page ----


def page(customer) -> str:
    return reverse("funds:allocate_customer", args=[customer.pk])


def test_the_page_shows_the_effect_before_it_does_it_and_does_it_once(sign_in, cast, customer):
    client = sign_in(cast.cai)
    token = client.get(page(customer)).context["form"]["token"].value()
    sent = {"amount": "１００", "money": "cash", "memo": "", "token": token, "step": ""}
    shown = client.post(page(customer), sent).content.decode()
    assert "余额变为 ¥900.00" in shown and not Adjustment.objects.exists()
    for _click in range(2):
        assert client.post(page(customer), sent | {"step": "confirm"}).status_code == 302
    assert (Adjustment.objects.count(), has(customer)) == (1, 100)


def test_the_back_button_and_another_amount_is_refused(sign_in, cast, customer):
    client = sign_in(cast.cai)
    sent = {"amount": "100", "money": "cash", "step": "confirm"}
    sent["token"] = client.get(page(customer)).context["form"]["token"].value()
    client.post(page(customer), sent)
    answer = client.post(page(customer), sent | {"amount": "200"})
    assert answer.status_code == 409 and "已提交过" in answer.content.decode()
    assert has(customer) == 100


def test_too_much_is_said_at_the_field(sign_in, cast, customer):
    sent = {"amount": "1000.01", "money": "cash", "token": "0" * 32}
    answer = sign_in(cast.cai).post(page(customer), sent)
    assert answer.status_code == 422 and "余额不足" in answer.content.decode()


def test_a_partner_may_ask_for_the_code_before_money_moves(sign_in, cast, customer):
    cast.reseller.sensitive_needs_code = True
    cast.reseller.save()
    answer = sign_in(cast.cai).get(page(customer))
    assert answer.status_code == 302 and "reauthenticate" in answer.url


def test_each_record_has_its_transfer(cast, customer):
    give(customer, cast.cai)
    assert {"adjustment.transfer", "transfer.adjustment"} <= {check.key for check in CHECKS}


@pytest.mark.parametrize(("who", "shown"), [("zong", True), ("cai", False)])
def test_only_a_distributor_has_records_with_resellers(sign_in, cast, who, shown):
    text = sign_in(getattr(cast, who)).get("/funds/adjustments/").content.decode()
    assert ("tab=resellers" in text) == shown
