"""The world that the probes look at: every tenant has every kind of row, every text is marked."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from typing import Any

from allauth.mfa.webauthn.internal.auth import WebAuthn
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import models
from fido2.utils import websafe_encode

from activity.models import (
    Activity,
    Announcement,
    AnnouncementRead,
    NoticeSettings,
    Notification,
)
from billing.models import (
    ConsumptionFile,
    ExchangeRate,
    SubAccount,
)
from billing.reports.models import ReportFile
from customers.accounts.models import AccountUser
from customers.models import CloudAccount, Customer
from followups.models import GenerationRun, Rule
from ops.models import TaskRun
from org.models import Member, Partner, Role, User
from org.permissions import (
    ACCOUNT_DIRECTOR,
    ACCOUNT_MANAGER,
    ACTIVITY_VIEW,
    CUSTOMERS_VIEW,
    FINANCE,
    PARTNER_ADMIN,
    SYSTEM_ADMIN,
)
from tests import factories
from tests.factories import NOW, TODAY
from tests.org.passkeys import Passkey
from tests.org.signing import add_app, add_recovery_codes

from . import associations, coupons, delegation, funds, limits, marks
from . import imports as planting_imports
from . import money as planting_money
from .belongings import customer_of
from .forms import Field
from .planting import has_number, ids_of, mark, marking

# So that the pages of budgets and freezing are there; those of 代售 ask for the customer's type.
_POSTPAID = {"sales_model": "postpaid"}
# The groups of customers: whose they are, and each customer's account manager.
_CUSTOMERS: dict[str, tuple[str, tuple[str, str]]] = {
    "distributor": ("distributor", ("", "zongjing")),
    "jing": ("reseller", ("jing", "jing")),
    "other": ("reseller", ("other", "other")),
    "unassigned": ("reseller", ("", "")),
    "stranger": ("stranger", ("", "pangjing")),
    "second": ("second", ("", "")),
}


@dataclass
class World:
    partners: dict[str, Partner] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)  # of nobody's, and the vendor's
    places: dict[str, AccountUser] = field(default_factory=dict)  # of customers
    # Forms that somebody of a kind was shown, by partner and page (asking.py).
    forms: dict[Any, list[Field]] = field(default_factory=dict)
    _ids: dict[Any, list[Any]] = field(default_factory=dict)
    _targets: dict[Any, list[Any]] = field(default_factory=dict)

    def forget(self) -> None:
        """What depends on the day and on the walls that stand."""
        self.forms.clear()
        self._targets.clear()

    def targets(self, fill: Any, seat: Any, which: str) -> list[Any]:
        """What a placeholder is filled with for one person (fillers.py). Looked up once."""
        key = (fill, seat.actor.name, which)
        if key not in self._targets:
            self._targets[key] = fill(seat, self, which)
        return self._targets[key]

    def ids(self, model: type[models.Model], group: str, **such: Any) -> list[Any]:
        """Primary keys of a group's rows; of rows that are nobody's: any. Looked up once."""
        key = (model, group, tuple(such.items()))
        if key not in self._ids:
            self._ids[key] = self._find_ids(model, group, such)
        return self._ids[key]

    def _find_ids(self, model: type[models.Model], group: str, such: dict[str, Any]) -> list[Any]:
        rows = model._default_manager.filter(**such).order_by("pk")
        marked = has_number(model) and rows.filter(pk__gte=marks.first_id(marks.GROUPS[0]))
        if not marked:
            return list(rows.values_list("pk", flat=True)[:1])
        first = marks.first_id(group)
        return list(rows.filter(pk__range=(first, first + 9999)).values_list("pk", flat=True))


def build() -> World:
    world = World()
    with marking():
        _build(world)
    return world


def _build(world: World) -> None:
    _people(world)
    coupons.of_everybody()
    _belongings(world)
    for group in _CUSTOMERS:
        more_customers(world, group)
    world.places = {
        "kehu": associations.place_of("jing", 0),
        "kehu2": associations.place_of("jing", 1),
        "zike": associations.place_of("jing", 0, is_main=False),
        "pangke": associations.place_of("stranger", 0),
    }
    for name, place in world.places.items():
        with ids_of("stranger" if name == "pangke" else "jing"):
            _protect(place.user)
    _vendor(world)
    with ids_of("someone"):
        _notify(world.members["quiet"])


# ---- who ----


def _people(world: World) -> None:
    with ids_of("distributor"):
        world.partners["distributor"] = factories.make_partner(kind="distributor", **_POSTPAID)
        _join(
            world,
            "distributor",
            zong=[PARTNER_ADMIN],
            zongcai=[FINANCE],
            zongjing=[ACCOUNT_MANAGER],
        )
    with ids_of("reseller"):
        world.partners["reseller"] = reseller = factories.make_partner(
            distributor=world.partners["distributor"]
        )
        _role(reseller, "custom-viewer", [CUSTOMERS_VIEW, ACTIVITY_VIEW])
        _role(reseller, "custom-nothing", [])
        _join(
            world,
            "reseller",
            yun=[PARTNER_ADMIN],
            guanli=[SYSTEM_ADMIN],
            zhuguan=[ACCOUNT_DIRECTOR],
            cai=[FINANCE],
            viewer=["custom-viewer"],
            nothing=["custom-nothing"],
            quiet=[FINANCE],
        )
        _unfinished(world, reseller)
        world.users["nobody"] = factories.make_user()
        _protect(world.users["nobody"])
        for name in ("jing", "other"):
            director = world.members["zhuguan"] if name == "jing" else None
            world.members[name] = factories.make_member(partner=reseller, director=director)
            _protect(world.members[name].user)
        for name in ("jing", "yun", "cai", "zhuguan", "other"):
            _notify(world.members[name])
    with ids_of("stranger"):
        world.partners["stranger"] = factories.make_partner(kind="distributor", **_POSTPAID)
        _join(world, "stranger", pang=[PARTNER_ADMIN], pangjing=[ACCOUNT_MANAGER])
    with ids_of("second"):
        world.partners["second"] = factories.make_partner(**_POSTPAID)
    with ids_of("reseller"):
        world.members["double"] = factories.make_member(partner=world.partners["reseller"])
        _protect(world.members["double"].user)
    with ids_of("second"):
        factories.make_member(
            partner=world.partners["second"],
            user=world.members["double"].user,
            role=PARTNER_ADMIN,
        )
        _notify(_join(world, "second", erhao=[FINANCE]))


def _belongings(world: World) -> None:
    """What a partner has whoever its members are."""
    for group in ("distributor", "reseller", "stranger", "second"):
        with ids_of(group):  # labels are the whole partner's
            factories.make_label(by=Member.objects.filter(partner=world.partners[group]).first())
    for group in ("distributor", "stranger", "second"):
        with ids_of(group):
            _role(world.partners[group], "custom-any", [CUSTOMERS_VIEW])
            _notify(Member.objects.filter(partner=world.partners[group]).first())
    for group, partner in world.partners.items():
        with ids_of(group):
            _announce(partner)
            funds.of_partner(partner)
            coupons.of_partner(partner)
            if partner.distributor_id:
                coupons.of_reseller(partner)
            planting_money.of_partner(partner)
            delegation.of_partner(partner)
            limits.of_partner(partner)
    with ids_of("stranger"):
        former = {"partner": world.partners["second"], "distributor": world.partners["stranger"]}
        planting_money.of_former_reseller(**former)
        delegation.of_former_reseller(**former)
        limits.of_former_reseller(**former)


def _unfinished(world: World, partner: Partner) -> None:
    """People whom something keeps out."""
    people = {
        "left": {"is_active": False},
        "gone": {},
        "careless": {"user": factories.make_user(factor=False)},
        "fresh": {"user": factories.make_user(must_change_password=True)},
    }
    for name, fields in people.items():
        world.members[name] = factories.make_member(partner=partner, role=FINANCE, **fields)
        if name != "careless":
            _protect(world.members[name].user)
    User.objects.filter(pk=world.members["gone"].user_id).update(is_active=False)


def _join(world: World, partner: str, **people: list[str]) -> Member:
    for name, roles in people.items():
        world.members[name] = factories.make_member(partner=world.partners[partner], roles=roles)
        _protect(world.members[name].user)
    return world.members[name]


def _protect(user: User) -> None:
    """All that an account can have: an app, a passkey, recovery codes, another browser."""
    add_app(user)
    asked = {"publicKey": {"user": {"id": websafe_encode(b"user")}, "challenge": "c2lnbg"}}
    credential = json.loads(Passkey().register(asked))
    WebAuthn.add(user, mark("org.User.name"), credential)
    add_recovery_codes(user)
    elsewhere = import_module(settings.SESSION_ENGINE).SessionStore()
    elsewhere.create()
    UserSession.objects.create(
        user=user, ip="203.0.113.9", session_key=elsewhere.session_key, user_agent="Firefox/140"
    )


def _role(partner: Partner, code: str, permissions: list[str]) -> Role:
    return Role.objects.create(partner=partner, code=code, name=code, permissions=permissions)


def _announce(partner: Partner) -> None:
    """For this partner alone: what stands in it is as private as a row of its own."""
    news = factories.make_announcement(partner_ids=[partner.pk], level="important")
    AnnouncementRead.objects.create(
        partner=partner,
        member=Member.objects.filter(partner=partner).first(),
        announcement=news,
        revision=1,
        read_at=NOW,
    )


def _notify(member: Member) -> None:
    for n, kind in enumerate(("customer.assigned", "customer.taken_back")):
        customer = Customer.objects.filter(partner=member.partner).first()
        Notification.objects.create(
            partner_id=member.partner_id,
            member=member,
            kind=kind,
            key=f"{kind}:{member.pk}:{n}",
            params={"customer": customer.pk if customer else 0},
            created_at=NOW - timedelta(days=n),
            mail_state="none" if n else "failed",
        )
    NoticeSettings.objects.create(
        partner_id=member.partner_id, member=member, mail={"customer.assigned": "now"}
    )


# ---- what they have ----


def more_customers(world: World, group: str) -> None:
    partner, managers = _CUSTOMERS[group]
    with ids_of(group):
        for n, name in enumerate(managers):
            customer_of(world.partners[partner], world.members.get(name), n)
        limits.of_group(world.partners[partner], world.members.get(managers[1]))


def _vendor(world: World) -> None:
    with ids_of("vendor"):
        for role in ("reviewer", "operator", "auditor"):
            world.users[role] = factories.make_vendor_user(role=role)
            _protect(world.users[role])
        world.users["vendor_careless"] = factories.make_user(vendor_role="operator", factor=False)
        account = CloudAccount.objects.create(number="unmapped")
        SubAccount.objects.create(provider="cloud", number="unmapped", cloud_account=None)
        SubAccount.objects.create(provider="cloud", number="mapped", cloud_account=account)
        ExchangeRate.objects.create(currency="USD", rate="7.1", valid_from=TODAY)
        ConsumptionFile.objects.create(
            name="x.csv", digest="0" * 64, state="imported", imported_at=NOW, bad_lines=1, lines=9
        )
        ReportFile.objects.create(
            name="y.csv", kind="orders", imported_at=NOW, imported_by=world.users["operator"]
        )
        for partner in (None, *world.partners.values()):
            GenerationRun.objects.create(
                rule=Rule.objects.first(),
                partner=partner,
                business_date=TODAY,
                state="refused",
                started_at=NOW,
                finished_at=NOW,
            )
        Announcement.objects.create(created_at=NOW)  # a draft
        Activity.objects.create(
            verb="customer.assigned", user=world.users["operator"], at=NOW, subject_type=""
        )
        TaskRun.objects.create(name="x.tasks.y", started_at=NOW)
        planting_money.of_vendor()
        coupons.of_vendor()
        planting_imports.of_vendor(world.users["operator"], world.partners["reseller"])
    factories.make_complete(day=TODAY, days=3)
