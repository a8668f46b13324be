"""Passwords: what is accepted, when one must change, and how a forgotten one is replaced."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as project
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, transaction
from django.test import Client

from activity.models import Activity
from core import clock, tenancy
from org.models import User
from tests import factories as f

from . import signing as s

CHANGE = "/accounts/password/change/"
NEW = "a wholly new secret"
LONG = "".join(chr(48 + n * 37 % 75) for n in range(127))
COMPLETE = "/accounts/password/reset/complete/"


@pytest.fixture
def jing(cast: Any) -> Any:
    s.add_app(cast.jing.user)
    return cast.jing.user


@pytest.fixture
def no_outbox(monkeypatch: Any) -> None:
    """Nothing can be written into the outbox."""

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError

    monkeypatch.setattr("partnercenter.identity.mail_account", fail)


def change(client: Client, new: str = NEW, old: str = f.PASSWORD) -> Any:
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})


# ---- what is accepted ----


@pytest.mark.parametrize(
    "password",
    ["twelve chars", "十二个字的口令也完全可以", f"{LONG}?", "    spaces are kept    "],
)
def test_long_passwords_of_any_kind_are_accepted(password):
    validate_password(password, User(name="经理", email="jing@example.com"))


@pytest.mark.parametrize(
    "password",
    [
        "eleven char",
        "jing.manager@example.com",
        "123456789012",
        "abcdefghijkl",
        "aaaaaaaaaaaaaaa",
        "abc!abc!abc!abc!",
        "1qaz2wsx3edc",
    ],
)
def test_short_common_and_personal_passwords_are_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, User(name="经理", email="jing.manager@example.com"))


def test_a_long_password_is_compared_whole(client, jing):
    jing.set_password(LONG + "?")
    jing.save()
    assert s.give_password(client, jing.email, LONG).status_code == 200
    assert s.give_password(client, jing.email, LONG + "?").status_code == 302


# ---- changing it ----


def test_a_changed_password_signs_in_and_the_old_one_does_not(jing):
    client = Client()
    client.force_login(jing)
    change(client)
    assert s.give_password(Client(), jing.email, NEW).status_code == 302
    assert s.give_password(Client(), jing.email).status_code == 200


def test_a_change_ends_the_other_sessions_and_keeps_this_one(jing):
    here, there = Client(), Client()
    here.force_login(jing)
    there.force_login(jing)
    change(here)
    assert s.is_signed_in(here)
    assert not s.is_signed_in(there)


def test_a_change_needs_the_current_password(client, jing):
    client.force_login(jing)
    assert change(client, old="a guess").status_code == 200
    jing.refresh_from_db()
    assert jing.check_password(f.PASSWORD)


def test_the_same_password_is_no_change(client, jing):
    jing.must_change_password = True
    jing.save()
    client.force_login(jing)
    assert "不能与当前密码相同" in change(client, new=f.PASSWORD).content.decode()
    jing.refresh_from_db()
    assert jing.must_change_password


def given_days_ago(user, days):
    user.must_change_password = True
    user.password_changed_at = clock.now() - timedelta(days=days)
    user.save()


def test_a_given_password_signs_in_for_a_week(client, jing):
    given_days_ago(jing, 6.9)
    assert s.give_password(client, jing.email).status_code == 302


def test_a_given_password_is_refused_after_a_week_and_the_attempt_noted(client, jing):
    given_days_ago(jing, 7.1)
    response = s.give_password(client, jing.email)
    assert "临时密码已过期（7 天内有效）" in response.content.decode()
    assert not s.is_signed_in(client)
    assert Activity.objects.filter(verb="session.refused").count() == 1


def test_a_week_after_it_was_chosen_an_own_password_is_as_good(client, jing):
    given_days_ago(jing, 30)
    User.objects.update(must_change_password=False)
    assert s.give_password(client, jing.email).status_code == 302


def test_a_change_is_noted_and_mailed(client, jing):
    client.force_login(jing)
    change(client)
    assert Activity.objects.filter(verb="password.changed", user=jing).count() == 1
    assert s.mailed()[-1].subject == "[伙伴中心] 密码已修改"


def test_a_change_is_mailed_with_it_or_neither_happens(jing, no_outbox):
    client = Client(raise_request_exception=False)
    client.force_login(jing)
    assert change(client).status_code == 500
    jing.refresh_from_db()
    assert jing.check_password(f.PASSWORD)


def test_the_application_may_change_a_password_but_nobodys_standing_or_contact(jing):
    with tenancy.tenant(None, user_id=jing.pk):
        User.objects.filter(pk=jing.pk).update(must_change_password=False)
        kept = {"vendor_role": "operator", "is_active": False, "name": "x", "phone": "1"}
        for field, value in (kept | {"email": "x@example.com"}).items():
            with pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
                User.objects.filter(pk=jing.pk).update(**{field: value})


# ---- forgetting it ----


def reset(client: Client, user: User) -> None:
    client.post(s.RESET, {"email": user.email})
    client.post(s.RESET_CODE, {"code": s.mailed_code()})


def test_a_mailed_code_sets_a_new_password(client, jing):
    reset(client, jing)
    client.post(COMPLETE, {"password1": NEW, "password2": NEW})
    jing.refresh_from_db()
    assert jing.check_password(NEW)
    assert Activity.objects.filter(verb="password.reset", user=jing).exists()


def test_a_reset_does_not_sign_in_and_the_second_factor_is_still_asked(client, jing):
    reset(client, jing)
    client.post(COMPLETE, {"password1": NEW, "password2": NEW})
    assert not s.is_signed_in(client)
    assert s.give_password(client, jing.email, NEW)["Location"] == s.CHALLENGE


def test_a_reset_ends_every_session(client, jing):
    there = Client()
    there.force_login(jing)
    reset(client, jing)
    client.post(COMPLETE, {"password1": NEW, "password2": NEW})
    assert not s.is_signed_in(there)


def test_a_reset_lifts_the_lock_of_wrong_guesses(client, jing):
    for _ in range(6):
        s.give_password(client, jing.email, "a guess")
    reset(client, jing)
    client.post(COMPLETE, {"password1": NEW, "password2": NEW})
    assert s.give_password(client, jing.email, NEW).status_code == 302


def test_no_new_password_without_the_code(client, jing):
    client.post(s.RESET, {"email": jing.email})
    client.post(COMPLETE, {"password1": NEW, "password2": NEW})
    jing.refresh_from_db()
    assert jing.check_password(f.PASSWORD)


def test_a_code_is_good_for_ten_minutes(client, jing):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client.post(s.RESET, {"email": jing.email})
        code = s.mailed_code()
        clock.shift(11 * 60)
        assert client.post(s.RESET_CODE, {"code": code})["Location"] == s.LOGIN


def test_five_wrong_codes_end_the_reset(client, jing):
    client.post(s.RESET, {"email": jing.email})
    for _ in range(5):
        client.post(s.RESET_CODE, {"code": "BBBB-BBBB"})
    code = s.mailed_code()
    assert client.post(s.RESET_CODE, {"code": code})["Location"] == s.LOGIN


def test_a_reset_is_mailed_with_it_or_does_not_happen(jing, request):
    client = Client(raise_request_exception=False)
    reset(client, jing)
    request.getfixturevalue("no_outbox")
    assert client.post(COMPLETE, {"password1": NEW, "password2": NEW}).status_code == 500
    jing.refresh_from_db()
    assert jing.check_password(f.PASSWORD)


# ---- 等保三级 ----


@pytest.fixture
def djbh3(settings: Any) -> None:
    rule = {"NAME": "org.passwords.ThreeKindsValidator"}
    settings.AUTH_PASSWORD_VALIDATORS = [*settings.AUTH_PASSWORD_VALIDATORS, rule]
    settings.PASSWORD_MAX_AGE_DAYS = 90


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("only lower case", False),
        ("lower and 12345", True),
        ("Lower and Upper", True),
        ("lowerandupper12", False),
        ("LowerUpper12345", True),
        ("口令口令口令口令口令口令", False),
    ],
)
def test_the_profile_wants_three_kinds_of_characters(djbh3, password, good):
    try:
        validate_password(password)
    except ValidationError:
        assert not good
    else:
        assert good


@pytest.mark.parametrize(("days", "must"), [(90, False), (91, True)])
def test_the_profile_wants_a_new_password_after_ninety_days(djbh3, client, jing, days, must):
    jing.password_changed_at = f.NOW
    jing.save()
    with time_machine.travel(f.NOW + timedelta(days=days), tick=False):
        client.force_login(jing)
        assert (client.get(s.ACCOUNT).get("Location") == CHANGE) is must


def test_a_password_that_was_never_changed_ages_from_the_account(djbh3, client, jing):
    with time_machine.travel(jing.created_at + timedelta(days=91), tick=False):
        client.force_login(jing)
        assert client.get(s.ACCOUNT)["Location"] == CHANGE


def test_without_the_profile_passwords_do_not_age(client, jing):
    jing.password_changed_at = f.NOW - timedelta(days=3650)
    jing.save()
    client.force_login(jing)
    assert s.is_signed_in(client)


def settings_under(**environment: str) -> subprocess.CompletedProcess[str]:
    """The real settings, read by a process of their own, and three of them printed."""
    script = (
        "from partnercenter import settings as s; "
        "print([v['NAME'] for v in s.AUTH_PASSWORD_VALIDATORS], s.PASSWORD_MAX_AGE_DAYS, "
        "s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE)"
    )
    servers = {"DATABASE_URL": "postgres://x@localhost/x", "REDIS_URL": "redis://localhost"}
    return subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | servers | {"SECRET_KEY": "x", "DEMO": "false"} | environment,
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
    )


def test_the_environment_switches_the_profile_on():
    printed = settings_under(COMPLIANCE="djbh3").stdout
    assert "org.passwords.ThreeKindsValidator" in printed
    assert " 90 " in printed


@pytest.mark.parametrize(
    "environment", [{"COMPLIANCE": "djbh4"}, {"SECOND_FACTOR_REQUIRED": "false"}]
)
def test_a_wrong_setting_stops_the_project(environment):
    refused = settings_under(**environment)
    assert refused.returncode
    assert "ImproperlyConfigured" in refused.stderr


def test_with_https_cookies_are_bound_to_the_host():
    assert "__Host-sessionid True __Host-csrftoken True" in settings_under(HTTPS="true").stdout


def test_the_rules_speak_to_their_reader_politely(jing: Any, client: Client) -> None:
    client.force_login(jing)
    page = client.get(CHANGE).text
    assert "密码至少 12 个字符" in page and "再次输入新密码" in page
    assert "你" not in page


@pytest.mark.parametrize("new", ["Short1", "password1234", "jing@example.com"])
def test_a_refused_password_is_refused_in_chinese(jing: Any, new: str) -> None:
    jing.email = "jing@example.com"
    with pytest.raises(ValidationError) as refused:
        validate_password(new, jing)
    assert all(re.match("[\u4e00-\u9fff]", sentence) for sentence in refused.value.messages)
