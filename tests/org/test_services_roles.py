"""Custom roles: at most ten, no more than the catalogue holds, gone only when nobody has them."""

import pytest

from activity.models import Activity
from core.refusals import Refused
from org import services
from org.models import Member, Role
from org.permissions import MAX_CUSTOM_ROLES
from tests.factories import NOW
from tests.race import race

pytestmark = pytest.mark.django_db


def create(partner, name="质检", permissions=("customers.view",)):
    return services.create_role(partner, name=name, permissions=permissions, by=None, at=NOW)


def test_a_role_grants_what_it_holds_from_the_next_request_on(cast):
    role = create(cast.reseller, permissions=["activity.view"])
    services.change_roles(cast.cai, roles=[role.code], by=None, at=NOW)
    member = Member.objects.acting().get(pk=cast.cai.pk)
    assert member.permissions == {"activity.view"}
    services.change_role(role, name=role.name, permissions=["customers.view"], by=None, at=NOW)
    member = Member.objects.acting().get(pk=cast.cai.pk)
    assert member.permissions == {"customers.view"}


def test_what_a_permission_is_of_no_use_without_comes_with_it(cast):
    role = create(cast.reseller, permissions=["followups.handle"])
    assert role.permissions == ["customers.view", "followups.handle", "followups.view"]
    services.change_role(role, name="质检", permissions=["customers.assign"], by=None, at=NOW)
    role.refresh_from_db()
    assert role.permissions == ["customers.assign", "customers.view"]


def test_a_role_that_was_stored_without_it_grants_it_too(cast):
    Role.objects.create(
        partner=cast.reseller, code="custom-1", name="质检", permissions=["followups.handle"]
    )
    services.change_roles(cast.cai, roles=["custom-1"], by=None, at=NOW)
    assert Member.objects.acting().get(pk=cast.cai.pk).may("followups.view")


def test_an_eleventh_role_is_refused(cast):
    for n in range(MAX_CUSTOM_ROLES):
        create(cast.reseller, name=f"角色{n}")
    with pytest.raises(Refused, match="最多 10 个自定义角色"):
        create(cast.reseller)


def test_other_partners_roles_are_not_counted(cast):
    for n in range(MAX_CUSTOM_ROLES):
        create(cast.stranger, name=f"角色{n}")
    assert create(cast.reseller).code == "custom-1"


@pytest.mark.parametrize(
    ("name", "permissions", "sentence"),
    [
        ("质检", [], "至少选择一个权限项"),
        ("质检", ["customers.delete"], "没有这个权限项"),
        (" ", ["customers.view"], "请填写角色名称"),
        ("长" * 31, ["customers.view"], "最多 30 个字符"),
        ("财务", ["customers.view"], "预置角色的名称"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(cast, name, permissions, sentence):
    with pytest.raises(Refused, match=sentence):
        create(cast.reseller, name, permissions)


def test_two_roles_of_a_partner_do_not_share_a_name(cast):
    create(cast.reseller)
    with pytest.raises(Refused, match="已有同名角色"):
        create(cast.reseller)


def test_a_role_that_somebody_has_is_not_deleted(cast):
    role = create(cast.reseller)
    services.change_roles(cast.cai, roles=[role.code], by=None, at=NOW)
    with pytest.raises(Refused, match="还有 1 名成员使用该角色"):
        services.delete_role(role, by=None, at=NOW)


def test_a_deactivated_member_still_has_his_role(cast):
    role = create(cast.reseller)
    services.change_roles(cast.cai, roles=[role.code], by=None, at=NOW)
    services.deactivate_member(cast.cai, by=None, at=NOW)
    with pytest.raises(Refused, match="还有 1 名成员"):
        services.delete_role(role, by=None, at=NOW)


def test_a_role_that_nobody_has_is_deleted_and_recorded(cast):
    role = create(cast.reseller)
    services.delete_role(role, by=cast.yunying, at=NOW)
    assert not Role.objects.exists()
    line = Activity.objects.get(verb="role.deleted")
    assert line.before == {"role": "质检", "permissions": ["customers.view"]}


def test_changing_nothing_is_said(cast):
    role = create(cast.reseller)
    with pytest.raises(Refused, match="没有需要保存的修改"):
        services.change_role(role, name="质检", permissions=["customers.view"], by=None, at=NOW)


def test_a_permission_that_another_brings_is_not_taken_away_alone(cast):
    role = create(cast.reseller, permissions=["customers.view", "customers.assign"])
    with pytest.raises(Refused, match="“分配客户经理”离不开“查看客户列表”"):
        services.change_role(role, name="新名", permissions=["customers.assign"], by=None, at=NOW)
    role.refresh_from_db()
    assert role.name == "质检" and role.permissions == ["customers.assign", "customers.view"]


@pytest.mark.django_db(transaction=True)
def test_of_four_tenth_roles_at_once_one_is_made(cast):
    from core import tenancy

    names = [f"第十{n}" for n in range(4)]
    for n in range(MAX_CUSTOM_ROLES - 1):
        create(cast.reseller, name=f"角色{n}")

    def one() -> None:
        with tenancy.vendor():
            create(cast.reseller, name=names.pop())

    assert sum(isinstance(result, Refused) for result in race(one)) == 3
    assert Role.objects.filter(partner=cast.reseller).count() == MAX_CUSTOM_ROLES
