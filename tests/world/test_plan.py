"""Who there is: every kind of partner, every role, and sizes that differ as they do in life."""

from datetime import date

import pytest

from org.permissions import PRESETS, granted
from partnercenter.world.plan import CUSTOM_ROLE, Plan, Spec, first_day_of, skewed


def plan_of(partners: int = 40, customers: int = 40_000, seed: int = 3) -> Plan:
    return Plan(Spec(seed, partners, customers, date(2026, 10, 1), date(2026, 11, 20)))


@pytest.mark.parametrize("partners", [3, 6, 40, 300])
def test_every_kind_of_partner_is_there(partners):
    kinds = {partner.kind for partner in plan_of(partners).partners}
    assert kinds == {"distributor", "reseller", "solution_provider"}


def test_resellers_and_only_resellers_have_a_distributor():
    plan = plan_of()
    distributors = {partner.id for partner in plan.partners if partner.kind == "distributor"}
    for partner in plan.partners:
        assert (partner.distributor in distributors) == (partner.kind == "reseller")


def test_every_role_is_there():
    members = [member for partner in plan_of().partners for member in partner.members]
    roles = {role for member in members for role in member.roles}
    assert roles == {*PRESETS, CUSTOM_ROLE}
    assert {person.vendor_role for person in plan_of().vendor_staff} == {
        "operator",
        "reviewer",
        "auditor",
    }


def test_every_partner_can_work():
    for partner in plan_of().partners:
        assert partner.main_account.is_active
        assert any(manager.is_active for manager in partner.managers)
        director_ids = {member.id for member in partner.directors}
        assert {manager.director for manager in partner.managers} <= director_ids


def test_roles_grant_something():
    for partner in plan_of().partners:
        for member in partner.members:
            assert granted(member.roles) or member.roles == (CUSTOM_ROLE,)


def test_some_people_work_for_two_partners():
    users = [member.person.user for p in plan_of().partners for member in p.members]
    assert 0 < len(users) - len(set(users)) < len(users) / 10


def test_no_two_people_share_an_address_or_number():
    people = {m.person.user: m.person for p in plan_of().partners for m in p.members}.values()
    phones = [person.phone for person in people if person.phone]
    assert len({person.email for person in people}) == len(people)
    assert len(set(phones)) == len(phones)
    assert all(person.email.endswith("@example.com") for person in people)


@pytest.mark.parametrize(("partners", "share"), [(200, 0.12), (60, 0.12), (6, 1 / 3)])
def test_the_largest_partner_has_its_share(partners, share):
    weights = skewed(partners)
    assert weights == sorted(weights, reverse=True)
    assert weights[0] / sum(weights) == pytest.approx(share, abs=0.01)


def test_months_begin_on_the_first_and_days_are_counted():
    until = date(2026, 3, 20)
    assert first_day_of(until, 3, None) == date(2026, 1, 1)
    assert first_day_of(until, 3, 45) == date(2026, 2, 4)
