"""The world of a test, made of keyword-only functions. What is not said is made up, and unique."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection, transaction

from activity.models import Announcement
from associations.models import AssociationChange, Invitation
from billing.models import (
    ChargeLine,
    ConsumptionDay,
    ConsumptionFile,
    DailyConsumption,
    ExchangeRate,
    Resource,
    Service,
    SubAccount,
)
from billing.orders.models import Order, OrderLine
from customers.accounts.models import AccountUser
from customers.models import Assignment, CloudAccount, Customer
from customers.notes.models import Label, Labelling, Remark
from followups.models import Alert, AlertHandling, Rule, Scenario
from ledger.models import Account, Transfer
from ledger.services import account_of, transfer
from org.models import Member, Partner, User
from org.permissions import ACCOUNT_MANAGER
from workbench.models import SavedView

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 10:00 in Beijing, a Friday
TODAY = date(2026, 11, 20)
PASSWORD = "一个足够长的口令-2026"
_numbers = itertools.count(1)


def make_user(*, factor: bool = True, password: str | None = PASSWORD, **fields: Any) -> User:
    """A person; with a second factor unless told otherwise."""
    n = next(_numbers)
    fields.setdefault("name", f"员工{n}")
    fields.setdefault("email", f"user{n}@example.com")
    user = User.objects.create_user(password=password, **fields)
    if factor:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
    return user


def make_vendor_user(*, role: str = "operator", **fields: Any) -> User:
    return make_user(vendor_role=role, **fields)


def make_account_user(
    *, account: CloudAccount | None = None, is_main: bool = True, **fields: Any
) -> AccountUser:
    """Who signs in for a cloud account: its main user, unless told otherwise."""
    n = next(_numbers)
    account = account or CloudAccount.objects.create(number=f"acct{n:08d}", name=f"云账号{n}")
    fields.setdefault("name", f"客户员工{n}")
    user = fields.pop("user", None) or make_user(factor=False, is_customer=True, **fields)
    return AccountUser.objects.create(
        cloud_account=account, user=user, is_main=is_main, created_at=NOW
    )


def make_invitation(*, by: Member, email: str = "", **fields: Any) -> Invitation:
    """A link, or with an address an e-mail of today."""
    is_mail = bool(email)
    fields.setdefault("association_type", by.partner.sales_model)
    if is_mail:
        fields = {"sent_at": NOW, "expires_at": NOW + timedelta(days=7)} | fields
    return Invitation.objects.create(
        partner_id=by.partner_id,
        invited_by=by,
        manager=by if by.is_account_manager else None,
        channel="email" if is_mail else "link",
        email=email,
        created_at=NOW,
        **fields,
    )


def make_change(*, customer: Customer, **fields: Any) -> AssociationChange:
    """The partner's request to end the association, unless told otherwise."""
    fields.setdefault("kind", "leave")
    fields.setdefault("initiator", "partner")
    fields.setdefault("type_before", "" if fields["kind"] == "join" else customer.association_type)
    waiting = "customer" if fields["initiator"] == "partner" else "partner"
    fields.setdefault("state", waiting)
    fields.setdefault("asked_at", NOW)
    if fields["state"] == waiting:
        fields.setdefault("answer_by", NOW + timedelta(days=7))
    return AssociationChange.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        cloud_account_id=customer.cloud_account_id,
        **fields,
    )


def make_partner(
    *, kind: str = "solution_provider", distributor: Partner | None = None, **fields: Any
) -> Partner:
    fields.setdefault("name", f"伙伴{next(_numbers)}")
    if distributor:
        kind = "reseller"
        fields.setdefault("sales_model", distributor.sales_model)
    return Partner.objects.create(kind=kind, distributor=distributor, **fields)


def make_member(
    *,
    partner: Partner | None = None,
    role: str = ACCOUNT_MANAGER,
    roles: list[str] | None = None,
    director: Member | None = None,
    user: User | None = None,
    is_active: bool = True,
    **user_fields: Any,
) -> Member:
    return Member.objects.create(
        partner=partner or make_partner(),
        user=user or make_user(**user_fields),
        roles=roles or [role],
        director=director,
        is_active=is_active,
    )


def make_customer(
    *,
    partner: Partner | None = None,
    manager: Member | None = None,
    associated_at: datetime = NOW - timedelta(days=400),
    **fields: Any,
) -> Customer:
    n = next(_numbers)
    partner = partner or (manager.partner if manager else make_partner())
    number = fields.pop("number", f"cust{n:08d}")
    fields.setdefault("name", f"深圳第{n}云帆科技有限公司")
    fields.setdefault("account_name", f"account_{n}")
    fields.setdefault("association_type", Customer.Association.REFERRAL)
    account, _ = CloudAccount.objects.get_or_create(number=number)
    customer = Customer(
        partner=partner,
        cloud_account=account,
        number=number,
        account_manager=manager,
        associated_at=associated_at,
        **fields,
    )
    customer.fill_search()
    with transaction.atomic():  # who has a customer is said in two tables, which agree at its end
        customer.save()
        if manager:
            make_assignment(customer=customer, manager=manager, started_at=associated_at)
    return customer


