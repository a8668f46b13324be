"""People's accounts: made by an administrator, recovered without anybody choosing a password."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session

from activity.models import AccountMail, Activity, Notification
from core.refusals import InvalidTransition, Refused
from org import services
from org.models import User
from org.passwords import ThreeKindsValidator
from org.rules import temporary_password
from org.services.accounts import find_user
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def create(**facts):
    return services.create_user(**({"name": "李雷"} | facts), by=None, at=NOW)


def test_contacts_are_stored_in_one_form():
    user, _password = create(email=" Li@Example.COM ", phone="+86 138-0013-8000")
    assert (user.email, user.phone) == ("li@example.com", "13800138000")


def test_a_person_is_found_however_the_contact_was_typed():
    user, _password = create(email="li@example.com", phone="13800138000")
    assert find_user("LI@example.com") == find_user("+8613800138000") == user
    assert find_user("138") is None


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "至少填写一项"),
        ({"email": "li@"}, "邮箱格式不正确"),
        ({"phone": "12345"}, "中国大陆手机号"),
        ({"name": " ", "phone": "13800138000"}, "请填写姓名"),
        ({"name": "长" * 65, "phone": "13800138000"}, "最多 64 个字符"),
    ],
)
def test_a_person_who_could_not_sign_in_is_not_made(facts, sentence):
    with pytest.raises(Refused, match=sentence):
        create(**facts)


def test_two_people_do_not_share_a_contact():
    create(email="li@example.com", phone="13800138000")
    with pytest.raises(Refused, match="邮箱已被使用"):
        create(email="LI@example.com")
    with pytest.raises(Refused, match="手机号已被使用"):
        create(phone="13800138000")


def test_temporary_passwords_please_both_profiles_and_differ():
    made = {temporary_password() for _n in range(50)}
    assert len(made) == 50
    for password in made:
        validate_password(password)
        ThreeKindsValidator().validate(password)


def test_a_vendor_user_has_one_known_role():
    user, _password = services.create_vendor_user(
        name="审计", role="auditor", email="a@vendor.example", by=None, at=NOW
    )
    assert user.vendor_role == "auditor"
    with pytest.raises(Refused, match="没有这个厂商角色"):
        services.create_vendor_user(name="王", role="king", email="k@x.cn", by=None, at=NOW)


def test_the_log_of_a_new_person_is_masked():
    create(email="li@example.com", phone="13800138000")
    line = Activity.objects.get(verb="user.created")
    assert line.after == {"name": "李***", "email": "l***@example.com", "phone": "138****8000"}


# ---- passwords ----


def test_a_temporary_password_must_be_changed(cast):
    password = services.give_temporary_password(cast.jing.user, by=cast.yunying, at=NOW)
    user = User.objects.get(pk=cast.jing.user.pk)
    assert user.check_password(password)
    assert user.must_change_password
    assert not user.check_password(factories.PASSWORD)


def test_a_temporary_password_is_written_nowhere(cast):
    password = services.give_temporary_password(cast.jing.user, by=cast.yunying, at=NOW)
    line, told = Activity.objects.get(), Notification.objects.get()
    assert password not in f"{line.before}{line.after}{told.params}{told.key}"


def test_a_temporary_password_ends_all_sessions(
    cast, sign_in_listed, is_signed_in, django_capture_on_commit_callbacks
):
    key = sign_in_listed(cast.jing).session.session_key
    with django_capture_on_commit_callbacks(execute=True):
        services.give_temporary_password(cast.jing.user, by=None, at=NOW)
    assert not UserSession.objects.filter(user=cast.jing.user).exists()
    assert not Session.objects.filter(session_key=key).exists()
    assert not is_signed_in()


def test_others_stay_signed_in(
    cast, sign_in_listed, is_signed_in, django_capture_on_commit_callbacks
):
    sign_in_listed(cast.cai)
    with django_capture_on_commit_callbacks(execute=True):
        services.give_temporary_password(cast.jing.user, by=None, at=NOW)
    assert is_signed_in()


def test_a_deactivated_person_gets_no_password(cast):
    user = factories.make_user(is_active=False)
    with pytest.raises(Refused, match="请先启用"):
        services.give_temporary_password(user, by=None, at=NOW)


# ---- second factors ----


def test_all_factors_go_recovery_codes_included(cast):
    Authenticator.objects.create(user=cast.jing.user, type="recovery_codes", data={})
    Authenticator.objects.create(user=cast.jing.user, type="webauthn", data={})
    assert services.reset_second_factor(cast.jing.user, by=None, at=NOW) == 3
    assert not Authenticator.objects.filter(user=cast.jing.user).exists()
    assert Authenticator.objects.filter(user=cast.cai.user).exists()


def test_resetting_factors_ends_all_sessions(
    cast, sign_in_listed, is_signed_in, django_capture_on_commit_callbacks
):
    sign_in_listed(cast.jing)
    with django_capture_on_commit_callbacks(execute=True):
        services.reset_second_factor(cast.jing.user, by=None, at=NOW)
    assert not is_signed_in()


def test_who_has_no_factor_has_none_to_reset():
    with pytest.raises(Refused, match="没有设置双因素"):
        services.reset_second_factor(factories.make_user(factor=False), by=None, at=NOW)


def test_the_person_is_told_in_each_partner_and_mailed_once(cast):
    factories.make_member(partner=cast.distributor, role="finance", user=cast.jing.user)
    services.reset_second_factor(cast.jing.user, by=None, at=NOW)
    told = Notification.objects.filter(kind="user.second_factor_reset").order_by("pk")
    assert [n.partner for n in told] == [cast.reseller, cast.distributor]
    assert [n.mail_state for n in told] == ["waiting", "none"]


def mailed() -> set[str]:
    return set(AccountMail.objects.values_list("to", flat=True))


def test_a_new_address_is_told_in_the_partner_and_the_former_one_by_mail(cast):
    services.change_contact(cast.jing.user, email="new@example.com", by=None, at=NOW)
    assert Notification.objects.get().mail_state == "waiting"
    mail = AccountMail.objects.get()
    assert mail.to == cast.jing.user.email and mail.subject == "您的登录邮箱或手机号已变更"
    assert "new@example.com" not in mail.body


def test_a_new_phone_is_told_once(cast):
    services.change_contact(cast.jing.user, phone="13800138000", by=None, at=NOW)
    assert Notification.objects.get().mail_state == "waiting" and not mailed()


@pytest.mark.parametrize(
    "act",
    [
        services.give_temporary_password,
        services.reset_second_factor,
        lambda user, **who: services.change_contact(user, email="new@example.com", **who),
    ],
)
def test_vendor_staff_are_told_by_mail(cast, act):
    former = cast.shenji.email
    act(cast.shenji, by=None, at=NOW)
    assert mailed() == {former, User.objects.get(pk=cast.shenji.pk).email}
    assert not Notification.objects.exists()


def test_the_partner_reads_in_its_log_who_did_it(cast):
    services.reset_second_factor(cast.jing.user, by=cast.yunying, at=NOW)
    line = Activity.objects.get()
    assert (line.partner, line.user, line.before) == (
        cast.reseller,
        cast.yunying,
        {"factors": ["totp"]},
    )


def test_what_concerns_several_partners_stays_with_the_vendor(cast):
    factories.make_member(partner=cast.distributor, role="finance", user=cast.jing.user)
    services.reset_second_factor(cast.jing.user, by=cast.yunying, at=NOW)
    assert Activity.objects.get().partner is None


# ---- contacts ----


def test_a_corrected_contact_leaves_the_other_alone(cast):
    before = cast.jing.user.email
    user = services.change_contact(cast.jing.user, phone="13800138000", by=None, at=NOW)
    assert (user.email, user.phone) == (before, "13800138000")


def test_a_contact_of_somebody_else_is_refused(cast):
    with pytest.raises(Refused, match="邮箱已被使用"):
        services.change_contact(cast.jing.user, email=cast.cai.user.email, by=None, at=NOW)


def test_the_own_contact_is_no_change(cast):
    with pytest.raises(Refused, match="没有需要保存的修改"):
        services.change_contact(cast.jing.user, email=cast.jing.user.email.upper(), by=None, at=NOW)


# ---- deactivation ----


def test_a_deactivated_person_is_signed_out(
    cast, sign_in_listed, is_signed_in, django_capture_on_commit_callbacks
):
    sign_in_listed(cast.jing)
    with django_capture_on_commit_callbacks(execute=True):
        services.deactivate_user(cast.jing.user, by=None, at=NOW)
    assert not is_signed_in()


def test_the_person_behind_a_main_account_stays(cast):
    with pytest.raises(Refused, match="云帆经销 的主账号"):
        services.deactivate_user(cast.yun.user, by=None, at=NOW)


def test_nobody_deactivates_himself(cast):
    with pytest.raises(Refused, match="自己"):
        services.deactivate_user(cast.yunying, by=cast.yunying, at=NOW)


def test_deactivation_is_taken_back_once(cast):
    services.deactivate_user(cast.jing.user, by=None, at=NOW)
    services.reactivate_user(cast.jing.user, by=None, at=NOW)
    with pytest.raises(InvalidTransition, match="已启用"):
        services.reactivate_user(cast.jing.user, by=None, at=NOW)
