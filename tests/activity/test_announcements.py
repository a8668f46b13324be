"""公告: written by the vendor, read by whom it is for, counted without a statement of its own."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, connection, transaction

from activity.announcements import services
from activity.announcements.services import as_html
from activity.models import Activity, Announcement, AnnouncementRead
from core import tenancy
from core.refusals import InvalidTransition, Refused
from tests.factories import NOW, TODAY, make_announcement
from tests.test_navigation import frame_of

pytestmark = pytest.mark.django_db
LIST = "/activity/announcements/"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def opened(sign_in):
    def opened(who, path=LIST):
        return sign_in(who).get(path).content.decode()

    return opened


def titles(member):
    return set(Announcement.objects.visible_to(member).values_list("title", flat=True))


# ---- who sees it ----


def test_an_empty_audience_is_everybody(cast):
    made = make_announcement()
    assert all(titles(m) == {made.title} for m in (cast.zong, cast.jing, cast.pang))


def test_kinds_roles_and_partners_narrow_the_audience(cast):
    make_announcement(title="总代", kinds=["distributor"])
    make_announcement(title="财务", roles=["finance"])
    make_announcement(title="点名", partner_ids=[cast.reseller.pk])
    make_announcement(title="财务点名", roles=["finance"], partner_ids=[cast.stranger.pk])
    assert titles(cast.zong) == {"总代"}
    assert titles(cast.cai) == {"财务", "点名"}
    assert titles(cast.jing) == {"点名"}


@pytest.mark.parametrize(
    "fields",
    [{"kinds": ["distributor"]}, {"roles": ["finance"]}, {"kinds": ["reseller"]}, {}],
)
def test_whom_it_reaches_is_who_sees_it(cast, fields):
    made = make_announcement(**fields)
    everybody = [cast.zong, cast.yun, cast.jing, cast.other, cast.zhuguan, cast.cai, cast.pang]
    assert set(made.audience()) == {m for m in everybody if titles(m)}


def test_drafts_and_withdrawn_ones_are_seen_by_nobody(cast, sign_in):
    draft = make_announcement(published=False)
    gone = make_announcement()
    services.withdraw_announcement(gone, by=cast.yunying, at=NOW)
    client = sign_in(cast.jing)
    assert {client.get(f"{LIST}{each.pk}/").status_code for each in (draft, gone)} == {404}
    assert titles(cast.jing) == set()


@pytest.mark.parametrize(
    ("fields", "up"),
    [
        ({"starts_on": TODAY, "ends_on": TODAY}, True),
        ({"starts_on": TODAY + timedelta(days=1)}, False),
        ({"ends_on": TODAY - timedelta(days=1)}, False),
    ],
)
def test_it_is_up_from_its_first_day_to_midnight_of_its_last(opened, cast, fields, up):
    made = make_announcement(**fields)
    with time_machine.travel("2026-11-20 15:59:59Z", tick=False):  # a second before midnight
        assert (made.title in opened(cast.jing)) == up


def test_the_database_shows_a_partner_only_what_is_for_it(cast):
    make_announcement(title="草稿", published=False)
    make_announcement(title="总代", kinds=["distributor"])
    make_announcement(title="点名", partner_ids=[cast.stranger.pk])
    shown = make_announcement(title="云商", kinds=["reseller"], partner_ids=[cast.reseller.pk])
    with tenancy.tenant(cast.reseller.pk):
        assert list(Announcement.objects.all()) == [shown]
    with tenancy.tenant(None, user_id=cast.jing.user_id):
        assert not Announcement.objects.exists()


def test_a_partners_request_writes_no_announcement(cast):
    made = make_announcement()
    with (
        pytest.raises(ProgrammingError, match="denied"),
        transaction.atomic(),
        tenancy.tenant(cast.reseller.pk),
    ):
        Announcement.objects.filter(pk=made.pk).update(title="改")


# ---- reading ----


def test_opening_it_marks_it_read(opened, cast):
    made = make_announcement(level="important")
    assert "重要公告" in opened(cast.jing)
    text = opened(cast.jing, f"{LIST}{made.pk}/")
    assert made.body in text and "重要公告</span>" not in text
    assert AnnouncementRead.objects.filter(member=cast.jing, announcement=made).exists()
    assert made.title not in opened(cast.jing, f"{LIST}?tab=unread")
    assert made.title in opened(cast.jing, f"{LIST}?tab=read")
    assert made.title in opened(cast.other, f"{LIST}?tab=unread")


def test_closing_the_banner_reads_it_and_leads_back(sign_in, cast):
    made = make_announcement(level="important")
    client = sign_in(cast.jing)
    response = client.post(f"{LIST}{made.pk}/close/", {"next": "/customers/?name=x"})
    assert response["Location"] == "/customers/?name=x"
    assert frame_of(cast.jing).banner is None
    elsewhere = client.post(f"{LIST}{made.pk}/close/", {"next": "//evil.example/"})
    assert elsewhere["Location"] == LIST


def test_all_of_them_are_read_at_once(sign_in, cast):
    old, new = make_announcement(title="一"), make_announcement(title="二", level="important")
    make_announcement(title="给别人的", partner_ids=[cast.stranger.pk])
    client = sign_in(cast.jing)
    assert "全部已读" in client.get(LIST).content.decode()
    answer = client.post(f"{LIST}read/", follow=True).content.decode()
    assert "已将 2 条公告标为已读。" in answer and "全部已读" not in answer
    assert frame_of(cast.jing).banner is None
    read = AnnouncementRead.objects.all()
    assert {(each.member_id, each.announcement_id) for each in read} == {
        (cast.jing.pk, old.pk),
        (cast.jing.pk, new.pk),
    }


def test_a_corrected_text_is_unread_again_and_says_so(opened, cast):
    made = make_announcement()
    services.read_announcement(made, by=cast.jing, at=NOW)
    services.change_announcement(made, body="改为周六维护。", by=cast.yunying, at=NOW)
    assert "已更新" in opened(cast.jing, f"{LIST}?tab=unread")
    assert "已更新" in opened(cast.jing, f"{LIST}{made.pk}/")
    assert made.title not in opened(cast.jing, f"{LIST}?tab=unread")


def test_a_change_of_where_it_is_shown_keeps_it_read(cast):
    made = make_announcement()
    services.read_announcement(made, by=cast.jing, at=NOW)
    services.change_announcement(made, pinned=1, ends_on=TODAY, by=cast.yunying, at=NOW)
    assert frame_of(cast.jing).unread_announcements == 0


def test_unread_ones_cost_the_frame_no_statement_of_their_own(cast, django_assert_num_queries):
    make_announcement(level="important", title="停机维护")
    make_announcement()
    with django_assert_num_queries(1):
        frame = frame_of(cast.jing)
        assert (frame.unread, frame.unread_announcements) == (0, 2)
        assert frame.banner["title"] == "停机维护"


def test_pinned_ones_come_first(opened, cast):
    make_announcement(title="旧而置顶", pinned=1, published_at=NOW - timedelta(days=9))
    make_announcement(title="新的")
    text = opened(cast.jing)
    assert text.index("旧而置顶") < text.index("新的")


def test_the_home_page_shows_the_latest_three(opened, cast):
    for n in range(4):
        make_announcement(title=f"第{n}号", published_at=NOW - timedelta(days=n))
    text = opened(cast.jing, "/")
    assert all(f"第{n}号" in text for n in range(3)) and "第3号" not in text


def test_whoever_reads_english_gets_the_authors_english(sign_in, cast):
    made = make_announcement(title_en="Maintenance on Sunday", body_en="The system is down.")
    client = sign_in(cast.jing)
    client.cookies["django_language"] = "en"
    text = client.get(f"{LIST}{made.pk}/").content.decode()
    assert "Maintenance on Sunday" in text and "The system is down." in text


def test_the_authors_text_is_no_markup():
    shown = as_html("一<script>\n二\n\n见 https://example.com/a?b=1 与 javascript:alert(1)")
    assert shown.startswith("<p>一&lt;script&gt;\n二</p><p>")
    assert '<a href="https://example.com/a?b=1" rel="nofollow">' in shown
    assert 'href="javascript' not in shown


# ---- the vendor ----


def lines():
    return list(
        Activity.objects.filter(verb__startswith="announcement.").values_list("verb", flat=True)
    )


def test_a_draft_is_written_published_and_withdrawn_with_a_line_each(cast):
    who = {"by": cast.yunying, "at": NOW}
    draft = services.create_announcement(title=" 维护 ", body="周日维护", **who)
    services.publish_announcement(draft, **who)
    services.withdraw_announcement(draft, **who)
    draft.refresh_from_db()
    assert (draft.title, draft.state) == ("维护", "withdrawn")
    assert sorted(lines()) == [
        "announcement.created",
        "announcement.published",
        "announcement.withdrawn",
    ]
    assert Activity.objects.get(verb="announcement.published").after["people"] == 7


def test_a_step_is_taken_once(cast):
    who, made = {"by": cast.yunying, "at": NOW}, make_announcement()
    with pytest.raises(InvalidTransition):
        services.publish_announcement(made, **who)
    services.withdraw_announcement(made, **who)
    for step in (services.withdraw_announcement, services.publish_announcement):
        with pytest.raises(InvalidTransition):
            step(made, **who)
    with pytest.raises(InvalidTransition):
        services.change_announcement(made, title="改", **who)


@pytest.mark.parametrize(
    "fields",
    [{"ends_on": TODAY - timedelta(days=1)}, {"roles": ["finance"], "kinds": ["distributor"]}],
)
def test_what_nobody_would_see_is_not_published(cast, fields):
    draft = make_announcement(published=False, **fields)
    with pytest.raises(Refused):
        services.publish_announcement(draft, by=cast.yunying, at=NOW)


@pytest.mark.parametrize(
    "fields",
    [{"title": " "}, {"title_en": "x"}, {"starts_on": TODAY, "ends_on": TODAY - timedelta(1)}],
)
def test_half_an_announcement_is_refused(cast, fields):
    with pytest.raises(Refused):
        services.create_announcement(
            **({"title": "题", "body": "文"} | fields), by=cast.yunying, at=NOW
        )


def test_the_database_keeps_state_and_times_together(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_announcement(published=False, state="published")


ADMIN = "/admin/activity/announcement/"
WRITTEN = {"title": "维护", "body": "周日维护", "level": "important", "pinned": "0"}


def test_an_operator_writes_looks_publishes_and_sees_who_has_read(sign_in, cast):
    client = sign_in(cast.yunying)
    sent = WRITTEN | {"kinds": ["reseller"], "partner_ids": "云帆经销\n"}
    assert client.post(f"{ADMIN}add/", sent).status_code == 302
    made = Announcement.objects.get()
    assert (made.kinds, made.partner_ids) == (["reseller"], [cast.reseller.pk])
    shown = client.get(f"{ADMIN}{made.pk}/change/").content.decode()
    assert "<p>周日维护</p>" in shown and "1 个伙伴的 5 人" in shown
    confirm = client.get(f"{ADMIN}{made.pk}/do/publish/").content.decode()
    assert "将发布给：1 个伙伴的 5 人" in confirm
    client.post(f"{ADMIN}{made.pk}/do/publish/", {})
    made.refresh_from_db()
    assert made.state == "draft"
    client.post(f"{ADMIN}{made.pk}/do/publish/", {"confirmed": "on"})
    made.refresh_from_db()
    assert made.state == "published"
    services.read_announcement(made, by=cast.jing, at=NOW)
    assert "共送达 5 人，1 人已读" in client.get(f"{ADMIN}{made.pk}/change/").content.decode()


@pytest.mark.contexts
@pytest.mark.parametrize("partners", [[], ["北方总代", "云帆经销"]])
def test_the_form_shows_the_chosen_partners_by_name_and_saves_them_again(sign_in, cast, partners):
    ids = sorted({"北方总代": cast.stranger.pk, "云帆经销": cast.reseller.pk}[n] for n in partners)
    made = make_announcement(partner_ids=ids)
    client = sign_in(cast.yunying)
    form = client.get(f"{ADMIN}{made.pk}/change/").context["adminform"].form
    assert sorted(form["partner_ids"].value().splitlines()) == sorted(partners)
    sent = WRITTEN | {"partner_ids": form["partner_ids"].value()}
    assert client.post(f"{ADMIN}{made.pk}/change/", sent).status_code == 302
    made.refresh_from_db()
    assert (made.title, made.partner_ids, made.revision) == ("维护", ids, 2)


def test_an_unknown_partner_is_named(sign_in, cast):
    answer = sign_in(cast.yunying).post(f"{ADMIN}add/", WRITTEN | {"partner_ids": "没有的伙伴"})
    assert "没有这个伙伴：没有的伙伴" in answer.content.decode()


def test_only_operators_write_and_publish(sign_in, cast):
    made = make_announcement(published=False)
    for who in (cast.shen, cast.shenji):
        client = sign_in(who)
        assert client.post(f"{ADMIN}add/", WRITTEN).status_code == 403
        assert client.post(f"{ADMIN}{made.pk}/do/publish/").status_code == 403


def test_reads_stay_within_the_partner(cast):
    made = make_announcement()
    services.read_announcement(made, by=cast.jing, at=NOW)
    with tenancy.tenant(cast.stranger.pk):
        assert not AnnouncementRead.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM activity_announcementread")
        assert cursor.fetchone()[0] == 1
