"""Signing in: who gets in, what a guesser learns, and how often one may guess."""

from typing import Any

import pytest
from allauth.account import forms as account_forms
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from activity.models import Activity
from tests import factories as f
from tests.race import race

from . import signing as s

GUESSES = 30
EVALUATED_AT_MOST = 10


@pytest.fixture
def jing(cast: Any) -> Any:
    """经理, with an e-mail, a phone and an authenticator app."""
    user = cast.jing.user
    user.phone = "13800138000"
    user.save()
    s.add_app(user)
    return user


def goes_on_to_the_second_factor(response: Any) -> bool:
    return response.status_code == 302 and response["Location"] == s.CHALLENGE


# ---- getting in ----


@pytest.mark.parametrize("spelling", [str.lower, str.upper, "  {}  ".format])
def test_an_address_signs_in_however_it_is_spelled(client, jing, spelling):
    assert goes_on_to_the_second_factor(s.give_password(client, spelling(jing.email)))


@pytest.mark.parametrize(
    "phone",
    [
        "13800138000",
        "+8613800138000",
        "86 138 0013 8000",
        "138-0013-8000",
        "１３８００１３８０００",
    ],
)
def test_a_phone_number_signs_in_however_it_is_spelled(client, jing, phone):
    assert goes_on_to_the_second_factor(s.give_password(client, phone))


def test_both_factors_open_the_portal(client, jing):
    s.give_password(client, jing.email)
    s.give_code(client, s.code_now())
    assert s.is_signed_in(client)


def test_the_password_alone_opens_nothing(client, jing):
    s.give_password(client, jing.email)
    assert not s.is_signed_in(client)


def test_a_disabled_account_is_told_so_only_with_the_right_password(client, jing):
    jing.is_active = False
    jing.save()
    assert s.give_password(client, jing.email)["Location"] == "/accounts/inactive/"
    assert s.give_password(client, jing.email, "not the password").status_code == 200


def test_nobody_signs_up(client, db):
    posted = client.post("/accounts/signup/", {"email": "a@example.com", "password1": f.PASSWORD})
    assert "由管理员开通" in posted.content.decode()
    assert not f.User.objects.filter(email="a@example.com").exists()


@pytest.mark.django_db(transaction=True)
def test_signing_in_needs_no_more_than_the_applications_role(client):
    user = f.make_member(factor=False).user
    s.add_app(user)
    s.as_in_production()
    s.give_password(client, user.email)
    s.give_code(client, s.code_now())
    assert s.is_signed_in(client)


# ---- what is written down ----


def verbs(user: Any = None) -> list[str]:
    return list(Activity.objects.filter(user=user).order_by("pk").values_list("verb", flat=True))


def test_signing_in_and_out_go_into_the_partners_log(client, jing, cast):
    s.give_password(client, jing.email)
    s.give_code(client, s.code_now())
    client.post("/accounts/logout/")
    assert verbs(jing) == ["session.signed_in", "session.signed_out"]
    assert Activity.objects.filter(partner=cast.reseller, member=cast.jing).count() == 2


def test_a_refused_guess_is_noted_with_the_account_masked(client, jing):
    s.give_password(client, jing.email, "not the password")
    line = Activity.objects.get(verb="session.refused")
    assert line.after["email"].startswith(jing.email[0] + "***@")
    assert line.address == "127.0.0.1"


def test_a_refused_code_is_noted_for_the_person(client, jing):
    s.give_password(client, jing.email)
    s.give_code(client, s.wrong_code())
    assert "second_factor.refused" in verbs(jing)


# ---- where one lands ----


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "http://testserver@evil.example/",
        " //evil.example",
    ],
)
def test_signing_in_never_leads_to_another_site(client, jing, target):
    client.post(s.LOGIN, {"login": jing.email, "password": f.PASSWORD, "next": target})
    assert s.give_code(client, s.code_now())["Location"] == "/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_signing_out_never_leads_to_another_site(client, jing, target):
    client.force_login(jing)
    assert client.post("/accounts/logout/", {"next": target})["Location"] == s.LOGIN


