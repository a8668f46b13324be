"""How every list answers over HTTP, whatever it lists (docs/mechanisms/lists.md)."""

import base64
import html
import json
import re
from datetime import datetime
from typing import Any

import pytest

from activity.models import Activity
from core.lists import paging
from customers.models import Customer
from tests.factories import NOW, make_alert, make_customer

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def rows_of(response: Any) -> list[int]:
    return [int(pk) for pk in re.findall(r'<tr id="row-(\d+)"', response.content.decode())]


def count_of(response: Any) -> str:
    return re.search(r'id="count">(?:<a [^>]*>)?([^<]+)<', response.content.decode())[1]


def links_of(response: Any) -> dict[str, str]:
    """The pager's two links."""
    found = re.findall(r'rel="(prev|next)" href="([^"]+)"', response.content.decode())
    return {rel: html.unescape(href) for rel, href in found}


# ---- page and fragment ----


def test_a_list_is_a_page_of_its_own(ask):
    page = ask(3)
    assert page.status_code == 200 and len(rows_of(page)) == 3
    assert "<html" in page.content.decode() and 'class="pc-query"' in page.content.decode()


def test_htmx_gets_the_rows_without_the_frame(ask):
    fragment = ask(3, headers=FRAGMENT)
    assert len(rows_of(fragment)) == 3
    assert "<html" not in fragment.content.decode()
    assert 'class="pc-query"' not in fragment.content.decode()


