"""Ways to fill a placeholder of a URL: with one's own row, a colleague's, a stranger's.

`fillers.py` says which URL is filled in which way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from activity.models import Activity
from associations.links import token_of
from associations.models import AssociationChange, Invitation
from billing.operations.kinds import ON_RESOURCES
from customers.accounts.models import AccountUser
from customers.models import CloudAccount, Customer
from jobs.imports.models import Import
from jobs.models import Job
from org.models import Member, Partner

from .actors import Seat
from .world import World

Which = Literal["own", "sibling", "foreign", "missing", "mixed", "none"]
OBJECTS: tuple[Which, ...] = ("own", "sibling", "foreign", "missing")
MISSING = 990_000_000_000
# Rows that a group of customers does not have are looked for at its partner.
WHOLE_PARTNER = {"jing": "reseller", "other": "reseller", "unassigned": "reseller"}


@dataclass(frozen=True)
class Target:
    """One value of a placeholder, and whether the person who asks may know the row."""

    value: Any
    visible: bool


Fill = Callable[[Seat, World, Which], list[Target]]


@cache
def rows(model: Any, **such: Any) -> Fill:
    """A row of the group that stands for own, colleague's or stranger's."""

    def fill(seat: Seat, world: World, which: Which) -> list[Target]:
        if which == "missing":
            return [Target(MISSING, False)]
        group = getattr(seat.actor, which)
        if not (ids := world.ids(model, group, **such)):
            group = WHOLE_PARTNER.get(group, group)
            ids = world.ids(model, group, **such)
        return [Target(pk, group in seat.actor.sees) for pk in ids[:1]]

    return fill


@cache
def personal(model: Any, owner: str, **kind: Any) -> Fill:
    """A row of one person: another's is as good as missing, even a colleague's."""

    def fill(seat: Seat, world: World, which: Which) -> list[Target]:
        if which == "missing":
            return [Target(MISSING, False)]
        me = seat.user if owner == "user" else seat.member
        if which == "own":
            mine = model.objects.filter(**{owner: me}, **kind).order_by("pk") if me else []
            return [Target(row.pk, True) for row in mine[:1]]
        group = getattr(seat.actor, which)
        ids = world.ids(model, WHOLE_PARTNER.get(group, group))
        others = model.objects.filter(pk__in=ids, **kind)
        others = others.exclude(**{owner: me}) if me else others
        return [Target(pk, False) for pk in others.values_list("pk", flat=True)[:1]]

    return fill


def partner_to_act_for(seat: Seat, world: World, which: Which) -> list[Target]:
    """Whoever works at a partner may."""
    if which == "missing":
        return [Target(MISSING, False)]
    group = getattr(seat.actor, which)
    found = world.ids(Partner, WHOLE_PARTNER.get(group, group))
    mine = Member.objects.active().filter(user=seat.user) if seat.user else Member.objects.none()
    return [Target(pk, mine.filter(partner_id=pk).exists()) for pk in found]


def resellers(seat: Seat, world: World, which: Which) -> list[Target]:
    """A partner, which its distributor knows."""
    if which == "missing":
        return [Target(MISSING, False)]
    group = {"own": "reseller"}.get(which, "stranger")
    mine = seat.member.partner_id if seat.member else None
    found = Partner.objects.filter(pk__in=world.ids(Partner, group))
    return [Target(each.pk, each.distributor_id == mine) for each in found]


@cache
def jobs(state: str, kind: str = "export") -> Fill:
    """A job of one member: the main account sees all of the partner's."""

    def fill(seat: Seat, world: World, which: Which) -> list[Target]:
        if which == "missing":
            return [Target(MISSING, False)]
        found = Job.objects.filter(
            pk__in=world.ids(Job, getattr(seat.actor, which), state=state, kind=kind)
        )
        mine = Job.objects.visible_to(seat.member) if seat.member else Job.objects.none()
        return [Target(job.pk, mine.filter(pk=job.pk).exists()) for job in found[:1]]

    return fill


def lines(seat: Seat, world: World, which: Which) -> list[Target]:
    """A line of the log: who reads a team's work finds no more."""
    if which == "missing":
        return [Target(MISSING, False)]
    group = getattr(seat.actor, which)
    ids = world.ids(Activity, group) or world.ids(Activity, WHOLE_PARTNER.get(group, group))
    mine = Activity.objects.visible_to(seat.member) if seat.member else Activity.objects.none()
    return [Target(pk, mine.filter(pk=pk).exists()) for pk in ids[:1]]


def imports(seat: Seat, world: World, which: Which) -> list[Target]:
    """A file of one member: the main account sees all of the partner's."""
    if which == "missing":
        return [Target(MISSING, False)]
    ids = world.ids(Import, getattr(seat.actor, which))
    mine = Import.objects.visible_to(seat.member) if seat.member else Import.objects.none()
    return [Target(pk, mine.filter(pk=pk).exists()) for pk in ids[:1]]


