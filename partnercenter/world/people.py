"""Rows of the partners, their custom roles, their users and members."""

from datetime import datetime, timedelta

from core.clock import start_of
from org.permissions import CONSUMPTION_VIEW, CUSTOMERS_VIEW, FOLLOWUPS_VIEW

from .plan import CUSTOM_ROLE, PROVIDER, RESELLER, Person, Plan
from .text import array, line

# No password opens these accounts: Django's mark for "unusable", without its random tail.
NO_PASSWORD = "!made-up"  # noqa: S105

COLUMNS = {
    "org_user": "id, name, email, phone, password, is_active, vendor_role, must_change_password,"
    " created_at",
    "org_partner": "id, name, kind, credit_code, distributor_id, is_active, created_at,"
    " sales_model",
    "org_role": "id, partner_id, code, name, permissions",
    "org_member": "id, partner_id, user_id, roles, director_id, is_active, created_at",
}


def rows(plan: Plan) -> dict[str, str]:
    """COPY text by table, in an order that foreign keys accept."""
    opened = start_of(plan.spec.first_day) - timedelta(days=7 * 365)
    return {
        "org_user": "".join(_user(person, opened) for person in _everybody(plan)),
        "org_partner": _partners(plan, opened),
        "org_role": _roles(plan),
        "org_member": _members(plan, opened),
    }


def _everybody(plan: Plan) -> list[Person]:
    people = {person.user: person for person in plan.vendor_staff}
    for partner in plan.partners:
        people |= {member.person.user: member.person for member in partner.members}
    return [people[user] for user in sorted(people)]


def _user(person: Person, opened: datetime) -> str:
    return line(
        *(person.user, person.name.text, person.email, person.phone, NO_PASSWORD, True),
        *(person.vendor_role, False, opened + timedelta(days=person.user % 700)),
    )


def _partners(plan: Plan, opened: datetime) -> str:
    """Distributors first: resellers point at them."""
    above_first = sorted(plan.partners, key=lambda p: (p.kind in (RESELLER, PROVIDER), p.id))
    return "".join(
        line(
            *(p.id, p.name.text, p.kind, p.credit_code, p.distributor, True, opened),
            p.sales_model,
        )
        for p in above_first
    )


def _roles(plan: Plan) -> str:
    allowed = array([CONSUMPTION_VIEW, CUSTOMERS_VIEW, FOLLOWUPS_VIEW])
    owners = sorted(p.id for p in plan.partners if p.has_custom_role)
    return "".join(
        line(number, partner, CUSTOM_ROLE, "运营专员", allowed)
        for number, partner in enumerate(owners, start=1)
    )


def _members(plan: Plan, opened: datetime) -> str:
    """Directors come before their managers, as they joined."""
    members = sorted((m for p in plan.partners for m in p.members), key=lambda m: m.id)
    return "".join(
        line(
            *(m.id, m.partner, m.person.user, array(m.roles), m.director, m.is_active),
            opened + timedelta(days=m.person.user % 700),
        )
        for m in members
    )