def test_one_returns_to_the_page_that_was_asked_for(client, jing):
    asked = client.get("/org/partners/?x=1")
    assert asked["Location"] == f"{s.LOGIN}?next=%2Forg%2Fpartners%2F%3Fx%3D1"
    client.post(asked["Location"], {"login": jing.email, "password": f.PASSWORD})
    assert s.give_code(client, s.code_now())["Location"] == "/org/partners/?x=1"


# ---- what a guesser learns ----


def answers(path: str, data: dict[str, str], then: str = "") -> tuple[Any, ...]:
    """Everything that an outsider sees of one try, in a browser of its own."""
    client = Client()
    response = client.post(path, data)
    further = client.post(then, {"code": "BBBB-BBBB"}) if then else response
    return (
        response.status_code,
        response.get("Location"),
        further.status_code,
        further.get("Location"),
        len(s.without_tokens(further)),
    )


@pytest.mark.parametrize("account", ["jing", "nobody", "disabled", "without a password"])
def test_every_try_costs_one_hashing_whether_or_not_there_is_such_an_account(
    client, jing, monkeypatch, account
):
    """Hashing is what takes time (T-AUTH-4): counted, because a clock would be a coin."""
    if account == "disabled":
        jing.is_active = False
    elif account == "without a password":
        jing.set_unusable_password()
    jing.save()
    hashed = count(monkeypatch, MD5PasswordHasher, "encode")
    login = "nobody@example.com" if account == "nobody" else jing.email
    s.give_password(client, login, "guess")
    assert len(hashed.calls) == 1


@pytest.mark.parametrize("unknown", ["nobody9@example.com", "13900139000"])
def test_an_unknown_account_looks_like_a_wrong_password(jing, unknown):
    known = "13800138000" if unknown.isdigit() else "somebod@example.com"
    jing.email = "somebod@example.com"
    jing.save()
    unknown = unknown.replace("nobody9", "nobodyx")
    wrong = [answers(s.LOGIN, {"login": n, "password": "guess"}) for n in (known, unknown)]
    assert wrong[0] == wrong[1]


def test_a_name_that_is_neither_address_nor_phone_reads_the_same(client, jing):
    page = s.give_password(client, "随便什么", "guess").content.decode()
    assert "账号或密码不正确" in page


def test_a_reset_for_an_unknown_address_looks_the_same(jing):
    jing.email = "somebody@example.com"
    jing.save()
    known, unknown = (
        answers(s.RESET, {"email": email}, then=s.RESET_CODE)
        for email in ("somebody@example.com", "nobody99@example.com")
    )
    assert known == unknown


def test_a_reset_mails_a_code_to_the_account_and_none_to_a_stranger(client, jing):
    client.post(s.RESET, {"email": jing.email})
    client.post(s.RESET, {"email": "nobody@example.com"})
    known, unknown = s.mailed()
    assert (known.to, unknown.to) == ([jing.email], ["nobody@example.com"])
    assert "验证码是" in known.body
    assert "验证码" not in unknown.body


@pytest.mark.parametrize("email", ["known@example.com", "nobody@example.com"])
def test_a_reset_asks_no_mail_server(client, jing, settings, email):
    settings.EMAIL_BACKEND = "a backend that does not exist"
    jing.email = "known@example.com"
    jing.save()
    assert client.post(s.RESET, {"email": email})["Location"] == s.RESET_CODE


# ---- how often one may guess ----


class Counted:
    """Wraps a function of somebody else's and counts its calls; lists append atomically."""

    def __init__(self, function: Any) -> None:
        self.function, self.calls = function, []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append(1)
        return self.function(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any) -> Any:
        return lambda *args, **kwargs: self(instance, *args, **kwargs)


def count(monkeypatch: Any, owner: Any, name: str) -> Counted:
    counted = Counted(getattr(owner, name))
    monkeypatch.setattr(owner, name, counted)
    return counted


@pytest.fixture
def victim(transactional_db: Any) -> Any:
    user = f.make_member(factor=False, phone="13800138000").user
    s.add_app(user)
    return user


