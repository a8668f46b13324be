"""Sessions: how long they live, who ends them, and which partner they act for."""

from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client

from activity.models import Activity
from org.models import Member, Role
from org.sessions import device_of
from tests import factories as f

from . import signing as s

HTMX = {"HTTP_HX_REQUEST": "true"}
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"
SESSIONS = "/accounts/sessions/"


@pytest.fixture
def jing(cast: Any) -> Any:
    s.add_app(cast.jing.user)
    return cast.jing.user


def signed_in(user: Any, **extra: Any) -> Client:
    """A browser in which the person gave both factors."""
    from django.core.cache import cache

    client = Client(**extra)
    s.give_password(client, user.email)
    cache.clear()  # the same code serves several browsers within one test
    s.give_code(client, s.code_now())
    return client


# ---- how long ----


@pytest.mark.parametrize(("minutes", "alive"), [(29, True), (31, False)])
def test_a_session_ends_after_thirty_idle_minutes(jing, minutes, alive):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = signed_in(jing)
        clock.shift(minutes * 60)
        assert s.is_signed_in(client) is alive


def test_a_session_ends_after_twelve_hours_whatever_happens(jing):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = signed_in(jing)
        for _ in range(36):  # every twenty minutes, for twelve hours
            clock.shift(20 * 60)
            assert s.is_signed_in(client)
        clock.shift(60)
        assert not s.is_signed_in(client)


def test_an_ended_session_is_gone_from_the_server(jing):
    with time_machine.travel(f.NOW, tick=False) as clock:
        client = signed_in(jing)
        old = client.cookies["sessionid"].value
        clock.shift(31 * 60)
        client.get(s.ACCOUNT)
        clock.shift(-31 * 60)
        client.cookies["sessionid"] = old
        assert not s.is_signed_in(client)


# ---- the key ----


def test_the_session_key_changes_at_sign_in(client, jing):
    s.give_password(client, jing.email)
    before = client.cookies["sessionid"].value
    s.give_code(client, s.code_now())
    assert client.cookies["sessionid"].value != before


def test_a_key_that_was_planted_before_sign_in_is_worthless(client, jing):
    s.give_password(client, jing.email)
    planted = client.cookies["sessionid"].value
    s.give_code(client, s.code_now())
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert not s.is_signed_in(thief)


# ---- signing out ----


def test_signing_out_ends_the_session_on_the_server(jing):
    client = signed_in(jing)
    kept = client.cookies["sessionid"].value
    client.post("/accounts/logout/")
    client.cookies["sessionid"] = kept
    assert not s.is_signed_in(client)


def test_a_link_does_not_sign_out(jing):
    client = signed_in(jing)
    client.get("/accounts/logout/")
    assert s.is_signed_in(client)


def test_signing_out_clears_the_browser(jing):
    response = signed_in(jing).post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'


# ---- seeing and ending them ----


def test_the_list_names_the_devices(jing):
    page = signed_in(jing, HTTP_USER_AGENT=CHROME).get(SESSIONS).content.decode()
    assert "Chrome · Windows" in page


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (CHROME, "Chrome · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/131.0 MicroMessenger/8.0", "微信 · Android"),
        ("curl/8.0", "未知设备"),
    ],
)
def test_a_device_reads_as_people_call_it(agent, device):
    assert device_of(agent) == device


def test_ending_one_session_kills_it_at_once_and_no_other(jing):
    here, there = signed_in(jing), signed_in(jing)
    other = UserSession.objects.get(session_key=there.cookies["sessionid"].value)
    here.post(f"/org/sessions/{other.pk}/end/")
    assert not s.is_signed_in(there)
    assert s.is_signed_in(here)
    assert Activity.objects.filter(verb="session.ended", user=jing).exists()


def test_nobody_ends_somebody_elses_session(jing, cast):
    s.add_app(cast.other.user)
    mine, theirs = signed_in(jing), signed_in(cast.other.user)
    other = UserSession.objects.get(user=cast.other.user)
    assert mine.post(f"/org/sessions/{other.pk}/end/").status_code == 404
    assert s.is_signed_in(theirs)


def test_all_others_end_together(jing):
    here, there = signed_in(jing), signed_in(jing)
    here.post(SESSIONS)
    assert s.is_signed_in(here)
    assert not s.is_signed_in(there)


def test_a_disabled_account_is_out_on_the_next_request(jing):
    client = signed_in(jing)
    jing.is_active = False
    jing.save()
    assert not s.is_signed_in(client)


# ---- fragments and forms of a session that ended ----


def test_a_fragment_of_an_ended_session_sends_the_whole_browser_to_sign_in(client, db):
    headers = HTMX | {"HTTP_HX_CURRENT_URL": "http://testserver/org/partners/?tab=1"}
    response = client.get(s.ACCOUNT, **headers)
    assert response.status_code == 204
    assert response["HX-Redirect"] == f"{s.LOGIN}?next=%2Forg%2Fpartners%2F%3Ftab%3D1"


def test_a_fragment_does_not_send_the_browser_to_another_site(client, db):
    headers = HTMX | {"HTTP_HX_CURRENT_URL": "https://evil.example/x"}
    assert client.get(s.ACCOUNT, **headers)["HX-Redirect"] == s.LOGIN