def test_going_back_in_the_browser_gets_the_whole_page(ask):
    restored = ask(3, headers=FRAGMENT | {"HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode() and len(rows_of(restored)) == 3


def test_a_fragment_is_never_taken_for_the_page(ask):
    for headers in ({}, FRAGMENT):
        response = ask(headers=headers)
        assert "HX-Request" in response.headers["Vary"]
        assert "no-store" in response.headers["Cache-Control"]


def test_an_empty_list_says_what_will_come_here(ask):
    page = ask().content.decode()
    assert "pc-empty" in page and "<tbody" not in page


# ---- paging ----


def test_pages_follow_each_other_and_lead_back(ask):
    first = ask(25, size=10)
    assert "prev" not in links_of(first)
    second = ask(**_query(links_of(first)["next"]))
    third = ask(**_query(links_of(second)["next"]))
    assert "next" not in links_of(third)
    seen = rows_of(first) + rows_of(second) + rows_of(third)
    assert len(seen) == len(set(seen)) == 25
    assert rows_of(ask(**_query(links_of(second)["prev"]))) == rows_of(first)


def _query(address: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in address.lstrip("?").split("&"))


def test_only_the_offered_sizes_are_taken(ask):
    assert len(rows_of(ask(12, size="10"))) == 10
    for asked in ("20", "7", "x"):
        assert len(rows_of(ask(size=asked))) == 12, asked


def _forged(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


OF_A_DAY = _forged("2026-11-20", 1)
TAMPERED = [
    "x",
    "%00",
    "'; DROP TABLE customers_customer; --",
    "9" * 5000,
    _forged(),
    _forged("2026-11-20T00:00:00+00:00"),
    _forged("2026-11-20T00:00:00+00:00", 1, 2),
    OF_A_DAY,
    _forged("9999999-01-01T00:00:00+00:00", 1),
    _forged("2026-11-20T00:00:00+00:00", "1 OR 1=1"),
    _forged("2026-11-20T00:00:00+00:00", 2**63),
    _forged({"partner": 1}, [1]),
    _forged(None, None),
    _forged(True, 1.5),
]


@pytest.mark.parametrize("where", ["after", "before"])
@pytest.mark.parametrize("cursor", TAMPERED)
def test_a_tampered_cursor_is_a_sentence_without_rows(cast, sign_in, where, cursor):
    make_customer(manager=cast.jing)
    response = sign_in(cast.jing).get("/customers/", {where: cursor})
    assert response.status_code == 400 and not rows_of(response)
    assert "翻页位置无效" in response.content.decode()


def test_a_list_goes_on_from_positions_of_its_own_kind_alone(ask, listed):
    """Else its order would meet a value of another type in the database."""
    assert rows_of(ask(2))
    for cursor in (_forged("x", 1), *(() if listed.by_day else (OF_A_DAY,))):
        response = ask(after=cursor)
        assert response.status_code == 400 and not rows_of(response), cursor


def test_a_cursor_of_another_partner_opens_nothing(cast, sign_in):
    theirs = make_customer(partner=cast.stranger)
    own = make_customer(manager=cast.jing)
    cursor = paging.encode([theirs.associated_at, theirs.pk])
    pages = [sign_in(cast.jing).get("/customers/", {key: cursor}) for key in ("after", "before")]
    assert {pk for page in pages for pk in rows_of(page)} <= {own.pk}


# ---- counts ----


def test_the_count_stops_at_a_thousand_and_offers_the_rest(ask, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 5)
    assert count_of(ask(7)) == "5+"
    assert count_of(ask(count="exact")) == "7"


def test_the_exact_count_is_a_fragment_and_a_page(ask, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 5)
    fragment = ask(7, headers=FRAGMENT, count="exact")
    assert re.fullmatch(r'\s*<span id="count">7</span>\s*', fragment.content.decode())
    assert "<html" in ask(count="exact").content.decode()


def test_a_count_says_how_many_are_found(cast, sign_in):
    for name in ("深圳云帆", "深圳云海", "北京银河"):
        make_customer(manager=cast.jing, name=name)
    assert count_of(sign_in(cast.jing).get("/customers/", {"name": "深圳"})) == "2"


# ---- tabs and filters ----


def test_tabs_hold_their_own_rows_and_count_all(cast, sign_in):
    for state in ("pending", "pending", "lapsed"):
        lapsed = NOW if state == "lapsed" else None
        make_alert(customer=make_customer(manager=cast.jing), state=state, lapsed_at=lapsed)
    page = sign_in(cast.yun).get("/followups/view/", {"tab": "lapsed"})
    assert len(rows_of(page)) == 1
    assert re.findall(r'<span class="n">(\d+)</span>', page.content.decode()) == [
        "2",
        "0",
        "0",
        "1",
        "3",
    ]


def test_an_unknown_tab_is_a_sentence_without_rows(cast, sign_in):
    make_alert(customer=make_customer(manager=cast.jing))
    response = sign_in(cast.yun).get("/followups/view/", {"tab": "secret"})
    assert response.status_code == 400 and not rows_of(response)
    assert "没有这个页签" in response.content.decode()


UNREADABLE = {
    "type": "loan",
    "verified": "maybe",
    "level": "9",
    "assigned": "perhaps",
    "associated_from": "2026-13-01",
    "associated_to": "yesterday",
}


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_filter_is_a_sentence_without_rows(cast, sign_in, name, headers):
    make_customer(manager=cast.jing)
    query = {name: UNREADABLE[name]}
    response = sign_in(cast.jing).get("/customers/", query, headers=headers)
    assert response.status_code == (422 if headers else 400) and not rows_of(response)
    assert 'role="alert"' in response.content.decode()


def test_a_range_that_ends_before_it_starts_says_so(cast, sign_in):
    query = {"associated_from": "2026-11-20", "associated_to": "2026-11-19"}
    response = sign_in(cast.jing).get("/customers/", query)
    assert response.status_code == 400
    assert "开始日期晚于结束日期" in response.content.decode()


def test_a_range_holds_both_of_its_beijing_days(cast, sign_in):
    inside = [
        make_customer(manager=cast.jing, associated_at=datetime.fromisoformat(text))
        for text in ("2026-10-01T00:00:00+08:00", "2026-10-02T23:59:59+08:00")
    ]
    for text in ("2026-09-30T23:59:59+08:00", "2026-10-03T00:00:00+08:00"):
        make_customer(manager=cast.jing, associated_at=datetime.fromisoformat(text))
    query = {"associated_from": "2026-10-01", "associated_to": "2026-10-02"}
    found = rows_of(sign_in(cast.jing).get("/customers/", query))
    assert set(found) == {customer.pk for customer in inside}


def test_what_is_not_a_filter_is_not_asked_of_the_database(cast, sign_in):
    customer = make_customer(manager=cast.jing)
    query = {
        "partner": cast.stranger.pk,
        "account_manager__user__password__startswith": "md5",
        "_connector": "OR",
        "sort": "partner__name",
        "o": "-1",
    }
    response = sign_in(cast.jing).get("/customers/", query)
    assert response.status_code == 200 and rows_of(response) == [customer.pk]


def test_filters_stay_while_one_pages_and_sizes(cast, sign_in):
    for _ in range(12):
        make_customer(manager=cast.jing, name="深圳云帆科技")
    make_customer(manager=cast.jing, name="北京银河数据")
    client = sign_in(cast.jing)
    first = client.get("/customers/", {"name": "云帆", "size": "10"})
    second = client.get(f"/customers/{links_of(first)['next']}")
    assert len(rows_of(second)) == 2 and count_of(second) == "12"


# ---- masking ----

PHONE, EMAIL = "13900001234", "secret@example.com"


@pytest.fixture
def known(cast) -> Customer:
    return make_customer(
        manager=cast.jing, name="深圳云帆科技", account_name="yunfan", phone=PHONE, email=EMAIL
    )


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_a_reveal_shows_its_column_alone_and_is_recorded_once(cast, sign_in, known, headers):
    response = sign_in(cast.jing).post("/customers/", {"reveal": "phone"}, headers=headers)
    page = response.content.decode()
    assert PHONE in page and EMAIL not in page and "深圳云帆科技" not in page
    line = Activity.objects.get(verb="customer.revealed")
    assert line.after == {"column": "phone", "list": "customers", "customers": [known.pk]}
    assert (line.member, line.partner) == (cast.jing, cast.reseller)


def test_a_reveal_records_the_rows_that_were_on_the_page(cast, sign_in, known):
    other = make_customer(manager=cast.jing, name="北京银河数据")
    sign_in(cast.jing).post("/customers/?name=云帆", {"reveal": "phone"})
    shown = Activity.objects.get(verb="customer.revealed").after["customers"]
    assert shown == [known.pk] and other.pk not in shown


def test_looking_reveals_nothing(cast, sign_in, known):
    for query in ({"reveal": "phone"}, {"revealed": "phone"}):
        assert PHONE not in sign_in(cast.jing).get("/customers/", query).content.decode()
    assert not Activity.objects.filter(verb="customer.revealed").exists()


@pytest.mark.parametrize("url", ["/customers/", "/followups/view/"])
def test_without_the_right_a_reveal_shows_and_records_nothing(cast, sign_in, known, url):
    make_alert(customer=known)
    assert "customers.reveal" not in cast.cai.permissions
    response = sign_in(cast.cai).post(url, {"reveal": "name"})
    assert "深圳云帆科技" not in response.content.decode()
    assert not Activity.objects.filter(verb="customer.revealed").exists()


@pytest.mark.parametrize("column", ["number", "credit_code", "manager", "__all__", ""])
def test_only_masked_columns_can_be_revealed(cast, sign_in, known, column):
    page = sign_in(cast.jing).post("/customers/", {"reveal": column}).content.decode()
    assert PHONE not in page and EMAIL not in page and "深圳云帆科技" not in page
    assert not Activity.objects.filter(verb="customer.revealed").exists()
