"""Members: roles, main account, directors, leaving (benefits_org.md §3.2)."""

import pytest

from activity.models import Activity
from core.refusals import InvalidTransition, Refused
from customers.models import Customer
from org import services
from org.models import Member
from tests import factories
from tests.factories import NOW
from tests.race import race

pytestmark = pytest.mark.django_db


def change_roles(member, *roles, **options):
    return services.change_roles(member, roles=roles, by=None, at=NOW, **options)


def stored(member):
    return Member.objects.get(pk=member.pk)


def test_a_person_gets_a_place_with_roles_in_order(cast):
    user = factories.make_user()
    made = services.create_member(
        cast.reseller, user, roles=["finance", "account_manager"], by=cast.yunying, at=NOW
    )
    assert stored(made).roles == ["account_manager", "finance"]


def test_the_first_member_is_the_main_account():
    partner, user = factories.make_partner(), factories.make_user()
    with pytest.raises(Refused, match="第一名成员须为主账号"):
        services.create_member(partner, user, roles=["finance"], by=None, at=NOW)


def test_there_is_no_second_main_account(cast):
    user = factories.make_user()
    with pytest.raises(Refused, match="已有主账号"):
        services.create_member(cast.reseller, user, roles=["partner_admin"], by=None, at=NOW)


def test_nobody_is_a_member_twice(cast):
    with pytest.raises(Refused, match="已是此伙伴的成员"):
        services.create_member(cast.reseller, cast.jing.user, roles=["finance"], by=None, at=NOW)


def test_a_person_may_work_for_two_partners(cast):
    services.create_member(cast.distributor, cast.jing.user, roles=["finance"], by=None, at=NOW)
    assert cast.jing.user.memberships.count() == 2


def test_vendor_staff_work_for_no_partner(cast):
    with pytest.raises(Refused, match="厂商用户不能成为伙伴的成员"):
        services.create_member(cast.reseller, cast.shen, roles=["finance"], by=None, at=NOW)


def test_a_suspended_partner_gets_no_members(cast):
    services.suspend_partner(cast.reseller, by=None, at=NOW)
    with pytest.raises(Refused, match="伙伴已停用"):
        services.create_member(
            cast.reseller, factories.make_user(), roles=["finance"], by=None, at=NOW
        )


def test_a_deactivated_person_gets_no_place(cast):
    user = factories.make_user(is_active=False)
    with pytest.raises(Refused, match="用户已停用"):
        services.create_member(cast.reseller, user, roles=["finance"], by=None, at=NOW)


def test_somebody_unknown_is_made_with_a_temporary_password(cast):
    member, password = services.admit_member(
        cast.reseller, name="李雷", email="Li@Example.com", roles=["finance"], by=None, at=NOW
    )
    assert member.user.email == "li@example.com"
    assert member.user.check_password(password)
    assert member.user.must_change_password


def test_somebody_known_keeps_name_and_password(cast):
    member, password = services.admit_member(
        cast.distributor,
        name="别名",
        email=cast.jing.user.email.upper(),
        roles=["finance"],
        by=None,
        at=NOW,
    )
    assert (member.user, password) == (cast.jing.user, "")
    assert member.user.check_password(factories.PASSWORD)


# ---- roles ----


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        ([], "至少需要一个角色"),
        (["emperor"], "没有这个角色"),
        (["custom-9"], "没有这个角色"),
        (["account_manager", "finance", "custom-1", "custom-2"], "最多 3 个角色"),
        (["system_admin", "finance"], "系统管理员不能与其他角色"),
        (["account_manager", "account_director"], "不能同时分配"),
    ],
)
def test_roles_that_do_not_go_together_are_refused(cast, roles, sentence):
    for name in ("甲", "乙"):
        services.create_role(
            cast.reseller, name=name, permissions=["customers.view"], by=None, at=NOW
        )
    with pytest.raises(Refused, match=sentence):
        change_roles(cast.cai, *roles)


def test_another_partners_role_is_unknown_here(cast):
    services.create_role(
        cast.stranger, name="外人", permissions=["customers.view"], by=None, at=NOW
    )
    with pytest.raises(Refused, match="没有这个角色"):
        change_roles(cast.cai, "custom-1")


def test_new_roles_are_recorded_with_the_old_ones(cast):
    change_roles(cast.cai, "account_manager", "finance")
    line = Activity.objects.get(verb="member.roles_changed")
    assert line.before == {"roles": ["finance"]}
    assert line.after == {"roles": ["account_manager", "finance"]}
    assert (line.partner, line.user) == (cast.reseller, None)


def test_the_same_roles_again_are_refused(cast):
    with pytest.raises(Refused, match="已是这些角色"):
        change_roles(cast.cai, "finance")


def test_the_main_account_does_not_lose_its_role(cast):
    with pytest.raises(Refused, match="请先转移主账号"):
        change_roles(cast.yun, "finance")


def test_the_main_account_may_hold_further_roles(cast):
    change_roles(cast.yun, "partner_admin", "account_manager")
    assert stored(cast.yun).is_main_account


def test_the_main_account_is_not_given_by_roles(cast):
    with pytest.raises(Refused, match="请转移主账号"):
        change_roles(cast.cai, "partner_admin")