def guessing(client: Client, path: str, data: dict[str, str]) -> Any:
    """The same browser's session in each thread, on a connection of its own."""
    cookies = client.cookies.copy()

    def guess() -> int:
        copy = Client()
        copy.cookies = cookies
        return copy.post(path, data).status_code

    return guess


def evaluated(counted: Counted, guess: Any) -> int:
    assert 500 not in race(guess, GUESSES)
    return len(counted.calls)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["email", "phone"])
def test_of_many_parallel_passwords_few_are_checked(victim, monkeypatch, name):
    counted = count(monkeypatch, MD5PasswordHasher, "verify")
    data = {"login": getattr(victim, name), "password": "guess"}
    assert 1 <= evaluated(counted, guessing(Client(), s.LOGIN, data)) <= EVALUATED_AT_MOST


@pytest.mark.django_db(transaction=True)
def test_of_many_parallel_codes_few_are_checked(client, victim, monkeypatch):
    s.give_password(client, victim.email)
    counted = count(monkeypatch, totp, "validate_totp_code")
    guess = guessing(client, s.CHALLENGE, {"code": s.wrong_code()})
    assert 1 <= evaluated(counted, guess) <= EVALUATED_AT_MOST


@pytest.mark.django_db(transaction=True)
def test_of_many_parallel_recovery_codes_few_are_checked(client, victim, monkeypatch):
    s.add_recovery_codes(victim)
    s.give_password(client, victim.email)
    counted = count(monkeypatch, RecoveryCodes, "validate_code")
    guess = guessing(client, s.CHALLENGE, {"code": "00000000"})
    assert 1 <= evaluated(counted, guess) <= EVALUATED_AT_MOST


@pytest.mark.django_db(transaction=True)
def test_of_many_parallel_reset_codes_few_are_checked(client, victim, monkeypatch):
    client.post(s.RESET, {"email": victim.email})
    counted = count(monkeypatch, account_forms, "compare_user_code")
    guess = guessing(client, s.RESET_CODE, {"code": "BBBB-BBBB"})
    assert 1 <= evaluated(counted, guess) <= EVALUATED_AT_MOST


@pytest.mark.django_db(transaction=True)
def test_of_many_parallel_proofs_of_a_signed_in_person_few_are_checked(client, victim, monkeypatch):
    client.force_login(victim)
    counted = count(monkeypatch, totp, "validate_totp_code")
    guess = guessing(client, "/accounts/2fa/reauthenticate/", {"code": s.wrong_code()})
    assert 1 <= evaluated(counted, guess) <= EVALUATED_AT_MOST


def lock_out(login: str, address: str) -> None:
    for _ in range(6):
        s.give_password(Client(REMOTE_ADDR=address), login, "guess")


def test_after_five_guesses_even_the_right_password_waits(jing):
    lock_out(jing.email, "203.0.113.9")
    late = s.give_password(Client(REMOTE_ADDR="203.0.113.9"), jing.email)
    assert "尝试次数过多" in late.content.decode()


def test_a_victim_at_another_address_still_gets_in(client, jing):
    lock_out(jing.email, "203.0.113.9")
    assert goes_on_to_the_second_factor(s.give_password(client, jing.email))


def test_every_spelling_of_a_phone_number_counts_as_one(jing):
    spellings = ["13800138000", "+8613800138000", "138 0013 8000", "１３８００１３８０００"]
    for spelling in [*spellings, *spellings[:1]]:
        s.give_password(Client(), spelling, "guess")
    assert "尝试次数过多" in s.give_password(Client(), "138-0013-8000").content.decode()


def test_guesses_at_a_phone_number_do_not_lock_other_numbers(client, jing):
    lock_out("13900139000", "127.0.0.1")
    assert goes_on_to_the_second_factor(s.give_password(client, "13800138000"))


def test_a_forged_forwarded_address_does_not_lift_the_limit(jing):
    for n in range(6):
        s.give_password(Client(), jing.email, "guess", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
    late = s.give_password(Client(), jing.email, HTTP_X_FORWARDED_FOR="198.51.100.99")
    assert "尝试次数过多" in late.content.decode()