def make_assignment(
    *, customer: Customer, manager: Member, started_at: datetime = NOW, **fields: Any
) -> Assignment:
    return Assignment.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        manager=manager,
        started_at=started_at,
        performance_from=(started_at + timedelta(days=1)).date(),
        **fields,
    )


def make_label(*, by: Member, name: str = "", **fields: Any) -> Label:
    """A label of the partner of `by`."""
    name = name or f"标签{next(_numbers)}"
    fields.setdefault("created_at", NOW)
    return Label.objects.create(partner_id=by.partner_id, name=name, created_by=by, **fields)


def put_label(*, customer: Customer, label: Label, position: int = 1) -> Labelling:
    return Labelling.objects.create(
        partner_id=customer.partner_id, customer=customer, label=label, position=position
    )


def make_remark(*, customer: Customer, by: Member, text: str = "年底续签") -> Remark:
    return Remark.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        text=text,
        written_by=by,
        written_at=NOW,
    )


def make_service(*, name: str = "弹性云服务器", provider: str = "cloud") -> Service:
    return Service.objects.get_or_create(provider=provider, name=name)[0]


def make_daily(
    *,
    customer: Customer,
    day: date,
    cny: Decimal | int | str | None = 100,
    days: int = 1,
    currency: str = "CNY",
    amount: Decimal | int | str | None = None,
    service: Service | None = None,
) -> None:
    """`days` daily figures in a row, ending on `day`; `cny` each. Their months are added up."""
    service = service or make_service()
    for offset in range(days):
        on = day - timedelta(days=offset)
        ensure_month(on)
        DailyConsumption.objects.create(
            partner_id=customer.partner_id,
            customer=customer,
            day=on,
            service=service,
            currency=currency,
            amount=Decimal(str(amount if amount is not None else cny or 0)),
            amount_cny=None if cny is None else Decimal(str(cny)),
        )
    _add_up(customer)


def _add_up(customer: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_monthlyconsumption"
            " (partner_id, customer_id, month, service_id, currency, amount, amount_cny)"
            " SELECT partner_id, customer_id, date_trunc('month', day)::date, service_id, currency,"
            " sum(amount), CASE WHEN count(*) = count(amount_cny) THEN sum(amount_cny) END"
            " FROM billing_dailyconsumption WHERE customer_id = %s GROUP BY 1, 2, 3, 4, 5"
            " ON CONFLICT (customer_id, month, service_id, currency)"
            " DO UPDATE SET amount = excluded.amount, amount_cny = excluded.amount_cny",
            [customer.pk],
        )


def ensure_month(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_ensure_month(%s)", [day])


def make_complete(*, day: date, days: int = 1) -> None:
    for offset in range(days):
        ConsumptionDay.objects.get_or_create(
            day=day - timedelta(days=offset), defaults={"completed_at": NOW}
        )


def make_rate(*, currency: str = "USD", rate: str = "7.1", valid_from: date = date(2020, 1, 1)):
    return ExchangeRate.objects.create(currency=currency, rate=rate, valid_from=valid_from)


def make_resource(*, customer: Customer, **fields: Any) -> Resource:
    n = next(_numbers)
    fields.setdefault("number", f"res-{n}")
    fields.setdefault("name", f"资源{n}")
    fields.setdefault("service", make_service())
    fields.setdefault("list_price", Decimal(100))
    fields.setdefault("created_on", TODAY - timedelta(days=300))
    return Resource.objects.create(partner_id=customer.partner_id, customer=customer, **fields)


def make_charge(
    *, customer: Customer, day: date, cny: Decimal | int = 100, **fields: Any
) -> ChargeLine:
    """A charge line, and the figure that it makes."""
    make_daily(customer=customer, day=day, cny=cny)
    account, _ = SubAccount.objects.get_or_create(
        provider="cloud", number=customer.number, cloud_account_id=customer.cloud_account_id
    )
    file, _ = ConsumptionFile.objects.get_or_create(
        name="charges.csv", defaults={"state": "imported", "imported_at": NOW}
    )
    n = next(_numbers)
    values = {
        "day": day,
        "file_id": file.pk,
        "line_number": n,
        "sub_account_id": account.pk,
        "service_id": make_service().pk,
        "category": "Usage",
        "currency": "CNY",
        "billed_cost": cny,
        "started_at": NOW,
        "ended_at": NOW,
        "resource": f"res-{n}",
    } | fields
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO billing_chargeline ({', '.join(values)})"
            f" VALUES ({', '.join(['%s'] * len(values))})",
            list(values.values()),
        )
    return ChargeLine.objects.get(file=file, line_number=n)