def test_a_director_with_managers_stays_one(cast):
    with pytest.raises(Refused, match="还有 1 名客户经理由其主管"):
        change_roles(cast.zhuguan, "finance")


def test_a_director_may_leave_his_managers_if_it_is_said(cast):
    change_roles(cast.zhuguan, "finance", release_managers=True)
    assert stored(cast.jing).director is None


def test_who_is_no_manager_any_more_has_no_director(cast):
    change_roles(cast.jing, "finance")
    assert stored(cast.jing).director is None


def test_a_manager_with_a_further_role_keeps_the_director(cast):
    change_roles(cast.jing, "account_manager", "finance")
    assert stored(cast.jing).director == cast.zhuguan


# ---- directors ----


def set_director(member, director):
    return services.set_director(member, director, by=None, at=NOW)


def test_a_manager_gets_a_director(cast):
    set_director(cast.other, cast.zhuguan)
    assert stored(cast.other).director == cast.zhuguan


def test_only_managers_have_directors(cast):
    with pytest.raises(Refused, match="只有客户经理有主管"):
        set_director(cast.cai, cast.zhuguan)


def test_only_directors_direct(cast):
    with pytest.raises(Refused, match="不是客户经理主管"):
        set_director(cast.other, cast.cai)


def test_a_director_of_another_partner_is_refused(cast):
    foreign = factories.make_member(partner=cast.stranger, role="account_director")
    with pytest.raises(Refused, match="同一伙伴"):
        set_director(cast.other, foreign)


def test_a_deactivated_director_is_refused(cast):
    gone = factories.make_member(partner=cast.reseller, role="account_director", is_active=False)
    with pytest.raises(Refused, match="已停用"):
        set_director(cast.other, gone)


def test_the_same_director_again_is_refused(cast):
    with pytest.raises(Refused, match="没有变化"):
        set_director(cast.jing, cast.zhuguan)


def test_a_manager_may_do_without_a_director(cast):
    set_director(cast.jing, None)
    assert stored(cast.jing).director is None


# ---- leaving and coming back ----


def deactivate(member):
    return services.deactivate_member(member, by=None, at=NOW)


def test_the_main_account_is_not_deactivated(cast):
    with pytest.raises(Refused, match="主账号不能停用"):
        deactivate(cast.yun)


def test_customers_of_a_deactivated_manager_fall_to_the_main_account(cast):
    customer = factories.make_customer(manager=cast.jing)
    deactivate(cast.jing)
    customer = Customer.objects.get(pk=customer.pk)
    assert customer.account_manager == cast.jing
    assert customer.owners() == [cast.yun]


def test_a_deactivated_member_is_signed_out_at_once(
    cast, sign_in_listed, is_signed_in, django_capture_on_commit_callbacks
):
    sign_in_listed(cast.jing)
    assert is_signed_in()
    with django_capture_on_commit_callbacks(execute=True):
        deactivate(cast.jing)
    assert not is_signed_in()


def test_deactivating_twice_is_said(cast):
    deactivate(cast.jing)
    with pytest.raises(InvalidTransition, match="已停用"):
        deactivate(cast.jing)


def test_a_member_comes_back_as_he_was(cast):
    deactivate(cast.jing)
    services.activate_member(cast.jing, by=None, at=NOW)
    back = stored(cast.jing)
    assert (back.is_active, back.roles, back.director) == (True, cast.jing.roles, cast.zhuguan)


# ---- the main account ----


def transfer(to):
    return services.transfer_main_account(to, by=None, at=NOW)


def test_the_main_account_moves_and_the_former_becomes_administrator(cast):
    transfer(cast.cai)
    assert stored(cast.cai).roles == ["partner_admin", "finance"]
    assert stored(cast.yun).roles == ["system_admin"]


def test_the_former_main_account_keeps_other_roles(cast):
    change_roles(cast.yun, "partner_admin", "finance")
    transfer(cast.cai)
    assert stored(cast.yun).roles == ["finance"]


def test_an_administrator_becomes_main_account_alone(cast):
    admin = factories.make_member(partner=cast.reseller, role="system_admin")
    transfer(admin)
    assert stored(admin).roles == ["partner_admin"]


def test_a_fourth_role_stops_the_transfer(cast):
    for name in ("甲", "乙"):
        services.create_role(
            cast.reseller, name=name, permissions=["customers.view"], by=None, at=NOW
        )
    change_roles(cast.cai, "finance", "custom-1", "custom-2")
    with pytest.raises(Refused, match="最多 3 个角色"):
        transfer(cast.cai)
    assert stored(cast.yun).is_main_account


def test_the_main_account_goes_to_active_members_only(cast):
    deactivate(cast.cai)
    with pytest.raises(Refused, match="已停用"):
        transfer(cast.cai)


def test_the_main_account_is_not_transferred_to_itself(cast):
    with pytest.raises(Refused, match="已是主账号"):
        transfer(cast.yun)


@pytest.mark.django_db(transaction=True)
def test_of_four_transfers_at_once_one_main_account_comes_out(cast):
    from core import tenancy

    waiting = [cast.cai, cast.jing, cast.other, cast.zhuguan]

    def one() -> None:
        with tenancy.vendor():
            transfer(waiting.pop())

    assert race(one) == [None] * 4
    assert Member.objects.main_accounts().filter(partner=cast.reseller).count() == 1
