"""The second factor: nobody works without, and who knows the password alone gains nothing."""

import re
from typing import Any
from uuid import UUID

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from activity.models import Activity
from core.access import access_of, all_urls
from partnercenter import foreign_views
from tests import factories as f
from tests.race import race

from . import signing as s

INDEX, APP = "/accounts/2fa/", "/accounts/2fa/totp/activate/"
CODES = "/accounts/2fa/recovery-codes/"
CHANGE_PASSWORD = "/accounts/password/change/"
# What follows a change of factors happens once the change is committed.
really_commits = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jing(cast: Any) -> Any:
    s.add_app(cast.jing.user)
    return cast.jing.user


@pytest.fixture
def newcomer(cast: Any) -> Any:
    """A member who has no second factor yet."""
    return f.make_member(partner=cast.reseller, factor=False, name="新人").user


def by_password(user: Any, password: str = f.PASSWORD) -> Client:
    client = Client()
    s.give_password(client, user.email, password)
    return client


def addresses(kinds: set[str]) -> list[tuple[str, str]]:
    """(name, address) of every page of these kinds, with 1 for each number in it."""
    pages = []
    for route, name, view in all_urls():
        if access_of(view).kind in kinds:
            address = re.sub(r"<uuid:\w+>", str(UUID(int=1)), route)
            address = re.sub(r"<(?:\w+:)?\w+>", "1", address)
            pages.append((name, "/" + re.sub(r"^\^|\$$|\\Z", "", address)))
    return pages


# ---- without one ----


def open_pages(client: Client, method: str, instead: str) -> set[str]:
    """Names of the pages that do not send this person to the page `instead`."""
    answers = {
        name: getattr(client, method)(address)
        for name, address in addresses({"signed_in", "member"})
    }
    return {n for n, a in answers.items() if a.status_code != 405 and a.get("Location") != instead}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_password_only_session_reaches_nothing_but_enrolment(newcomer, method):
    reached = open_pages(by_password(newcomer), method, INDEX)
    assert reached <= foreign_views.BEFORE_FACTOR | foreign_views.BEFORE_PASSWORD
    assert {"mfa_activate_totp", "mfa_add_webauthn"} <= reached


@pytest.mark.parametrize("method", ["get", "post"])
def test_vendor_staff_without_a_factor_reach_no_vendor_page(db, method):
    client = by_password(f.make_vendor_user(factor=False))
    for _, address in addresses({"vendor"}):
        assert getattr(client, method)(address)["Location"] == INDEX, address


def test_a_fragment_without_a_factor_sends_the_whole_browser(newcomer):
    response = by_password(newcomer).get(s.ACCOUNT, HTTP_HX_REQUEST="true")
    assert response["HX-Redirect"] == INDEX


def test_the_admin_sends_strangers_to_our_own_sign_in(client, db):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(s.LOGIN)


def test_a_password_from_an_administrator_is_changed_before_anything_else(newcomer):
    newcomer.must_change_password = True
    newcomer.save()
    for method in ("get", "post"):
        reached = open_pages(by_password(newcomer), method, CHANGE_PASSWORD)
        assert reached == foreign_views.BEFORE_PASSWORD


def test_the_first_sign_in_leads_from_password_to_factor_to_work(newcomer):
    newcomer.must_change_password = True
    newcomer.save()
    client = by_password(newcomer)
    own = {
        "oldpassword": f.PASSWORD,
        "password1": "my own long secret",
        "password2": "my own long secret",
    }
    assert client.get(client.post(CHANGE_PASSWORD, own)["Location"])["Location"] == INDEX
    enrol(client)
    assert s.is_signed_in(client)