@cache
def seen(model: Any, **such: Any) -> Fill:
    """A row that two partners may see: each asks its own rule."""

    def fill(seat: Seat, world: World, which: Which) -> list[Target]:
        if which == "missing":
            return [Target(MISSING, False)]
        group = getattr(seat.actor, which)
        ids = world.ids(model, group, **such)
        ids = ids or world.ids(model, WHOLE_PARTNER.get(group, group), **such)
        mine = model.objects.visible_to(seat.member) if seat.member else model.objects.none()
        return [Target(pk, mine.filter(pk=pk).exists()) for pk in ids[:1]]

    return fill


def imports_of_vendor(seat: Seat, world: World, which: Which) -> list[Target]:
    """The desk knows its own files only."""
    if which == "own":
        return [Target(pk, True) for pk in world.ids(Import, "vendor")[:1]]
    return [Target(MISSING, False)]


def kind_of_import(seat: Seat, world: World, which: Which) -> list[Target]:
    return [Target("customers", True) if which == "own" else Target("nothing", False)]


@cache
def changes(state: str = "") -> Fill:
    """A change between two sides: a customer sees those of the own account only."""
    such = {"state": state} if state else {}

    def fill(seat: Seat, world: World, which: Which) -> list[Target]:
        if which == "missing":
            return [Target(MISSING, False)]
        ids = world.ids(AssociationChange, getattr(seat.actor, which), **such)
        who = seat.place or seat.member
        mine = AssociationChange.objects.visible_to(who) if who else Customer.objects.none()
        of_mine = [pk for pk in ids if mine.filter(pk=pk).exists()]
        return [Target(pk, bool(of_mine)) for pk in (of_mine or ids)[:1]]

    return fill


@cache
def invitations(**such: Any) -> Fill:
    """One that a member sent: another manager's is not there."""

    def fill(seat: Seat, world: World, which: Which) -> list[Target]:
        if which == "missing":
            return [Target(MISSING, False)]
        ids = world.ids(Invitation, getattr(seat.actor, which), **such)
        mine = (
            Invitation.objects.visible_to(seat.member) if seat.member else Invitation.objects.none()
        )
        return [Target(pk, mine.filter(pk=pk).exists()) for pk in ids[:1]]

    return fill


def addresses(seat: Seat, world: World, which: Which) -> list[Target]:
    """An invitation's address opens for whoever holds it."""
    if which != "own":
        return []
    group = getattr(seat.actor, which)
    ids = world.ids(Invitation, group, channel="link") or world.ids(
        Invitation, "jing", channel="link"
    )
    return [Target(token_of(Invitation.objects.get(pk=ids[0])), True)]


def accounts(seat: Seat, world: World, which: Which) -> list[Target]:
    if which == "missing":
        return [Target(MISSING, False)]
    found = world.ids(CloudAccount, getattr(seat.actor, which))[:1]
    if which == "own" and seat.place:
        found = [seat.place.cloud_account_id]
    mine = AccountUser.objects.active().filter(user=seat.user)
    return [Target(pk, mine.filter(cloud_account=pk).exists()) for pk in found]


@cache
def of_account(model: Any, **such: Any) -> Fill:
    """A row that a customer's user reads: of the own account only."""

    def fill(seat: Seat, world: World, which: Which) -> list[Target]:
        if which == "missing":
            return [Target(MISSING, False)]
        found = world.ids(model, getattr(seat.actor, which), **such)
        mine = model.objects.none()
        if seat.place:
            read = getattr(model.objects, "of_account", None) or model.objects.visible_to
            mine = read(seat.place).filter(pk__in=found)
        of_mine = list(mine.order_by("pk").values_list("pk", flat=True))
        return [Target(pk, pk in of_mine) for pk in (of_mine or found)[:1]]

    return fill


def rights(seat: Seat, world: World, which: Which) -> list[Target]:
    """Who gives no rights is told so, whichever reseller is named."""
    found = resellers(seat, world, which)
    return found if seat.gives_rights else [Target(each.value, True) for each in found]


def theirs(seat: Seat, world: World, which: Which) -> list[Target]:
    """A 转售 customer of a reseller, which its distributor knows."""
    if which == "missing":
        return [Target(MISSING, False)]
    group = {"own": "unassigned"}.get(which, "stranger")
    mine = seat.is_distributor and group == "unassigned" and seat.actor.own == "distributor"
    ids = world.ids(Customer, group, association_type="postpaid")
    return [Target(pk, bool(mine)) for pk in ids]


@cache
def inside(model: Any, **such: Any) -> Fill:
    """Of the customer in whose account the member is; any other's are not there."""

    def fill(seat: Seat, world: World, which: Which) -> list[Target]:
        if which == "missing":
            return [Target(MISSING, False)]
        if which == "own" and seat.inside:
            found = model.objects.filter(customer=seat.inside, **such).order_by("pk")
        else:
            ids = world.ids(model, getattr(seat.actor, which), **such)
            found = model.objects.filter(pk__in=ids).order_by("pk")
        return [Target(each.pk, each.customer_id == seat.inside) for each in found[:1]]

    return fill


def deeds(seat: Seat, world: World, which: Which) -> list[Target]:
    return (
        [Target("nothing", False)]
        if which == "missing"
        else [Target(kind.value, True) for kind in ON_RESOURCES]
    )


def either(*fills: Fill) -> Fill:
    return lambda seat, world, which: [t for fill in fills for t in fill(seat, world, which)]
