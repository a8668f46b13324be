"""The demo's world: small, with one known account per role, and alerts that wait.

Each step finds out by itself whether it is done, so that a demo that was interrupted is completed
at the next start.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext as _

from billing.models import ConsumptionDay
from core import tenancy
from core.clock import start_of
from followups import generation
from followups.models import Alert, GenerationRun
from followups.rules import Handling
from followups.services import handle_alert
from org.models import Member, Partner, Role, User, VendorRole
from org.permissions import (
    ACCOUNT_DIRECTOR,
    ACCOUNT_MANAGER,
    FINANCE,
    PARTNER_ADMIN,
    PRESETS,
    SYSTEM_ADMIN,
)

from .. import seeding
from ..people import NO_PASSWORD
from ..plan import CUSTOM_ROLE, Plan, Spec, first_day_of
from . import announcements, coupons, delegation, invoicing, limits, money, orders, portal

PARTNERS, CUSTOMERS, DAYS, SEED, TROUBLE = 6, 1_000, 75, 3, 3
ALERT_DAYS = 7  # business dates for which alerts are raised at first
# Printed on the terminal, on purpose: it opens nothing but a demo (commands/seed_demo.py).
PASSWORD = "huoban-demo-2026"  # noqa: S105

# Address, role, rank of the partner: 0 is the largest distributor, 1 its largest reseller; 5 is the
# distributor that sells as 转售, 3 its reseller.
MEMBERS = (
    ("zong", PARTNER_ADMIN, 0),
    ("yun", PARTNER_ADMIN, 1),
    ("zhuguan", ACCOUNT_DIRECTOR, 1),
    ("jing", ACCOUNT_MANAGER, 1),
    ("caiwu", FINANCE, 1),
    ("xitong", SYSTEM_ADMIN, 1),
    ("zhuanyuan", CUSTOM_ROLE, 1),
    ("zhuan", PARTNER_ADMIN, 5),
    ("zhuanjing", ACCOUNT_MANAGER, 5),
    ("fen", PARTNER_ADMIN, 3),
)
VENDOR_STAFF = (
    ("yunying", VendorRole.OPERATOR),
    ("shenhe", VendorRole.REVIEWER),
    ("shenji", VendorRole.AUDITOR),
)

_CHURN = (
    Handling(
        outcome="not_lost",
        kept_reason="seasonal",
        note="已电话联系客户运维负责人，业务处于淡季，预计下月恢复。",
    ),
    Handling(
        outcome="lost",
        lost_reasons=("price",),
        destination="competitor",
        recoverable=True,
        note="客户将测试环境迁往其他平台，已约下周上门沟通报价。",
    ),
    Handling(outcome="not_lost", kept_reason="saving", note="客户完成降配优化，主业务未受影响。"),
)
_RESOURCE = (
    Handling(outcome="informed", note="已通知客户，将于本周内充值。"),
    Handling(outcome="renewed", note="客户已完成续费。"),
    Handling(outcome="unsubscribed", note="测试资源不再使用，客户确认到期释放。"),
)


@dataclass(frozen=True)
class Account:
    """A known account: how it signs in, what it is, whom it works for.

    `password` is empty once its owner chose another.
    """

    email: str
    role: str
    partner: str
    name: str
    password: str = PASSWORD


class Demo:
    """The demo as of one instant."""

    def __init__(self, at: datetime, today: date) -> None:
        self.at, self.today = at, today
        until = today - timedelta(days=1)
        first = first_day_of(until, 1, DAYS)
        self.spec = Spec(SEED, PARTNERS, CUSTOMERS, first, until, TROUBLE, has_postpaid=True)

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.spec)

    def prepare(self) -> list[Account]:
        """Whatever is missing is made. Without the demo's world there are no known accounts."""
        if seeding.is_empty():
            seeding.seed(self.spec)
        if not self._is_here():
            return []
        orders.make_charges(self.spec, self.at)
        orders.make_orders(self.at)
        accounts = self._open_accounts()
        self._raise_alerts()
        self._announce()
        self._give_money()
        self._bill()
        customers = self._open_portal()
        self._limit()
        self._authorize()  # by the users that the portal has, where it has them
        return [*accounts, *customers]

    def _is_here(self) -> bool:
        """Whether the database holds this world, and not somebody's own data."""
        names = {partner.id: partner.name.text for partner in self.plan.partners}
        with tenancy.vendor():
            return dict(Partner.objects.filter(pk__in=names).values_list("pk", "name")) == names

    # ---- accounts ----

    def _open_accounts(self) -> list[Account]:
        with tenancy.vendor():
            known = [*self._members(), *self._vendor_staff()]
            _give_password((user, account.email) for user, account in known)
            opens = {
                each: check_password(PASSWORD, each) for each in {u.password for u, _a in known}
            }
        return [a if opens[user.password] else replace(a, password="") for user, a in known]

    def _member_ids(self) -> dict[str, int]:
        return {
            local: self.plan.partners[rank].of_role(role)[0].id for local, role, rank in MEMBERS
        }

    def _members(self) -> Iterator[tuple[User, Account]]:
        ids = self._member_ids()
        found = Member.objects.select_related("user", "partner").in_bulk(ids.values())
        for local, role, _rank in MEMBERS:
            member = found[ids[local]]
            label = str(PRESETS[role].label) if role in PRESETS else _custom_label(member.partner)
            yield member.user, _account(local, label, str(member.partner), member.user)

    def _vendor_staff(self) -> Iterator[tuple[User, Account]]:
        """The world's own, told by the password that opens nothing, or by the known address."""
        for local, role in VENDOR_STAFF:
            same_role = User.objects.filter(vendor_role=role).order_by("pk")
            user = same_role.filter(email=_address(local)).first()
            user = user or same_role.filter(password=NO_PASSWORD).first()
            if user:
                yield user, _account(local, str(role.label), _("厂商"), user)

    def _authorize(self) -> None:
        """What some customers of the known account manager let him do."""
        with tenancy.vendor():
            rows = Member.objects.select_related("user", "partner")
            jing = rows.get(pk=self._member_ids()["jing"])
        delegation.make_authorizations(jing, at=self.at)

    def _open_portal(self) -> list[Account]:
        """Customers who sign in at /my/."""
        ids = self._member_ids()
        with tenancy.vendor():
            members = Member.objects.select_related("user", "partner").in_bulk(ids.values())
        jing, yun = members[ids["jing"]], members[ids["yun"]]
        return [
            Account(
                place.user.email or "",
                _("客户"),
                place.cloud_account.name or place.cloud_account.number,
                place.user.name,
                PASSWORD if check_password(PASSWORD, place.user.password) else "",
            )
            for place in portal.open_portal(jing, yun, password=PASSWORD, at=self.at)
        ]

    def _announce(self) -> None:
        with tenancy.vendor():
            operator = User.objects.filter(email=_address("yunying")).first()
            if operator:
                announcements.announce(operator, at=self.at - timedelta(days=3))

    # ---- budgets and freezing ----

    def _limit(self) -> None:
        """Of the distributor that sells as 转售, and of its reseller."""
        ids = self._member_ids()
        with tenancy.vendor():
            known = Member.objects.active().acting().in_bulk([ids["zhuan"], ids["fen"]])
        if len(known) == 2:
            limits.make_limits(known[ids["zhuan"]], known[ids["fen"]], at=self.at)

    # ---- bills ----

    def _bill(self) -> None:
        """Bills of the months that are over, and what became of them."""
        ids = self._member_ids()
        with tenancy.vendor():
            invoicing.bill_months(self.spec.first_day, at=self.at)
            known = Member.objects.select_related("user", "partner").in_bulk(ids.values())
            operator = User.objects.filter(vendor_role=VendorRole.OPERATOR).order_by("pk").first()
            if operator:
                invoicing.invoice(known[ids["zong"]], known[ids["yun"]], operator)

    # ---- money ----

    def _give_money(self) -> None:
        with tenancy.vendor():
            ids = self._member_ids()
            known = Member.objects.active().acting().in_bulk([ids["zong"], ids["yun"]])
            operator = User.objects.filter(email=_address("yunying")).first()
            reviewer = User.objects.filter(vendor_role=VendorRole.REVIEWER).order_by("pk").first()
        if operator and reviewer and len(known) == 2:
            both = known[ids["zong"]], known[ids["yun"]]
            money.give_money(*both, operator, at=self.at)
            coupons.make_coupons(*both, operator, reviewer, at=self.at)

    # ---- alerts ----

    def _raise_alerts(self) -> None:
        """Alerts of the last days, those of known people partly handled.

        On a later day there is nothing to raise: no new consumption came.
        """
        with tenancy.vendor():
            is_done = GenerationRun.objects.filter(business_date=self.today).exists()
            if is_done or not ConsumptionDay.objects.filter(day=self.spec.until).exists():
                return
        for ago in reversed(range(ALERT_DAYS)):
            day = self.today - timedelta(days=ago)
            at = min(self.at, start_of(day) + timedelta(hours=6))
            generation.generate(day, at=at)
            if ago:
                self._handle_some(day)

    def _handle_some(self, day: date) -> None:
        """Every other alert of that day, some hours later."""
        with tenancy.vendor():
            for member in Member.objects.filter(pk__in=self._member_ids().values()):
                waiting = Alert.objects.owned_by(member).pending().filter(raised_on=day)
                for number, alert in enumerate(waiting.order_by("pk")[::2]):
                    said = (_CHURN if alert.is_churn else _RESOURCE)[number % 3]
                    later = alert.raised_at + timedelta(hours=3, minutes=11 * number)
                    handle_alert(alert, said, by=member, at=later)


def _custom_label(partner: Partner) -> str:
    return Role.objects.values_list("name", flat=True).get(partner=partner, code=CUSTOM_ROLE)


def _address(local: str) -> str:
    return f"{local}@example.com"


def _account(local: str, role: str, partner: str, user: User) -> Account:
    return Account(_address(local), role, partner, user.name)


def _give_password(known: Iterable[tuple[User, str]]) -> None:
    """Address and password for those who do not have them yet; one hash serves all."""
    fresh = [(user, email) for user, email in known if user.email != email]
    password = make_password(PASSWORD) if fresh else ""
    for user, email in fresh:
        user.email, user.password, user.must_change_password = email, password, False
        user.save(update_fields=["email", "password", "must_change_password"])
