"""The demo's world: small, with one known account per role, and alerts that wait."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.contrib.auth.hashers import make_password

from core import tenancy
from core.clock import day_of
from followups import generation
from followups.models import Alert, GenerationRun
from followups.rules import Handling
from followups.services import handle_alert
from org.models import Member, Partner, User, VendorRole
from org.permissions import ACCOUNT_DIRECTOR, FINANCE, PARTNER_ADMIN, PRESETS, SYSTEM_ADMIN

from . import seeding
from .plan import Plan, Spec, first_day_of

PARTNERS, CUSTOMERS, DAYS, SEED = 6, 1_000, 75, 2
ALERT_DAYS = 7  # business dates for which alerts are raised at first
HANDLED_SHARE = 3  # every third alert of a known account is handled
# Printed on the terminal, on purpose: it opens nothing but a demo (commands/seed_demo.py).
PASSWORD = "huoban-demo-2026"  # noqa: S105


@dataclass(frozen=True)
class Account:
    """A known account: what it may do, whom it works for, and how it signs in."""

    email: str
    role: str
    partner: str
    name: str


class Demo:
    """The demo of one day. Each step finds out by itself whether it is done."""

    def __init__(self, today: date) -> None:
        self.until = today - timedelta(days=1)
        self.spec = Spec(SEED, PARTNERS, CUSTOMERS, first_day_of(self.until, 0, DAYS), self.until)

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.spec)

    def seed(self) -> bool:
        """Make the world if there is none; says whether it was made now."""
        try:
            seeding.seed(self.spec)
        except seeding.NotEmpty:
            return False
        return True

    def is_here(self) -> bool:
        """Whether the database holds this demo's world, and not another one."""
        names = {partner.id: partner.name.text for partner in self.plan.partners}
        with tenancy.vendor():
            return dict(Partner.objects.filter(pk__in=names).values_list("pk", "name")) == names

    # ---- accounts ----

    def open_accounts(self) -> list[Account]:
        """Give the known people their addresses and the password; returns them all."""
        with tenancy.vendor():
            accounts = [
                *(self._account(user, email, role) for email, user, role in self._vendor_staff()),
                *(self._member(email, member) for email, member in self._members()),
            ]
        return accounts