def test_a_form_of_an_ended_session_comes_back_to_its_page(client, db):
    response = client.post("/org/sessions/1/end/", HTTP_REFERER="http://testserver/accounts/?p=2")
    assert response["Location"] == f"{s.LOGIN}?next=%2Faccounts%2F%3Fp%3D2"


def test_a_form_does_not_come_back_to_another_site(client, db):
    response = client.post("/org/sessions/1/end/", HTTP_REFERER="https://evil.example/x")
    assert response["Location"] == s.LOGIN


# ---- the acting partner ----


@pytest.fixture
def two_places(cast: Any) -> Any:
    """jing works for the stranger's company, too."""
    return f.make_member(partner=cast.stranger, user=cast.jing.user)


def test_a_person_of_two_partners_chooses_first(client, cast, two_places):
    client.force_login(cast.jing.user)
    page = client.get("/org/partners/").content.decode()
    assert cast.reseller.name in page
    assert cast.stranger.name in page


def test_a_person_of_one_partner_need_not_choose(client, cast):
    client.force_login(cast.yun.user)
    assert cast.reseller.name in client.get(s.ACCOUNT).content.decode()


@pytest.fixture
def with_own_role(cast):
    """A member whom only a role of the partner's own lets see customers."""
    role = Role.objects.create(
        partner=cast.reseller, code="custom-1", name="运营专员", permissions=["customers.view"]
    )
    return f.make_member(partner=cast.reseller, role=role.code)


def test_a_role_of_the_partners_own_counts_from_the_first_page_on(client, with_own_role):
    client.force_login(with_own_role.user)
    assert client.get("/customers/").status_code == 200


def test_a_role_of_the_partners_own_counts_on_the_pages_of_the_account(client, with_own_role):
    client.force_login(with_own_role.user)
    for _first_then_again in range(2):
        assert 'href="/customers/"' in client.get(s.ACCOUNT).content.decode()


def test_where_one_may_switch_to_a_role_of_the_partners_own_goes_by_no_code(
    client, with_own_role, cast
):
    f.make_member(partner=cast.stranger, user=with_own_role.user)
    client.force_login(with_own_role.user)
    client.post(f"/org/partners/{cast.stranger.pk}/switch/")
    page = client.get("/org/partners/").content.decode()
    assert "custom-1" not in page and "自定义角色" in page


def test_who_has_left_the_partner_he_acted_for_is_out_of_it(client, cast, two_places):
    client.force_login(cast.jing.user)
    client.post(f"/org/partners/{cast.stranger.pk}/switch/")
    Member.objects.filter(pk=two_places.pk).update(is_active=False)
    assert cast.stranger.name not in client.get(s.ACCOUNT).content.decode()


def test_who_chooses_on_the_way_to_a_page_comes_to_it(client, cast, two_places):
    client.force_login(cast.jing.user)
    asked = client.get("/customers/?level=1")
    assert asked["Location"] == "/org/partners/?next=%2Fcustomers%2F%3Flevel%3D1"
    assert 'name="next" value="/customers/?level=1"' in client.get(asked["Location"]).text
    chosen = client.post(
        f"/org/partners/{cast.reseller.pk}/switch/", {"next": "/customers/?level=1"}
    )
    assert chosen["Location"] == "/customers/?level=1"


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "javascript:x", "x"])
def test_who_chooses_is_never_led_elsewhere(client, cast, two_places, page):
    client.force_login(cast.jing.user)
    assert 'name="next" value=""' in client.get("/org/partners/", {"next": page}).text
    chosen = client.post(f"/org/partners/{cast.reseller.pk}/switch/", {"next": page})
    assert chosen["Location"] == "/"


def test_switching_shows_the_partner_and_the_roles_on_every_page(client, cast, two_places):
    client.force_login(cast.jing.user)
    client.post(f"/org/partners/{cast.stranger.pk}/switch/")
    page = client.get(s.ACCOUNT).content.decode()
    assert f"<strong>{cast.stranger.name}</strong>" in page
    assert "经理 · 客户经理" in page


def test_the_top_bar_offers_the_other_partner(client, cast, two_places):
    client.force_login(cast.jing.user)
    client.post(f"/org/partners/{cast.stranger.pk}/switch/")
    assert f"/org/partners/{cast.reseller.pk}/switch/" in client.get(s.ACCOUNT).content.decode()


def test_switching_leaves_a_line_in_the_log_of_the_partner(client, cast, two_places):
    client.force_login(cast.jing.user)
    client.post(f"/org/partners/{cast.stranger.pk}/switch/")
    line = Activity.objects.get(verb="partner.switched")
    assert (line.partner, line.user) == (cast.stranger, cast.jing.user)


def test_nobody_switches_to_a_partner_of_others(client, cast):
    client.force_login(cast.jing.user)
    assert client.post(f"/org/partners/{cast.stranger.pk}/switch/").status_code == 404


def test_a_link_does_not_switch(client, cast, two_places):
    client.force_login(cast.jing.user)
    assert client.get(f"/org/partners/{cast.stranger.pk}/switch/").status_code == 405


def test_a_membership_that_ended_is_no_choice(client, cast, two_places):
    two_places.is_active = False
    two_places.save()
    client.force_login(cast.jing.user)
    assert client.post(f"/org/partners/{cast.stranger.pk}/switch/").status_code == 404


def test_a_person_without_a_partner_learns_whom_to_ask(client, db):
    client.force_login(f.make_user())
    page = client.get("/org/partners/").content.decode()
    assert "请联系贵公司的主账号" in page
