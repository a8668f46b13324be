"""The vendor's desk: who gets in, who may change what, and what a page never shows."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import label_for_field
from django.urls import NoReverseMatch, reverse

from activity.models import Activity
from core.access import access_of, all_urls
from core.admin import VendorAdmin
from org.models import Member, Partner, Role, User
from tests import factories

from .desk import BUTTONS, PAGES, address, press

pytestmark = pytest.mark.django_db

# ---- who gets in ----


def test_every_address_of_the_desk_is_the_vendors():
    desk = [(route, view) for route, _name, view in all_urls() if route.startswith("admin/")]
    assert len(desk) > 50
    others = [route for route, view in desk if access_of(view).kind != "vendor"]
    assert others == ["admin/login/"]


def test_a_stranger_is_sent_to_sign_in_and_comes_back(client):
    response = client.get("/admin/org/member/")
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next=%2Fadmin%2Forg%2Fmember%2F"


def test_djangos_own_sign_in_is_not_ours(client):
    response = client.get("/admin/login/?next=/admin/org/user/")
    assert response["Location"] == f"{reverse('account_login')}?next=%2Fadmin%2Forg%2Fuser%2F"


@pytest.mark.parametrize("label", PAGES)
def test_partner_staff_get_nowhere(cast, sign_in, client, label):
    sign_in(cast.yun)
    assert client.get(address(label, "changelist")).status_code == 403


def test_partner_staff_are_told_so_and_stay_who_they_are(cast, sign_in, client):
    page = sign_in(cast.yun).get("/admin/").text
    assert "<h1>没有权限</h1>" in page and "此页面只对厂商人员开放" in page
    assert "尚未选择伙伴" not in page and "没有做任何修改" not in page


def test_the_desk_says_when_no_second_factor_is_asked_for(cast, sign_in, client, settings):
    sign_in(cast.yunying)
    assert "演示模式" not in client.get("/admin/").text
    settings.SECOND_FACTOR_REQUIRED = False
    assert "演示模式" in client.get("/admin/").text


def test_without_second_factor_nobody_gets_in(client, sign_in):
    sign_in(factories.make_user(vendor_role="operator", factor=False))
    assert client.get("/admin/")["Location"] == reverse("mfa_index")


def test_a_given_password_is_changed_first(client, sign_in):
    sign_in(factories.make_vendor_user(must_change_password=True))
    assert client.get("/admin/")["Location"] == reverse("account_change_password")


def test_a_deactivated_operator_is_out(cast, client, sign_in):
    sign_in(cast.yunying)
    User.objects.filter(pk=cast.yunying.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_passwords_are_not_changed_here(cast, sign_in, client):
    sign_in(cast.yunying)
    assert client.get("/admin/password_change/").status_code == 404


# ---- who may what ----


def test_every_page_is_one_of_the_desk():
    assert all(isinstance(page, VendorAdmin) for page in PAGES.values())


@pytest.mark.parametrize("label", PAGES)
def test_every_label_is_chinese(label):
    page = PAGES[label]
    filtered = [each for each in page.list_filter if isinstance(each, str)]
    for name in {*page.list_display, *(page.fields or ()), *page.readonly_fields, *filtered}:
        words = str(label_for_field(name, page.model, page))
        assert re.search("[\u4e00-\u9fff]", words), (name, words)


@pytest.mark.parametrize("label", PAGES)
def test_a_list_is_headed_by_what_it_lists(cast, sign_in, client, label):
    sign_in(cast.shenji)
    heading = re.search(r"<h1>(.*?)</h1>", client.get(address(label, "changelist")).text)[1]
    assert heading == PAGES[label].opts.verbose_name_plural


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
@pytest.mark.parametrize("label", PAGES)
def test_nothing_is_deleted(rf, label, role):
    request = rf.get("/")
    request.user = User(vendor_role=role)
    assert not PAGES[label].has_delete_permission(request)
    assert "delete_selected" not in PAGES[label].get_actions(request)
    with pytest.raises(NoReverseMatch):
        address(label, "delete", 1)


@pytest.mark.parametrize("label", PAGES)
def test_an_auditor_reads_every_list(cast, sign_in, client, label):
    sign_in(cast.shenji)
    assert client.get(address(label, "changelist")).status_code == 200


@pytest.mark.parametrize("label", PAGES)
def test_an_auditor_adds_nothing(cast, sign_in, client, label):
    sign_in(cast.shenji)
    assert client.post(address(label, "add")).status_code == 403


@pytest.mark.parametrize("role", ["shenji", "shen"])
def test_auditor_and_reviewer_read_rows_and_change_none(cast, rows, sign_in, client, role):
    sign_in(getattr(cast, role))
    for label, row in rows.items():
        page = address(label, "change", row.pk)
        assert client.get(page).status_code == 200
        assert client.post(page, {"name": "改名"}).status_code == 403


@pytest.mark.parametrize(("label", "name"), BUTTONS)
def test_an_auditor_presses_no_button(cast, rows, proven, client, label, name):
    proven(cast.shenji)
    assert press(client, label, rows[label], name).status_code == 403
    assert set(Activity.objects.values_list("verb", flat=True)) <= {"access.denied"}


def test_no_button_is_offered_to_an_auditor(cast, rows, sign_in, client):
    sign_in(cast.shenji)
    for label, row in rows.items():
        assert "/do/" not in client.get(address(label, "change", row.pk)).content.decode()


def test_a_reviewer_only_looks_at_contacts(cast, rows, proven, client):
    proven(cast.shen)
    assert press(client, "org.user", rows["org.user"], "reveal").status_code == 200
    assert press(client, "org.user", rows["org.user"], "give_password").status_code == 403


def test_the_log_is_read_by_auditors_only(cast, sign_in, client):
    for who, status in ((cast.shenji, 200), (cast.yunying, 403), (cast.shen, 403)):
        sign_in(who)
        assert client.get(address("activity.activity", "changelist")).status_code == status


def test_the_first_page_names_only_what_may_be_read(cast, sign_in, client):
    log = address("activity.activity", "changelist")
    for who, listed in ((cast.shenji, True), (cast.yunying, False)):
        sign_in(who)
        page = client.get("/admin/").content.decode()
        assert (log in page) is listed
        assert "伙伴中心 · 厂商工作台" in page


# ---- writing through services ----


def test_an_operator_makes_a_reseller_and_one_line_says_so(cast, proven, client):
    proven(cast.yunying)
    facts = {"name": "云舟", "kind": "reseller", "sales_model": "resale"}
    facts |= {"distributor": cast.distributor.pk}
    response = client.post(address("org.partner", "add"), facts)
    assert response.status_code == 302
    made = Partner.objects.get(name="云舟")
    line = Activity.objects.get()
    assert (line.verb, line.subject_id, line.user) == ("partner.created", made.pk, cast.yunying)
    assert line.request_id and line.address


def test_an_operator_renames_a_partner(cast, proven, client):
    proven(cast.yunying)
    facts = {"name": "云帆科技", "kind": "reseller", "sales_model": "resale"}
    facts |= {"distributor": cast.distributor.pk}
    client.post(address("org.partner", "change", cast.reseller.pk), facts)
    assert Partner.objects.get(pk=cast.reseller.pk).name == "云帆科技"
    assert Activity.objects.get().verb == "partner.changed"


def test_a_refusal_is_shown_above_what_was_filled_in(cast, proven, client):
    proven(cast.yunying)
    facts = {"name": "改名", "kind": "solution_provider", "sales_model": "resale"}
    page = address("org.partner", "change", cast.distributor.pk)
    response = client.post(page, facts)
    text = response.content.decode()
    assert response.status_code == 200
    assert "名下还有云经销商，不能变更类型" in text
    assert 'value="改名"' in text
    assert Partner.objects.get(pk=cast.distributor.pk).name == "华南总代"
    assert not Activity.objects.exists()


def test_a_new_members_password_is_shown_once(cast, proven, client):
    proven(cast.yunying)
    facts = {
        "partner": cast.reseller.pk,
        "name": "李雷",
        "email": "li@example.com",
        "roles": ["finance"],
    }
    shown = client.post(address("org.member", "add"), facts).content.decode()
    member = Member.objects.get(user__email="li@example.com")
    password = re.search(r'<code class="one-time-secret">(.+)</code>', shown)[1]
    assert member.user.check_password(password)
    later = client.get(address("org.member", "change", member.pk)).content.decode()
    assert password not in later


def test_a_role_is_made_changed_and_deleted(cast, proven, client):
    proven(cast.yunying)
    facts = {"partner": cast.reseller.pk, "name": "质检", "permissions": ["customers.view"]}
    client.post(address("org.role", "add"), facts)
    role = Role.objects.get()
    changed = {"name": "质检", "permissions": ["activity.view"]}
    client.post(address("org.role", "change", role.pk), changed)
    assert Role.objects.get().permissions == ["activity.view"]
    press(client, "org.role", role, "delete_role")
    assert not Role.objects.exists()
    verbs = Activity.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["role.created", "role.changed", "role.deleted"]


def test_djangos_own_log_stays_empty(cast, proven, client):
    proven(cast.yunying)
    client.post(address("org.partner", "add"), {"name": "云舟", "kind": "distributor"})
    assert not LogEntry.objects.exists()


# ---- buttons ----


def test_dangerous_buttons_ask_for_the_second_factor_again(cast, sign_in, client):
    sign_in(cast.yunying)
    response = press(client, "org.member", cast.cai, "change_roles", roles=["account_manager"])
    assert response.status_code == 302
    assert "2fa" in response["Location"]
    assert Member.objects.get(pk=cast.cai.pk).roles == ["finance"]


SENSITIVE = ("org.partner", "org.member", "org.role")
LOOKING = ("org.user", "customers.customer")


@pytest.mark.parametrize("label", SENSITIVE)
@pytest.mark.parametrize("method", ["get", "post"])
def test_adding_what_gives_access_asks_for_the_second_factor_again(
    cast, sign_in, client, label, method
):
    sign_in(cast.yunying)
    response = getattr(client, method)(address(label, "add"), {"name": "云舟"})
    assert response.status_code == 302 and "2fa" in response["Location"]


@pytest.mark.parametrize("label", ["org.partner", "org.role"])
def test_changing_it_asks_as_well_but_looking_does_not(cast, rows, sign_in, client, label):
    sign_in(cast.yunying)
    page = address(label, "change", rows[label].pk)
    assert client.get(page).status_code == 200
    response = client.post(page, {"name": "改名"})
    assert response.status_code == 302 and "2fa" in response["Location"]
    assert not Activity.objects.exists()


@pytest.mark.parametrize("label", LOOKING)
def test_looking_at_a_contact_asks_for_the_second_factor_again(cast, rows, sign_in, client, label):
    sign_in(cast.shen)
    response = press(client, label, rows[label], "reveal")
    assert response.status_code == 302 and "2fa" in response["Location"]
    assert not Activity.objects.exists()


def test_roles_are_changed_by_a_button(cast, proven, client):
    proven(cast.yunying)
    page = client.get(address("org.member", "do", cast.cai.pk, "change_roles")).content.decode()
    assert 'value="finance" checked' in re.sub(r'" id="\S+"', '"', page)
    assert 'value="partner_admin"' not in page
    press(client, "org.member", cast.cai, "change_roles", roles=["account_manager", "finance"])
    assert Member.objects.get(pk=cast.cai.pk).roles == ["account_manager", "finance"]


def test_a_refused_button_says_why_on_its_page(cast, proven, client):
    proven(cast.yunying)
    response = press(client, "org.member", cast.zhuguan, "change_roles", roles=["finance"])
    assert "还有 1 名客户经理由其主管" in response.content.decode()
    response = press(
        client,
        "org.member",
        cast.zhuguan,
        "change_roles",
        roles=["finance"],
        release_managers="on",
    )
    assert response.status_code == 302


def test_only_the_partners_own_directors_are_offered(cast, sign_in, client):
    foreign = factories.make_member(partner=cast.stranger, role="account_director")
    sign_in(cast.yunying)
    page = address("org.member", "do", cast.other.pk, "set_director")
    assert f'value="{foreign.pk}"' not in client.get(page).content.decode()
    client.post(page, {"director": foreign.pk})
    assert Member.objects.get(pk=cast.other.pk).director is None
    client.post(page, {"director": cast.zhuguan.pk})
    assert Member.objects.get(pk=cast.other.pk).director == cast.zhuguan


@pytest.mark.parametrize(
    ("label", "name", "verb"),
    [
        ("org.partner", "suspend", "partner.suspended"),
        ("org.member", "deactivate", "member.deactivated"),
        ("org.member", "transfer_main_account", "member.main_account_transferred"),
        ("org.user", "reset_factor", "user.second_factor_reset"),
        ("org.user", "deactivate", "user.deactivated"),
        ("org.user", "give_password", "user.password_given"),
    ],
)
def test_a_button_leaves_one_line(cast, rows, proven, client, label, name, verb):
    proven(cast.yunying)
    assert press(client, label, rows[label], name).status_code in (200, 302)
    assert Activity.objects.get().verb == verb


def test_looking_at_a_button_changes_nothing(cast, rows, proven, client):
    proven(cast.yunying)
    for label, name in BUTTONS:
        client.get(address(label, "do", rows[label].pk, name))
    assert not Activity.objects.exists()


@pytest.mark.parametrize("name", ["give_password", "reset_factor", "change_contact", "deactivate"])
def test_an_operator_does_not_reach_the_accounts_of_vendor_staff(cast, proven, client, name):
    proven(cast.yunying)
    before = User.objects.filter(pk=cast.shenji.pk).values().get()
    press(client, "org.user", cast.shenji, name, email="mine@example.com")
    assert User.objects.filter(pk=cast.shenji.pk).values().get() == before
    assert not Activity.objects.exists()


def test_a_button_that_does_not_exist_is_not_found(cast, rows, sign_in, client):
    sign_in(cast.yunying)
    response = press(client, "org.member", cast.jing, "get_queryset")
    assert response.status_code == 404