def test_the_demo_may_do_without_and_says_so(newcomer, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    page = by_password(newcomer).get(s.ACCOUNT)
    assert page.status_code == 200
    assert "演示模式" in page.content.decode()


@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/"])
def test_the_demo_says_so_to_strangers_and_on_error_pages(client, settings, path):
    settings.SECOND_FACTOR_REQUIRED = False
    assert "演示模式" in client.get(path).content.decode()
    settings.SECOND_FACTOR_REQUIRED = True
    assert "演示模式" not in client.get(path).content.decode()


def test_the_demo_says_so_on_the_desk(cast, sign_in, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    assert "演示模式" in sign_in(cast.yunying).get("/admin/").content.decode()


# ---- making one ----


def enrol(client: Client) -> Any:
    """Scan the code and type what the app shows."""
    page = client.get(APP).content.decode()
    secret = re.search(r'pc-secret">(\w+)<', page)[1]
    return client.post(APP, {"code": s.code_now(secret)})


@really_commits
def test_enrolling_an_app_shows_recovery_codes(newcomer):
    client = by_password(newcomer)
    assert enrol(client)["Location"] == CODES
    assert len(re.findall(r"<code>\d{8}</code>", client.get(CODES).content.decode())) == 10


@really_commits
def test_recovery_codes_can_be_downloaded(newcomer):
    client = by_password(newcomer)
    enrol(client)
    file = client.get(CODES + "download/")
    assert file["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert len(re.findall(r"^\d{8}$", file.content.decode(), re.M)) == 10


def test_a_wrong_code_enrols_nothing(newcomer):
    client = by_password(newcomer)
    client.get(APP)
    client.post(APP, {"code": "000000"})
    assert not Authenticator.objects.filter(user=newcomer).exists()


def test_secrets_are_not_readable_in_the_database(newcomer):
    client = by_password(newcomer)
    page = client.get(APP).content.decode()
    secret = re.search(r'pc-secret">(\w+)<', page)[1]
    client.post(APP, {"code": s.code_now(secret)})
    stored = Authenticator.objects.get(user=newcomer, type="totp").data["secret"]
    assert secret not in stored
    assert stored.startswith("gAAAA")


def test_an_app_still_works_after_the_secret_key_was_changed(jing, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the next key", [settings.SECRET_KEY]
    client = by_password(jing)
    s.give_code(client, s.code_now())
    assert s.is_signed_in(client)


def test_a_sign_in_long_ago_does_not_enrol(newcomer):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = by_password(newcomer)
        clock.shift(6 * 60)
        assert client.get(APP)["Location"].startswith("/accounts/reauthenticate/")


@really_commits
def test_a_new_factor_is_noted_and_mailed(newcomer):
    enrol(by_password(newcomer))
    assert Activity.objects.filter(verb="second_factor.added", user=newcomer).exists()
    mail = s.mailed()[-1]
    assert mail.to == [newcomer.email]
    assert "验证器" in mail.body


@really_commits
def test_a_new_factor_ends_the_sessions_that_had_none(newcomer):
    here, there = by_password(newcomer), by_password(newcomer)
    enrol(here)
    assert s.is_signed_in(here)
    assert not s.is_signed_in(there)


# ---- using an app ----


def test_a_code_serves_once(jing):
    first, second, code = by_password(jing), by_password(jing), s.code_now()
    s.give_code(first, code)
    s.give_code(second, code)
    assert s.is_signed_in(first)
    assert not s.is_signed_in(second)


def test_a_code_of_the_past_is_refused(jing):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client, code = by_password(jing), s.code_now()
        clock.shift(31)
        s.give_code(client, code)
        assert not s.is_signed_in(client)


def test_the_challenge_waits_a_quarter_of_an_hour_at_most(jing):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = by_password(jing)
        clock.shift(16 * 60)
        assert s.give_code(client, s.code_now())["Location"] == s.LOGIN


def test_another_account_can_be_chosen_at_the_challenge(jing):
    client = by_password(jing)
    client.post("/accounts/logout/")
    assert client.get(s.LOGIN).status_code == 200


# ---- recovery codes ----


def test_a_recovery_code_serves_once(jing):
    code = s.add_recovery_codes(jing)[0]
    first, second = by_password(jing), by_password(jing)
    s.give_code(first, code)
    s.give_code(second, code)
    assert s.is_signed_in(first)
    assert not s.is_signed_in(second)


@pytest.mark.django_db(transaction=True)
def test_a_recovery_code_used_twice_at_once_serves_once():
    user = f.make_member(factor=False).user
    s.add_app(user)
    code = s.add_recovery_codes(user)[0]
    waiting = [by_password(user) for _ in range(4)]
    race(lambda: s.give_code(waiting.pop(), code), 4)
    assert Activity.objects.filter(user=user, verb="session.signed_in").count() == 1


def test_new_recovery_codes_replace_the_old(jing):
    old = s.add_recovery_codes(jing)[0]
    client = by_password(jing)
    s.give_code(client, s.code_now())
    client.post(CODES + "generate/")
    late = by_password(jing)
    s.give_code(late, old)
    assert not s.is_signed_in(late)


def test_recovery_codes_alone_are_no_second_factor(newcomer):
    s.add_recovery_codes(newcomer)
    assert by_password(newcomer).get(s.ACCOUNT)["Location"] == INDEX


# ---- proof for what is dangerous ----


@pytest.mark.urls("tests.org.pages")
@pytest.mark.parametrize(("minutes", "granted"), [(4, True), (6, False)])
def test_a_dangerous_act_needs_a_factor_of_the_last_five_minutes(jing, minutes, granted):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = by_password(jing)
        s.give_code(client, s.code_now())
        clock.shift(minutes * 60)
        assert (client.get("/sensitive/").status_code == 200) is granted


@pytest.mark.urls("tests.org.pages")
@pytest.mark.parametrize(
    ("opened", "minutes", "granted"),
    [("/sensitive/", 19, True), ("/sensitive/", 24, False), ("/", 19, False)],
)
def test_what_was_typed_into_a_form_opened_with_the_proof_is_taken(jing, opened, minutes, granted):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = by_password(jing)
        s.give_code(client, s.code_now())
        clock.shift(4 * 60)
        assert client.get(opened).status_code == 200
        clock.shift(minutes * 60)
        assert (client.post("/sensitive/", {"typed": "text"}).status_code == 200) is granted


@pytest.mark.urls("tests.org.pages")
def test_the_proof_leads_back_to_the_act(jing):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = by_password(jing)
        s.give_code(client, s.code_now())
        clock.shift(6 * 60)
        ask = client.get("/sensitive/")["Location"]
        assert ask == "/accounts/2fa/reauthenticate/?next=%2Fsensitive%2F"
        assert client.post(ask, {"code": s.code_now()})["Location"] == "/sensitive/"
        assert client.get("/sensitive/").content == b"granted"


@pytest.mark.urls("tests.org.pages")
def test_the_password_is_no_proof_where_there_is_a_factor(jing):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = by_password(jing)
        s.give_code(client, s.code_now())
        clock.shift(6 * 60)
        response = client.post("/accounts/reauthenticate/", {"password": f.PASSWORD})
        assert response["Location"] == "/accounts/2fa/reauthenticate/"
        assert client.get("/sensitive/").status_code == 302


def test_every_page_of_other_packages_is_in_exactly_one_table():
    tables = [
        foreign_views.PUBLIC,
        foreign_views.BEFORE_PASSWORD,
        foreign_views.BEFORE_FACTOR,
        foreign_views.SIGNED_IN,
        foreign_views.NOT_SERVED,
    ]
    names = [name for table in tables for name in table]
    assert len(names) == len(set(names))
    assert all(reverse(name, args=args_of(name)) for t in tables[:-1] for name in t)


def args_of(name: str) -> list[int]:
    return [1] if name in ("mfa_edit_webauthn", "mfa_remove_webauthn") else []
