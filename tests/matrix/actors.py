"""Who asks: one of every kind of person, what each may see, and how each signs in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import caches
from django.test import Client

from core import tenancy
from core.access import Access
from customers.accounts.gate import HANDLES, MAIN
from customers.accounts.models import AccountUser
from customers.models import Customer
from customers.proxies.gate import KEY
from customers.proxies.models import ProxySession
from org.gate import ACTING_PARTNER
from org.middleware import start_session
from org.models import Member, User

from . import marks
from .marks import Seen
from .world import World

RESELLER = ("reseller", "jing", "other", "unassigned")
DISTRIBUTOR = ("distributor",)
STRANGER = ("stranger",)
# What a distributor may read of its resellers, where a page says that it reaches them: basic
# facts of customers (customers_coupons.md §3.2) …
REACHED = {
    "customers.Customer.number",
    "customers.Customer.name",
    "customers.Customer.account_name",
    "org.Partner.name",
    "id",
    "*",  # the ends of a masked name
}
# … and an alert with its handling (docs/decisions/0007-generation.md).
REACHED_ALERT = REACHED | {
    "followups.Alert.facts",
    "followups.AlertHandling.note",
    "followups.AlertHandling.contact",
    "followups.Attachment.name",
    "followups.Attachment.file",
    "org.User.name",
}
# What they consumed and ordered, on the pages that show a distributor just that.
REACHED_BILLING = REACHED | {
    "billing.ChargeLine.resource",
    "billing.ChargeLine.resource_name",
    "billing.ChargeLine.order_number",
    "billing.ChargeLine.region",
    "billing.Order.number",
    "billing.OrderLine.resource_number",
    "billing.OrderLine.resource_name",
}
# What it wrote beside a quota that it gave them.
REACHED_COUPONS = REACHED | {"coupons.Quota.remark"}

# … and of bills and invoices what it pays, issues and settles for them (decision 0023).
_MONEY = ("billing.Obligation.", "billing.BilledCharge.", "billing.Invoice.", "billing.Settlement.")


# What a customer reads: its own names, its partner's, whom to turn to, and what was said.
OF_CUSTOMERS = {
    *("customers.CloudAccount.number", "customers.CloudAccount.name", "customers.Customer.number"),
    *("customers.AccountNotice.params", "associations.AssociationChange.reason"),
    *("associations.AssociationChange.comment", "org.Partner.name", "org.User.name"),
    *("org.User.email", "org.User.phone", "id", "*"),
    # What it is asked to grant, what was done by it, and who invoices it.
    *("customers.Authorization.note", "customers.Authorization.reason"),
    *("customers.ProxyAction.subject", "customers.ProxyAction.note"),
    *("billing.Obligation.issuer_name", "billing.Invoice.number"),
}
# Whoever holds an invitation's address learns who invites.
BY_ADDRESS = {"my:invitation", "my:ask_letter", "my:register", "my:answer_invitation"}


@dataclass(frozen=True)
class Actor:
    """One person. `lacks`: what keeps the person from every page of a member or the vendor."""

    name: str
    find: Callable[[World], Member | AccountUser | User | None]
    sees: tuple[str, ...] = ()  # groups of marks
    own: str = "jing"  # whose rows are asked for as one's own,
    sibling: str = "other"  # as those of a colleague or of one's reseller,
    foreign: str = "stranger"  # and as a stranger's
    lacks: str = ""  # sign_in, partner, factor, password
    reaches: tuple[str, ...] = ()
    is_customer: bool = False

    @property
    def is_vendor(self) -> bool:
        return self.own == "vendor"

    @property
    def kind(self) -> str:
        """Somebody of each kind asks of every page (drawing.py)."""
        if self.lacks:
            return "outsider"
        if self.is_customer:
            return "customer"
        return "vendor" if self.is_vendor else "member"


def _member(name: str, **more: Any) -> Actor:
    return Actor(name, lambda world: world.members[name], **({"sees": RESELLER} | more))


def _user(name: str, **more: Any) -> Actor:
    return Actor(name, lambda world: world.users[name], **more)


def _customer(name: str, **more: Any) -> Actor:
    own: dict[str, Any] = {"sees": ("reseller", "jing"), "is_customer": True}
    return Actor(name, lambda world: world.places[name], **(own | more))


_MANAGER = {"sees": ("reseller", "jing")}
VENDOR: dict[str, Any] = {
    "sees": (*RESELLER, *DISTRIBUTOR, *STRANGER, "second", "someone", "vendor"),
    "own": "vendor",
    "sibling": "jing",
}

ACTORS = (
    Actor("anonymous", lambda world: None, lacks="sign_in"),
    _member("gone", sees=(), lacks="sign_in"),  # the account was closed; the session remained
    _user("nobody", lacks="partner"),
    _member("left", sees=(), lacks="partner"),  # no longer works for the partner
    _member("careless", sees=(), lacks="factor"),
    _member("fresh", sees=(), lacks="password"),
    _member("yun", own="unassigned", sibling="jing"),
    _member("guanli"),
    _member("zhuguan", **_MANAGER),
    _member("jing", **_MANAGER),
    _member("cai"),
    _member("viewer"),
    _member("nothing"),
    _member("double", sees=("reseller",), sibling="second"),
    _member("zong", sees=DISTRIBUTOR, own="distributor", sibling="jing", reaches=RESELLER),
    _member("zongcai", sees=DISTRIBUTOR, own="distributor", sibling="jing", reaches=RESELLER),
    _member("pang", sees=STRANGER, own="stranger", sibling="distributor", foreign="jing"),
    _customer("kehu"),
    _customer("kehu2"),
    _customer("zike"),
    _customer("pangke", sees=STRANGER, own="stranger", sibling="distributor", foreign="jing"),
    _user("vendor_careless", own="vendor", lacks="factor"),
    _user("reviewer", **VENDOR),
    _user("operator", **VENDOR),
    _user("auditor", **VENDOR),
)
BY_NAME = {actor.name: actor for actor in ACTORS}
KINDS = tuple(dict.fromkeys(actor.kind for actor in ACTORS))


class Seat:
    """An actor signed in: a client that is signed in again as often as a probe signs it out."""

    def __init__(self, actor: Actor, world: World, *, csrf: bool = False) -> None:
        self.actor, self.who = actor, actor.find(world)
        self.permissions: frozenset[str] = frozenset()
        self.inside: int | None = None  # the customer in whose account the member is
        self.acts_to = ""  # … and for which purpose
        self._about_me: set[str] = set()
        self.client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
        if self.who:
            with tenancy.vendor():
                self.permissions = self._held()
                self._sign_in()
                self._about_me = self._own_marks()

    @property
    def user(self) -> User | None:
        return self.who.user if isinstance(self.who, Member | AccountUser) else self.who

    @property
    def place(self) -> AccountUser | None:
        return self.who if isinstance(self.who, AccountUser) else None

    def _held(self) -> frozenset[str]:
        if self.place:
            return frozenset({MAIN, HANDLES} if self.place.is_main else ())
        return self.member.permissions if self.member else frozenset()

    @property
    def member(self) -> Member | None:
        return self.who if isinstance(self.who, Member) else None

    @property
    def is_distributor(self) -> bool:
        return bool(self.member and self.member.partner.is_distributor)

    @property
    def gives_rights(self) -> bool:
        """Says which resellers may act for customers."""
        return self.is_distributor and self.member.is_main_account

    @property
    def partner_id(self) -> int | None:
        """Whose rows this person may change, by whichever service."""
        if self.place:
            return self._partner_of_place
        return self.member.partner_id if self.member else None

    @cached_property
    def _partner_of_place(self) -> int | None:
        with tenancy.vendor():
            own = Customer.objects.filter(cloud_account=self.place.cloud_account_id)
            return own.values_list("partner_id", flat=True).first()

    def _sign_in(self) -> None:
        self.client.force_login(self.user)
        session = self.client.session
        if self.member:
            session[ACTING_PARTNER] = self.partner_id
            running = ProxySession.objects.open().filter(operator=self.member).first()
            if running:
                session[KEY], self.inside = running.pk, running.customer_id
                self.acts_to = running.purpose
        signing_in = SimpleNamespace(session=session, user=self.user)
        start_session(signing_in)  # or each request would write it down, and have it undone
        record_authentication(signing_in, self.user, method="password")
        record_authentication(signing_in, self.user, method="mfa", reauthenticated=True)
        session.save()
        self._cookies = dict(self.client.cookies)

    def _own_marks(self) -> set[str]:
        """What my account pages tell of me: name, addresses, sessions, passkeys, partners."""
        user = self.user
        about = [user.pk, user.name, user.name[0], user.email, user.phone]
        for model in (UserSession, Authenticator):
            about += model.objects.filter(user=user).values_list("pk", flat=True)
        for passkey in Authenticator.objects.filter(user=user, type="webauthn"):
            about.append(passkey.data["name"])
        for member in Member.objects.active().filter(user=user).select_related("partner"):
            about += [member.pk, member.partner_id, member.partner.name]
        seen = {mark.text for mark in marks.find(" ".join(map(str, about)))}
        return seen | {f"\\u{ord(user.name[0]):x}"}  # the initial, as JSON spells it

    def may_see(self, seen: Seen, page: str, access: Access) -> bool:
        if seen.text in self._about_me:
            return True
        if page in BY_ADDRESS and seen.field == "org.Partner.name":
            return True
        if seen.group in self.actor.sees:
            return not self.place or seen.field in OF_CUSTOMERS
        if seen.group in self.actor.reaches and access.reach_resellers:
            if page.startswith(("invoices:", "bills:")) and seen.field.startswith(_MONEY):
                return True
            by_app = {"followups": REACHED_ALERT, "billing": REACHED_BILLING}
            by_app["coupons"] = REACHED_COUPONS
            return seen.field in by_app.get(page.partition(":")[0], REACHED)
        return False

    def restore(self) -> None:
        """After a probe whose transaction was rolled back: cookies, cached session, limits."""
        caches["default"].clear()
        self.client.cookies.clear()
        if self.who:
            self.client.cookies.update(self._cookies)
