"""The frame promises no page that is not there or may not be opened."""

from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import resolve

from activity.services import notify
from org.gate import SEVERAL_PARTNERS
from org.models import Role
from partnercenter.menu import SECTIONS, Entry, Group, Section
from partnercenter.navigation import Frame
from tests import factories as f
from tests.conftest import sign_client_in


def frame_of(member: Any, path: str = "/", user: Any = None) -> Frame:
    request = RequestFactory().get(path)
    request.user = user or member.user
    request.session = {}
    request.resolver_match = resolve(path)
    if member:
        request.member = member
    return Frame(request)


def labels(frame: Frame) -> list[str]:
    return [str(tab["label"]) for tab in frame.tabs]


def entries(frame: Frame) -> list[str]:
    return [str(entry.label) for group in frame.menu for entry in group["entries"]]


def test_an_entry_without_a_page_has_no_address():
    assert Entry("将来", "nowhere:nothing", "x").url == ""


def test_a_section_without_pages_is_not_shown(cast):
    assert "权益" in [section.label for section in SECTIONS]
    assert "权益" not in labels(frame_of(cast.yun))


def test_a_member_sees_the_log_only_with_the_permission(cast):
    assert "组织" in labels(frame_of(cast.yun))
    assert "组织" not in labels(frame_of(cast.jing))


def test_a_section_leads_to_its_first_page_that_may_be_opened(cast):
    assert frame_of(cast.yun).tabs[-1]["url"] == "/activity/"


def test_the_menu_belongs_to_the_section_of_the_page(cast):
    frame = frame_of(cast.yun, "/activity/")
    assert str(frame.section.label) == "组织"
    assert entries(frame) == ["操作日志", "安全设置"]


def test_notifications_belong_to_the_persons_own_pages(cast):
    frame = frame_of(cast.yun, "/activity/notifications/")
    assert str(frame.entry.label) == "站内信"


def test_the_home_page_has_no_menu(cast):
    assert entries(frame_of(cast.yun, "/healthz")) == []


def test_vendor_staff_see_their_desk_and_no_partners_page(cast):
    assert labels(frame_of(None, "/org/account/", user=cast.shen)) == ["厂商"]


def test_partner_staff_do_not_see_the_vendors_desk(cast):
    assert "厂商" not in labels(frame_of(cast.yun))


def test_an_incomplete_account_is_offered_nothing(cast):
    frame = frame_of(cast.yun, "/org/account/")
    frame.lacks = "factor"
    assert (frame.tabs, frame.menu) == ([], [])


def test_the_menu_is_data_that_names_real_permissions():
    from org.permissions import CATALOGUE

    assert all(isinstance(section, Section) for section in SECTIONS)
    groups: list[Group] = [group for section in SECTIONS for group in section.groups]
    wanted = {entry.permission for group in groups for entry in group.entries}
    assert wanted - {""} <= CATALOGUE


# ---- the count of unread notifications ----


def tell(member: Any, times: int) -> None:
    for n in range(times):
        notify([member], "customer.assigned", key=f"k{n}", at=f.NOW, customer=1)


@pytest.mark.parametrize(("unread", "shown"), [(0, "0"), (3, "3"), (99, "99"), (130, "99+")])
def test_unread_notifications_are_counted_to_a_cap(cast, unread, shown):
    tell(cast.jing, unread)
    assert frame_of(cast.jing).unread_label == shown


def test_unread_notifications_cost_one_statement(cast, django_assert_num_queries):
    tell(cast.jing, 3)
    frame = frame_of(cast.jing)
    with django_assert_num_queries(1):
        assert [frame.unread, frame.unread_label] == [3, "3"]


def test_somebody_elses_notifications_are_not_counted(cast):
    tell(cast.other, 2)
    assert frame_of(cast.jing).unread == 0


def test_the_other_partners_are_asked_for_only_by_people_who_have_several(
    cast, django_assert_num_queries
):
    frame = frame_of(cast.jing)
    with django_assert_num_queries(0):
        assert frame.other_places == []
    f.make_member(partner=cast.stranger, user=cast.jing.user)
    frame.request.session[SEVERAL_PARTNERS] = True
    del frame.other_places
    assert [place.partner for place in frame.other_places] == [cast.stranger]


def test_the_place_of_a_page_names_section_and_group(cast):
    frame = frame_of(cast.yun, "/followups/view/")
    assert [str(part.label) for part in (frame.section, frame.group, frame.entry)] == [
        "销售",
        "客户预警",
        "查看预警",
    ]


def test_a_group_that_is_called_as_its_section_is_not_named_twice(cast):
    assert frame_of(cast.yun, "/org/account/").group is None


@pytest.mark.django_db(transaction=True)
def test_a_refusal_names_a_custom_role_and_the_other_partners(client):
    """It is shown after the request's transaction, outside every tenant."""
    partner = f.make_partner()
    Role.objects.create(partner=partner, code="custom-1", name="渠道运营", permissions=[])
    member = f.make_member(partner=partner, role="custom-1")
    other = f.make_member(user=member.user)
    sign_client_in(client, member)
    session = client.session
    session[SEVERAL_PARTNERS] = True
    session.save()
    response = client.get("/customers/")
    page = response.content.decode()
    assert response.status_code == 403
    assert "渠道运营" in page and "custom-1" not in page
    assert other.partner.name in page
