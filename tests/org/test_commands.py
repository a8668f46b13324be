"""The organisation from the command line."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from activity.models import Activity
from org.models import Member, Partner, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


def run(capsys, *words):
    call_command(*words)
    return capsys.readouterr().out


def password_in(output):
    return re.search(r"只显示这一次.*：(\S{16})\n", output)[1]


def test_a_partner_with_its_first_member_is_made(capsys, cast):
    run(capsys, "create_partner", "云舟", "--kind=reseller", "--distributor=华南总代")
    out = run(
        capsys,
        *("create_member", "云舟", "--name=李雷"),
        *("--email=li@example.com", "--roles=partner_admin,account_manager"),
    )
    member = Member.objects.get(partner__name="云舟")
    assert member.roles == ["partner_admin", "account_manager"]
    assert member.user.check_password(password_in(out))
    assert "主账号、客户经理" in out


def test_somebody_known_gets_no_new_password(capsys, cast):
    out = run(
        capsys,
        *("create_member", "华南总代", "--name=经理"),
        *(f"--email={cast.jing.user.email}", "--roles=finance"),
    )
    assert "沿用原有密码" in out
    assert cast.jing.user.memberships.count() == 2


def test_a_refusal_is_one_sentence(cast):
    with pytest.raises(CommandError, match=r"^云经销商必须且只能归属一个总经销商.*。$"):
        call_command("create_partner", "云舟", "--kind=reseller")
    assert not Partner.objects.filter(name="云舟").exists()


def test_a_partner_may_be_named_by_id(capsys, cast):
    out = run(capsys, "list_members", str(cast.reseller.pk), "--json")
    assert {m["name"] for m in json.loads(out)} == {"云代", "经理", "同事", "主管", "财务"}


def test_listed_contacts_are_masked(capsys, cast):
    out = run(capsys, "list_members", "云帆经销")
    assert cast.jing.user.email not in out
    assert "u***@example.com" in out
    assert "共 5 名成员" in out


def test_an_unknown_partner_is_said(cast):
    with pytest.raises(CommandError, match="没有这个伙伴：无名"):
        call_command("list_members", "无名")


def test_roles_are_set(capsys, cast):
    out = run(
        capsys, "set_roles", "云帆经销", cast.cai.user.email, "--roles=finance,account_manager"
    )
    assert "客户经理、财务" in out
    assert Member.objects.get(pk=cast.cai.pk).roles == ["account_manager", "finance"]


def test_managers_are_released_only_if_asked(capsys, cast):
    words = ("set_roles", "云帆经销", cast.zhuguan.user.email, "--roles=finance")
    with pytest.raises(CommandError, match="还有 1 名客户经理"):
        call_command(*words)
    run(capsys, *words, "--release-managers")
    assert Member.objects.get(pk=cast.jing.pk).director is None


def test_who_is_no_member_is_said(cast):
    with pytest.raises(CommandError, match="不是 云帆经销 的成员"):
        call_command("set_roles", "云帆经销", cast.pang.user.email, "--roles=finance")


def test_a_vendor_user_is_made(capsys):
    out = run(capsys, "create_vendor_user", "--name=审计", "--role=auditor", "--email=a@v.cn")
    user = User.objects.get(email="a@v.cn")
    assert user.vendor_role == "auditor"
    assert user.check_password(password_in(out))


def test_a_password_is_reset(capsys, cast):
    out = run(capsys, "reset_password", cast.jing.user.email)
    assert User.objects.get(pk=cast.jing.user.pk).check_password(password_in(out))


def test_an_unknown_person_is_said():
    with pytest.raises(CommandError, match="没有使用该邮箱或手机号的用户"):
        call_command("reset_password", "nobody@example.com")


def test_second_factors_are_reset(capsys, cast):
    out = run(capsys, "reset_second_factor", cast.jing.user.email)
    assert "1 项双因素认证" in out
    assert not cast.jing.user.authenticator_set.exists()


def test_vendor_staff_leave_by_command(capsys, cast):
    run(capsys, "deactivate_user", cast.shen.email)
    assert not User.objects.get(pk=cast.shen.pk).is_active
    run(capsys, "deactivate_user", cast.shen.email, "--undo")
    assert User.objects.get(pk=cast.shen.pk).is_active


def test_a_custom_role_is_made_changed_and_deleted(capsys, cast):
    out = run(capsys, "create_role", "云帆经销", "质检", "--permissions=customers.view")
    assert "质检（custom-1）" in out
    run(capsys, "change_role", "云帆经销", "custom-1", "--permissions=activity.view,customers.view")
    role = Role.objects.get()
    assert (role.name, role.permissions) == ("质检", ["activity.view", "customers.view"])
    run(capsys, "change_role", "云帆经销", "质检", "--name=质检员")
    run(capsys, "delete_role", "云帆经销", "质检员")
    assert not Role.objects.exists()


def test_a_role_of_another_partner_is_unknown(capsys, cast):
    run(capsys, "create_role", "北方总代", "质检", "--permissions=customers.view")
    with pytest.raises(CommandError, match="云帆经销 没有这个自定义角色：质检"):
        call_command("delete_role", "云帆经销", "质检")


def test_a_director_is_set_and_taken_back(capsys, cast):
    manager, director = cast.other.user.email, f"--director={cast.zhuguan.user.email}"
    assert "主管现为：主管" in run(capsys, "set_director", "云帆经销", manager, director)
    assert Member.objects.get(pk=cast.other.pk).director == cast.zhuguan
    assert "主管现为：无" in run(capsys, "set_director", "云帆经销", manager)
    assert Member.objects.get(pk=cast.other.pk).director is None


def test_the_main_account_is_transferred(capsys, cast):
    out = run(capsys, "transfer_main_account", "云帆经销", cast.cai.user.email)
    assert "云帆经销 的主账号现为 财务" in out
    assert Member.objects.get(pk=cast.cai.pk).is_main_account
    assert Member.objects.get(pk=cast.yun.pk).roles == ["system_admin"]


def test_a_member_is_deactivated_and_activated_again(capsys, cast):
    words = ("deactivate_member", "云帆经销", cast.cai.user.email)
    run(capsys, *words)
    assert not Member.objects.get(pk=cast.cai.pk).is_active
    run(capsys, *words, "--undo")
    assert Member.objects.get(pk=cast.cai.pk).is_active


def test_a_partner_is_renamed_and_the_rest_stays(capsys, cast):
    run(capsys, "change_partner", "云帆经销", "--name=云帆科技")
    partner = Partner.objects.get(pk=cast.reseller.pk)
    assert (partner.name, partner.distributor) == ("云帆科技", cast.distributor)
    run(capsys, "change_partner", "云帆科技", "--kind=solution_provider", "--distributor=")
    assert Partner.objects.get(pk=cast.reseller.pk).distributor is None


def test_a_partner_is_suspended_and_resumed(capsys, cast):
    run(capsys, "suspend_partner", "云帆经销")
    assert not Partner.objects.get(pk=cast.reseller.pk).is_active
    run(capsys, "suspend_partner", "云帆经销", "--undo")
    assert Partner.objects.get(pk=cast.reseller.pk).is_active


def test_what_a_command_does_is_recorded_as_the_system_with_an_id(capsys):
    partner = factories.make_partner()
    run(
        capsys,
        *("create_member", partner.name, "--name=李"),
        *("--phone=13800138000", "--roles=partner_admin"),
    )
    lines = Activity.objects.filter(user=None)
    assert {line.verb for line in lines} == {"user.created", "member.created"}
    assert len({line.request_id for line in lines}) == 1 and lines[0].request_id
