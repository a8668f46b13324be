"""The demo: one known account per role, alerts that wait, and the same again at the next start."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from activity.models import Announcement
from associations.models import AssociationChange, Invitation
from billing.bills.models import PartnerBill
from billing.budgets.models import Budget, BudgetRecord
from billing.invoices.agreements import Settlement
from billing.invoices.models import Invoice
from core import tenancy
from customers.authorizations.models import Authorization
from customers.freezing.models import Freeze, LimitGrant
from customers.models import Customer
from followups.models import Alert, AlertHandling
from org.models import Member, User
from org.permissions import PRESETS
from partnercenter.world import demo
from partnercenter.world.demo import portal

from ..database import copy_of
from ..factories import make_partner

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def accounts() -> list[demo.Account]:
    return copy_of("demo", demo.Demo(NOW, TODAY).prepare)


def member_of(address: str) -> Member:
    return Member.objects.select_related("user", "partner").filter(user__email=address).first()


def test_every_role_has_an_account_a_custom_one_too(accounts):
    labels = (
        {"运营专员"}
        | {str(preset.label) for preset in PRESETS.values()}
        | {"运营", "审核员", "审计员", "客户"}
    )
    assert {account.role for account in accounts} == labels


def test_the_printed_password_opens_every_account(accounts):
    request = RequestFactory().post("/")
    for account in accounts:
        user = authenticate(request, email=account.email, password=demo.PASSWORD)
        assert user is not None and not user.must_change_password, account.email


def test_there_is_something_to_read_for_everybody_and_more_for_distributors(accounts):
    read = {}
    for name in ("zong", "jing"):
        shown = Announcement.objects.visible_to(member_of(f"{name}@example.com")).on(TODAY)
        read[name] = [each.title for each in shown.order_by("pk")]
    assert len(read["jing"]) == 1 and read["zong"][:1] == read["jing"] and len(read["zong"]) == 2
    assert Announcement.objects.filter(state="draft").count() == 1


def test_the_distributor_stands_above_the_partner_of_the_others(accounts):
    zong, yun, jing = (member_of(f"{name}@example.com") for name in ("zong", "yun", "jing"))
    assert zong.partner.is_distributor
    assert yun.partner.distributor_id == zong.partner_id
    assert jing.director.user.email == "zhuguan@example.com"


def test_customers_have_granted_been_asked_and_are_about_to_expire(accounts):
    demo.Demo(NOW, TODAY).prepare()  # once
    rows = Authorization.objects.order_by("pk").values_list("state", "days")
    assert list(rows) == [("granted", None), ("asked", 90), ("granted", 5)]


def test_the_account_manager_has_alerts_to_handle_and_some_handled(accounts):
    jing = member_of("jing@example.com")
    waiting = Alert.objects.owned_by(jing).pending()
    assert waiting.count() >= 5
    assert {alert.alert_class for alert in waiting} == {"churn", "resource"}
    assert AlertHandling.objects.filter(handled_by=jing).count() >= 3


def test_customers_wait_for_each_other_and_an_invitation_is_open(accounts):
    waiting = AssociationChange.objects.open().values_list("initiator", flat=True)
    assert sorted(waiting) == ["customer", "partner"]
    assert Invitation.objects.get().manager == member_of("jing@example.com")


def test_a_second_start_changes_nothing(accounts):
    def everything() -> tuple:
        alerts = Alert.objects.order_by("pk").values_list("pk", "state")
        return list(alerts), list(User.objects.order_by("pk").values_list("email", "password"))

    before = everything()
    assert demo.Demo(NOW + timedelta(hours=1), TODAY).prepare() == accounts
    assert everything() == before


def test_a_start_on_a_later_day_keeps_what_is_there(accounts):
    alerts = Alert.objects.count()
    later = demo.Demo(NOW + timedelta(days=9), TODAY + timedelta(days=9))
    assert later.prepare() == accounts
    assert Alert.objects.count() == alerts


def test_an_interrupted_start_is_completed(accounts):
    with tenancy.vendor():
        User.objects.filter(email="jing@example.com").update(email="world17@example.com")
    assert demo.Demo(NOW, TODAY).prepare() == accounts
    assert member_of("jing@example.com").user.check_password(demo.PASSWORD)


def test_somebodys_own_data_gets_no_known_accounts():
    make_partner()
    assert demo.Demo(NOW, TODAY).prepare() == []
    assert not User.objects.filter(email="zong@example.com").exists()


def test_the_command_needs_the_demo_setting(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=true"):
        call_command("seed_demo")


def test_a_password_that_was_changed_is_not_printed(accounts, settings):
    settings.DEMO = True
    user = User.objects.get(email="jing@example.com")
    user.set_password("my own long secret")
    user.save(update_fields=["password"])
    out = StringIO()
    call_command("seed_demo", stdout=out)
    by_address = {line.split()[0]: line.split()[1] for line in out.getvalue().splitlines()}
    assert by_address["jing@example.com"] == "（已修改）"
    assert by_address["yun@example.com"] == demo.PASSWORD


def test_the_command_prints_each_account_with_its_password(settings):
    settings.DEMO = True
    out = StringIO()
    call_command("seed_demo", stdout=out)
    printed = [line.split() for line in out.getvalue().splitlines()]
    assert ["jing@example.com", demo.PASSWORD, "客户经理"] in [words[:3] for words in printed]
    assert len(printed) == 1 + len(demo.MEMBERS) + len(demo.VENDOR_STAFF) + len(portal.ADDRESSES)


def test_the_months_that_are_over_are_billed_and_some_invoiced(accounts):
    zong = member_of("zong@example.com")
    bills = PartnerBill.objects.visible_to(zong).order_by("month")
    assert [f"{bill.month:%Y-%m}" for bill in bills] == ["2026-09", "2026-10"]
    asked = Invoice.objects.filter(partner=zong.partner, direction="to_partner").order_by("pk")
    assert [invoice.state for invoice in asked] == ["issued", "reviewing"]
    assert set(Settlement.objects.values_list("state", flat=True)) == {"agreed", "waiting"}
    invoices = Invoice.objects.count()
    demo.Demo(NOW + timedelta(hours=1), TODAY).prepare()
    assert Invoice.objects.count() == invoices


def test_a_distributor_and_its_reseller_sell_as_postpaid(accounts):
    zhuan, fen = member_of("zhuan@example.com"), member_of("fen@example.com")
    assert zhuan.partner.is_postpaid and fen.partner.distributor_id == zhuan.partner_id
    assert LimitGrant.objects.open().get().partner == fen.partner
    states = Freeze.objects.filter(partner=zhuan.partner).values_list("state", "cause")
    assert {("account", "manual"), ("resources", "manual"), ("account", "arrival")} <= set(states)
    for partner in (zhuan.partner, fen.partner):
        told = Budget.objects.filter(partner=partner).values_list("told", flat=True)
        assert {0, 75, 90, 100} >= set(told) >= {0, 90}
        assert BudgetRecord.objects.filter(partner=partner).count() == len(told)
        postpaid = Customer.objects.associated().filter(partner=partner)
        postpaid = postpaid.filter(association_type="postpaid")
        free = postpaid.filter(budget=None).exclude(freeze__state="account")
        assert not free.exists(), "without a budget nobody is free"