def make_order(*, customer: Customer, waiting: bool = False, **fields: Any) -> Order:
    """An order; `waiting`: the customer chose that the partner pays."""
    fields.setdefault("number", f"CS{next(_numbers):010d}")
    fields.setdefault("status", Order.Status.UNPAID if waiting else Order.Status.DONE)
    fields.setdefault("type", Order.Type.NEW)
    fields.setdefault("service", make_service())
    fields.setdefault("official_amount", Decimal(120))
    fields.setdefault("amount", Decimal(100))
    fields.setdefault("created_at", NOW - timedelta(days=2))
    if waiting:
        fields |= {"proxy_state": "waiting", "proxy_asked_at": NOW - timedelta(days=1)}
    return Order.objects.create(partner_id=customer.partner_id, customer=customer, **fields)


def make_order_line(*, order: Order, **fields: Any) -> OrderLine:
    fields.setdefault("number", f"{order.number}-{next(_numbers)}")
    fields.setdefault("service", order.service)
    fields.setdefault("amount", order.amount)
    fields.setdefault("expires_on", TODAY + timedelta(days=30))
    return OrderLine.objects.create(
        partner_id=order.partner_id, customer_id=order.customer_id, order=order, **fields
    )


def make_rule(*, scenario: str = Scenario.SPENDING_DROP, **fields: Any) -> Rule:
    """A further version of a scenario's rule; version 1 of each is there from the migrations."""
    last = Rule.objects.filter(scenario=scenario).order_by("-version").first()
    fields.setdefault("version", last.version + 1 if last else 1)
    fields.setdefault("alert_class", last.alert_class if last else "churn")
    fields.setdefault("parameters", last.parameters if last else {})
    fields.setdefault("valid_from", date(2020, 1, 1))
    return Rule.objects.create(scenario=scenario, created_at=NOW, **fields)


def make_alert(
    *, customer: Customer, scenario: str = Scenario.SPENDING_DROP, **fields: Any
) -> Alert:
    rule = Rule.objects.filter(scenario=scenario).order_by("version").last()
    rule = rule or make_rule(scenario=scenario)
    fields.setdefault("alert_class", rule.alert_class)
    fields.setdefault("cause", f"test-{next(_numbers)}")
    fields.setdefault("raised_on", TODAY)
    fields.setdefault("raised_at", NOW)
    if is_handled := fields.get("state") == Alert.State.HANDLED:
        fields.setdefault("handled_at", NOW)
    alert = Alert.objects.create(
        partner_id=customer.partner_id, customer=customer, scenario=scenario, rule=rule, **fields
    )
    if is_handled:
        make_handling(alert=alert)
    return alert


def make_handling(*, alert: Alert, by: Member | None = None, **fields: Any) -> AlertHandling:
    """The record of an alert, which is handled with it."""
    by = by or alert.customer.account_manager or make_member(partner=alert.partner)
    if alert.is_churn:
        fields.setdefault("outcome", "not_lost")
        fields.setdefault("kept_reason", "seasonal")
    fields.setdefault("outcome", "renewed")
    if alert.is_pending:
        alert.mark_handled(at=NOW)
    return AlertHandling.objects.create(
        partner_id=alert.partner_id, alert=alert, handled_by=by, handled_at=NOW, **fields
    )


def make_view(*, member: Member, partner: Partner | None = None, **fields: Any) -> SavedView:
    fields.setdefault("name", f"视图{next(_numbers)}")
    fields.setdefault("list_key", "customers")
    return SavedView.objects.create(
        partner=partner or member.partner, member=member, created_at=NOW, **fields
    )


def make_announcement(*, published: bool = True, **fields: Any) -> Announcement:
    """For everybody, unless told otherwise."""
    fields.setdefault("title", f"公告{next(_numbers)}")
    fields.setdefault("body", "系统将于本周日维护。")
    state = {"state": "published", "published_at": NOW} if published else {}
    return Announcement.objects.create(created_at=NOW, **(state | fields))


def make_money(
    partner: Partner, amount: Decimal | int | str = 1000, *, kind: str = "cash"
) -> Account:
    """The partner's account of a kind, with so much more in it."""
    account = account_of(partner.pk, kind)
    if amount := Decimal(str(amount)):
        vendor = account_of(None, Account.Kind.VENDOR).pk
        key = f"make-money:{next(_numbers)}"
        transfer(vendor, account.pk, amount, kind=Transfer.Kind.RECHARGE, key=key, at=NOW)
    return Account.objects.get(pk=account.pk)
