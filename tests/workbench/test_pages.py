"""Views, columns and density on the list's own page, as plain forms and as fragments."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from core.lists import List
from core.lists.layout import movable
from tests.factories import make_alert, make_customer, make_member, make_view
from workbench.lists import WorkList
from workbench.models import Arrangement, SavedView

pytestmark = pytest.mark.django_db
CUSTOMERS = "/customers/"
FRAGMENT = {"HX-Request": "true"}


def post(client, address=CUSTOMERS, *, act, headers=None, **fields):
    return client.post(address, {"act": act, **fields}, headers=headers or {})


def save(client, address=CUSTOMERS, **fields):
    return post(client, address, act="save_view", **{"name": "重点", **fields})


def headers_of(response) -> list[str]:
    table = re.search(r"<thead>.*?</thead>", response.content.decode(), re.S)[0]
    return [re.sub(r"<.*?>", " ", th).split()[0] for th in re.findall(r"<th .*?</th>", table, re.S)]


def order_of(*first: str) -> list[str]:
    rest = [key for key in MOVABLE if key not in first]
    return [*first, *rest]


MOVABLE = (
    *("association_type", "manager", "alerts", "spent", "expires", "available_amount"),
    *("arrears", "level", "verified", "associated_at", "phone", "email", "type"),
    *("labels", "remark"),
)


@pytest.fixture
def jing(cast, sign_in):
    make_customer(manager=cast.jing, level=1)
    make_customer(manager=cast.jing, level=2)
    return sign_in(cast.jing)


# ---- every list ----


def every_list(base=List) -> set[type[List]]:
    return {sub for each in base.__subclasses__() for sub in (each, *every_list(each))}


def test_every_list_that_a_page_shows_remembers_how_its_member_works():
    below = {  # composed in pages/
        *("ActivityList", "CustomerActivityList"),
        *("AnnouncementList", "NotificationList"),
    }
    plain = {each.__name__ for each in every_list() if not issubclass(each, WorkList)}
    ours = {name for name in plain if not name.startswith("_")}
    assert ours - below == set()


@pytest.mark.parametrize("url", ["/customers/", "/activity/", "/followups/view/", "/jobs/"])
def test_the_keys_of_a_lists_columns_tell_them_apart(cast, sign_in, url):
    make_alert(customer=make_customer(manager=cast.jing))
    page = sign_in(cast.yun).get(url, {"panel": "columns"}).content.decode()
    keys = re.findall(r'name="order" value="([^"]+)"', page)
    assert len(keys) == len(set(keys)) > 2


def test_a_panel_is_made_when_it_is_opened(jing):
    assert "list-columns-panel" not in jing.get(CUSTOMERS).content.decode()
    page = jing.get(CUSTOMERS, {"panel": "columns"}).content.decode()
    part = jing.get(CUSTOMERS, {"panel": "columns"}, headers={"HX-Request": "true"})
    assert "list-columns-panel" in page and "<html" in page
    assert part.content.decode().lstrip().startswith("<details")
    assert "panel=" not in re.sub(r'"[^"]*panel=(export|columns|save_view)"', "", page)


def test_an_unknown_panel_opens_nothing(jing):
    assert jing.get(CUSTOMERS, {"panel": "../base"}).status_code == 200


# ---- views ----


def test_a_view_keeps_tab_filters_and_size_of_the_address(cast, sign_in):
    client = sign_in(cast.yun)
    answer = save(client, "/followups/view/?tab=handled&class=churn&size=20&after=x&other=1")
    view = SavedView.objects.get()
    assert parse_qs(view.query) == {"tab": ["handled"], "class": ["churn"], "size": ["20"]}
    assert (view.list_key, view.member) == ("alerts", cast.yun)
    assert answer.headers["Location"] == f"/followups/view/?view={view.pk}&{view.query}"


def test_a_saved_view_is_offered_and_leads_to_its_rows(jing):
    page = jing.get(save(jing, f"{CUSTOMERS}?level=1", is_pinned="on").headers["Location"])
    text = page.content.decode()
    assert page.status_code == 200 and text.count('<tr id="row-') == 1
    link = re.search(r'<a class="pc-view" href="([^"]+)"[^>]*title="重点"[^>]*>', text, re.S)
    assert 'aria-current="page"' in link[0]
    assert parse_qs(urlsplit(unescape(link[1])).query)["level"] == ["1"]


def test_with_htmx_the_browser_is_led_to_the_view_and_told(jing):
    answer = save(jing, f"{CUSTOMERS}?level=1", name="重点")
    again = post(
        jing,
        answer.headers["Location"],
        act="update_view",
        headers=FRAGMENT,
    )
    led, told = (json.loads(again.headers[name]) for name in ("HX-Location", "HX-Trigger"))
    assert again.status_code == 204
    assert led["path"] == answer.headers["Location"] and led["target"] == "#results"
    assert "重点" in told["toast"]["text"]


def test_a_part_of_the_list_brings_its_views_along(jing):
    save(jing, f"{CUSTOMERS}?level=1", is_pinned="on")
    part = jing.get(f"{CUSTOMERS}?level=2", headers=FRAGMENT).content.decode()
    assert '<div id="views" hx-swap-oob="innerHTML">' in part and "重点" in part


def test_other_conditions_under_a_view_may_become_its_own(jing):
    at = save(jing, f"{CUSTOMERS}?level=1").headers["Location"]
    changed = at.replace("level=1", "level=2")
    assert "已修改" not in jing.get(at).content.decode()
    assert "已修改" in jing.get(changed).content.decode()
    post(jing, changed, act="update_view")
    assert SavedView.objects.get().query == "level=2"


def test_the_default_view_opens_with_the_bare_address_only(jing):
    at = save(jing, f"{CUSTOMERS}?level=1", is_default="on").headers["Location"]
    assert jing.get(CUSTOMERS).headers["Location"] == at
    for address in ("?view=0", "?level=2", "?size=20"):
        assert jing.get(CUSTOMERS + address).status_code == 200
    everything = jing.get(f"{CUSTOMERS}?view=0").content.decode()
    assert everything.count('<tr id="row-') == 2
    assert f'href="?view=0">{"重置"}' in everything
    assert jing.get(CUSTOMERS, headers=FRAGMENT).status_code == 200


def test_the_default_view_of_a_list_with_tabs_leaves_the_reset_free(cast, sign_in):
    client = sign_in(cast.yun)
    save(client, "/followups/view/?tab=handled&class=churn", is_default="on")
    page = client.get("/followups/view/", follow=True).content.decode()
    assert 'href="?tab=handled">重置' in page
    assert client.get("/followups/view/?tab=handled").status_code == 200


def test_a_view_is_renamed_and_deleted_and_its_conditions_stay(jing):
    at = save(jing, f"{CUSTOMERS}?level=1").headers["Location"]
    post(jing, at, act="change_view", name="改名", is_pinned="on")
    view = SavedView.objects.get()
    assert (view.name, Arrangement.objects.get().pinned_views) == ("改名", [view.pk])
    gone = post(jing, at, act="delete_view")
    assert not SavedView.objects.exists()
    assert parse_qs(urlsplit(gone.headers["Location"]).query)["level"] == ["1"]


def test_a_view_that_is_gone_takes_nothing_along(jing):
    at = save(jing, f"{CUSTOMERS}?level=1").headers["Location"]
    SavedView.objects.all().delete()
    page = jing.get(at)
    assert page.status_code == 200 and page.content.decode().count('<tr id="row-') == 1
    assert "已被删除" in post(jing, at, act="update_view", headers=FRAGMENT).content.decode()


def test_a_condition_that_the_list_has_no_longer_is_said_and_shows_no_row(cast, sign_in, jing):
    view = make_view(member=cast.jing, query="level=1&once=5")
    page = jing.get(f"{CUSTOMERS}?view={view.pk}&{view.query}")
    text = page.content.decode()
    assert page.status_code == 400 and '<tr id="row-' not in text
    assert "已不可用的条件" in text and "移除不可用的条件" in text
    assert SavedView.objects.get().query == "level=1&once=5"
    post(jing, f"{CUSTOMERS}?view={view.pk}&{view.query}", act="update_view")
    assert SavedView.objects.get().query == "level=1"


def test_a_value_that_the_list_has_no_longer_is_said(cast, jing):
    view = make_view(member=cast.jing, query="level=9")
    page = jing.get(f"{CUSTOMERS}?view={view.pk}&{view.query}")
    assert page.status_code == 400 and "没有这个选项" in page.content.decode()


def test_conditions_that_cannot_be_read_are_no_view(jing):
    answer = save(jing, f"{CUSTOMERS}?level=9")
    assert not SavedView.objects.exists() and answer.status_code in (302, 409)


def test_a_shared_view_says_whose_it_is_and_is_changed_by_who_may(cast, jing):
    view = make_view(member=cast.yun, name="全员", query="level=1", is_shared=True)
    at = f"{CUSTOMERS}?view={view.pk}&level=1"
    page = jing.get(at).content.decode()
    assert "由云代共享" in page and "删除此视图" not in page
    post(jing, at, act="prefer_view", is_default="on")
    assert jing.get(CUSTOMERS).headers["Location"] == at
    assert post(jing, at, act="delete_view").status_code == 403


def test_sharing_is_explained_to_who_may_not(jing):
    page = jing.get(CUSTOMERS, {"panel": "save_view"}).content.decode()
    assert "为什么" in page and "共享列表视图" in page
    assert save(jing, is_shared="on").status_code == 403


def test_a_view_of_another_partner_or_list_is_none(cast, jing):
    theirs = make_view(member=cast.pang, name="外人", is_shared=True)
    other = make_view(member=cast.jing, name="别处", list_key="alerts")
    page = jing.get(f"{CUSTOMERS}?view={theirs.pk}").content.decode()
    assert "外人" not in page and "别处" not in page
    for view in (theirs, other):
        post(jing, f"{CUSTOMERS}?view={view.pk}", act="delete_view")
    assert SavedView.objects.count() == 2


def test_names_are_shown_as_text(cast, jing):
    view = make_view(member=cast.jing, name="<img src=x>𠮷" + "长" * 28)
    page = jing.get(f"{CUSTOMERS}?view={view.pk}").content.decode()
    assert "<img src=x>" not in page and "&lt;img src=x&gt;𠮷" in page


# ---- columns and density ----


def test_columns_are_shown_in_the_members_order(jing):
    shown = [key for key in MOVABLE if key not in ("phone", "email")]
    order = order_of("level", "manager")
    post(jing, act="columns", order=order, shown=shown, pinned="2")
    heads = headers_of(jing.get(CUSTOMERS))
    assert heads[:3] == ["客户名称/账号名", "等级", "客户经理"] and heads[-1] == "操作"
    assert "移动电话" not in heads and "邮箱" not in heads
    assert 'class="card pin pin-1"' in jing.get(CUSTOMERS).content.decode()


def test_a_column_moves_by_buttons_and_what_was_ticked_is_kept(jing):
    post(jing, act="columns", order=MOVABLE, shown=MOVABLE[1:], pinned="1", down="manager")
    kept = Arrangement.objects.get()
    assert kept.column_order[:3] == ["association_type", "alerts", "manager"]
    assert kept.hidden_columns == ["association_type"]
    post(jing, act="columns", order=kept.column_order, shown=MOVABLE, pinned="1", up="alerts")
    assert Arrangement.objects.get().column_order[:2] == ["alerts", "association_type"]


def test_the_layout_is_one_members_and_can_be_given_up(cast, jing, client):
    post(jing, act="columns", order=order_of("level"), shown=["level"], pinned="1")
    assert len(headers_of(jing.get(CUSTOMERS))) == 3
    post(jing, act="columns", reset="on")
    assert len(headers_of(jing.get(CUSTOMERS))) == len(MOVABLE) + 2
    assert Arrangement.objects.get().member == cast.jing


def test_columns_that_the_list_does_not_have_are_refused(jing):
    answer = post(jing, act="columns", order=["password"], shown=[], pinned="1", headers=FRAGMENT)
    assert answer.status_code == 409
    assert not Arrangement.objects.exists()


def test_a_hidden_column_is_not_revealed(jing):
    post(jing, act="columns", order=MOVABLE, shown=["level"], pinned="1")
    page = jing.post(CUSTOMERS, {"reveal": "phone"}).content.decode()
    assert "已显示" not in page and "移动电话" not in headers_of(jing.get(CUSTOMERS))


def test_density_is_kept(jing):
    assert "pc-table compact" not in jing.get(CUSTOMERS).content.decode()
    post(jing, act="density", is_compact="on")
    assert "pc-table compact" in jing.get(CUSTOMERS).content.decode()
    post(jing, act="density", is_compact="")
    assert "pc-table compact" not in jing.get(CUSTOMERS).content.decode()


def test_who_lost_a_column_with_his_role_keeps_the_others_order(cast, sign_in):
    member = make_member(partner=cast.reseller, role="finance")
    make_customer(partner=cast.reseller)
    client = sign_in(member)
    own = [key for key in order_of("level", "alerts") if key != "alerts"]
    post(client, act="columns", order=own, shown=own, pinned="1")
    Arrangement.objects.update(column_order=order_of("level", "alerts"))
    heads = headers_of(client.get(CUSTOMERS))
    assert heads[1] == "等级" and "待处理预警" not in heads


def test_movable_columns_are_those_between_the_first_and_the_buttons(cast, rf):
    request = rf.get(CUSTOMERS)
    request.member = cast.jing
    from partnercenter.pages.customers import Customers

    shown = Customers(request)
    assert tuple(c.key for c in movable(shown.visible_columns())) == MOVABLE
