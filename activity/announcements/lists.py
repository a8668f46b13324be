"""公告: what the vendor told the acting member."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.lists import List, Tab, columns, filters

from .models import Announcement, in_language


@cache
def _path() -> str:
    return reverse("activity:announcement_detail", args=[0])


@dataclass(frozen=True)
class Title(columns.Column):
    """The title, leading to the text; pinned, important and updated ones say so."""

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: in_language(values[1], values[2])

    def cell(self, page: columns.Page) -> columns.Cell:
        plain = self.plain(page)
        pinned, important, updated = _("置顶"), _("重要"), _("已更新")

        def cell(values: tuple[Any, ...]) -> str:
            pk, _zh, _en, is_pinned, level, revision, is_read = values
            said = [pinned] * is_pinned
            said += [important] * (level == Announcement.Level.IMPORTANT)
            said += [updated] * (revision > 1)
            return format_html(
                '<a class="name{}" href="{}">{}</a> <span class="sub">{}</span>',
                "" if is_read else " unread",
                _path().replace("/0/", f"/{pk}/"),
                plain(values),
                " · ".join(said),
            )

        return cell


class AnnouncementList(List):
    """公告: pinned ones first, then the newest."""

    key = "announcements"
    title = _l("公告")
    help = _l("厂商发布的公告。点击标题阅读全文并标为已读。")
    empty = _l("没有公告。厂商发布与您有关的公告后会出现在这里。")
    template = "activity/announcement_list.html"
    order = ("-pinned", "-published_at", "-pk")
    tabs = (
        Tab("unread", _l("未读"), Q(is_read=False)),
        Tab("read", _l("已读"), Q(is_read=True)),
        Tab("all", _l("全部")),
    )
    first_tab = "all"
    columns = (
        Title(
            "title",
            _l("标题"),
            ("pk", "title", "title_en", "pinned", "level", "revision", "is_read"),
            card=True,
        ),
        columns.State(
            "state",
            _l("状态"),
            ("is_read",),
            choices={False: _l("未读"), True: _l("已读")},
            tones={False: "blue"},
            card=True,
        ),
        columns.Instant("published_at", _l("发布时间"), card=True),
    )
    filters = (
        filters.Choice("level", _l("级别"), choices=dict(Announcement.Level.choices)),
        filters.Dates("published", _l("发布时间"), "published_at"),
    )

    def rows(self) -> QuerySet[Any]:
        return Announcement.objects.visible_to(self.member).on(clock.today())
