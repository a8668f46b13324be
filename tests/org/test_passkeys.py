"""Passkeys: alone or after the password, and never the last factor given up."""

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from activity.models import Activity
from tests import factories as f

from . import signing as s
from .passkeys import Passkey

KEYS = "/accounts/2fa/webauthn/"


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


def script_data(response: Any) -> Any:
    found = re.search(
        r'id="js_data" type="application/json">(.*?)</script>', response.content.decode()
    )
    return json.loads(found[1])


def add_passkey(client: Client) -> Passkey:
    passkey = Passkey()
    options = script_data(client.get(KEYS + "add/"))["creation_options"]
    posted = {"name": "笔记本", "passwordless": "on", "credential": passkey.register(options)}
    assert client.post(KEYS + "add/", posted).status_code == 302
    return passkey


def passkey_sign_in(client: Client, passkey: Passkey, next_page: str = "") -> Any:
    asked = client.get(KEYS + "login/", HTTP_ACCEPT="application/json").json()
    posted = {"credential": passkey.sign(asked["request_options"]), "next": next_page}
    return client.post(KEYS + "login/", posted)


def test_a_passkey_signs_in_without_a_password(newcomer, client):
    passkey = add_passkey(by_password(newcomer))
    passkey_sign_in(client, passkey)
    assert s.is_signed_in(client)


def test_a_passkey_returns_to_the_page_that_was_asked_for(newcomer, client):
    passkey = add_passkey(by_password(newcomer))
    assert passkey_sign_in(client, passkey, "/org/partners/")["Location"] == "/org/partners/"


def test_a_passkey_does_not_lead_to_another_site(newcomer, client):
    passkey = add_passkey(by_password(newcomer))
    assert passkey_sign_in(client, passkey, "//evil.example/")["Location"] == "/"


def test_a_passkey_of_another_key_is_refused(newcomer, client):
    passkey, forged = add_passkey(by_password(newcomer)), Passkey()
    forged.id, forged.user = passkey.id, passkey.user
    passkey_sign_in(client, forged)
    assert not s.is_signed_in(client)


def test_a_passkey_is_a_second_factor_after_the_password(newcomer, client):
    passkey = add_passkey(by_password(newcomer))
    s.give_password(client, newcomer.email)
    options = script_data(client.get(s.CHALLENGE))["request_options"]
    client.post(s.CHALLENGE, {"credential": passkey.sign(options)})
    assert s.is_signed_in(client)


def test_a_passkey_can_be_renamed(newcomer):
    client = by_password(newcomer)
    add_passkey(client)
    key = Authenticator.objects.get(user=newcomer, type="webauthn")
    again(client, newcomer)
    client.post(f"{KEYS}keys/{key.pk}/edit/", {"name": "办公室的钥匙"})
    assert "办公室的钥匙" in client.get(KEYS).content.decode()


def again(client: Client, user: Any) -> None:
    """Prove it once more, as before a sensitive change."""
    s.add_app(user)
    cache.clear()
    client.post("/accounts/2fa/reauthenticate/", {"code": s.code_now()})


# ---- the last one stays ----


def test_the_only_app_is_not_given_up(jing):
    client = by_password(jing)
    s.give_code(client, s.code_now())
    page = client.post("/accounts/2fa/totp/deactivate/").content.decode()
    assert "唯一的第二因素" in page
    assert Authenticator.objects.filter(user=jing, type="totp").exists()


def test_the_only_passkey_is_not_given_up(newcomer, client):
    passkey = add_passkey(by_password(newcomer))
    passkey_sign_in(client, passkey)
    key = Authenticator.objects.get(user=newcomer, type="webauthn")
    client.post(f"{KEYS}keys/{key.pk}/remove/")
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_one_of_two_factors_is_given_up_and_noted(newcomer, client):
    passkey = add_passkey(by_password(newcomer))
    s.add_app(newcomer)
    passkey_sign_in(client, passkey)
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=newcomer, type="totp").exists()
    assert Activity.objects.filter(verb="second_factor.removed", user=newcomer).exists()


def test_nobody_touches_somebody_elses_passkey(newcomer, jing):
    add_passkey(by_password(newcomer))
    key = Authenticator.objects.get(user=newcomer, type="webauthn")
    client = by_password(jing)
    s.give_code(client, s.code_now())
    assert client.post(f"{KEYS}keys/{key.pk}/edit/", {"name": "x"}).status_code == 404
    assert client.post(f"{KEYS}keys/{key.pk}/remove/").status_code == 404
