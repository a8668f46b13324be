"""任务中心 (benefits_org.md §5.2, ui.md 1)."""

from html import escape
from typing import Any

from django.db.models import Q, QuerySet
from django.middleware.csrf import get_token
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import formats
from core.lists import Tab, columns, filters
from workbench.lists import WorkList

from .models import Job
from .progress import percents

TONES = {
    "pending": "orange",
    "queued": "muted",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "refused": "red",
}
_WORDS = dict(Job.State.choices)


class JobList(WorkList):
    """任务中心: what the member asked for; the main account sees all of the partner's."""

    key = "jobs"
    title = _l("任务中心")
    help = _l("导出、批量操作等耗时任务的进度和结果。文件保留 3 天，过期后请重新导出。")
    empty = _l("还没有任务。在列表页点击“导出”或批量操作后，进度和结果会出现在这里。")
    order = ("-created_at", "-pk")
    tabs = (
        Tab("all", _l("全部")),
        Tab("pending", _l("待审批"), Q(state=Job.State.PENDING)),
        Tab("open", _l("进行中"), Q(state__in=Job.UNFINISHED)),
        Tab("done", _l("已完成"), Q(state=Job.State.DONE)),
        Tab("failed", _l("失败"), Q(state=Job.State.FAILED)),
    )
    first_tab = "all"
    keeps_views = False  # it asks again by itself, under the hands of who names a view
    filters = (filters.Dates("created", _l("创建时间"), "created_at"),)

    def rows(self) -> QuerySet[Any]:
        return Job.objects.visible_to(self.member)

    def visible_columns(self) -> tuple[columns.Column, ...]:
        return (
            columns.Column("title", _l("任务"), card=True),
            columns.Column("said", _l("范围")),
            State("state", _l("状态"), ("pk", "state", "reason"), card=True),
            columns.Column("rows", _l("行数"), numeric=True),
            Size("size", _l("大小"), numeric=True),
            columns.Column("who", _l("创建人"), ("member__user__name",)),
            columns.Instant("created_at", _l("创建时间"), card=True),
            columns.Instant("expires_at", _l("过期时间")),
            columns.Actions(
                "actions",
                _l("操作"),
                ("pk", "state", "kind", "member_id"),
                buttons=self._buttons,
            ),
        )

    def _buttons(self, page: columns.Page) -> columns.Cell:
        words = {"get": _("下载"), "stop": _("取消"), "look": _("查看结果"), "decide": _("审批")}
        token, me = get_token(self.request), self.member

        def buttons(values: tuple[Any, ...]) -> str:
            pk, state, kind, asker = values
            if kind == Job.Kind.BULK:
                return format_html(
                    '<a href="{}">{}</a>', reverse("jobs:batch", args=[pk]), words["look"]
                )
            is_mine = me.is_main_account or asker == me.pk  # see Job.objects.owned_by
            if state == Job.State.DONE and is_mine:
                url = reverse("jobs:download", args=[pk])
                return format_html('<a href="{}" download>{}</a>', url, words["get"])
            if state == Job.State.PENDING and asker != me.pk:
                return format_html(
                    '<a href="{}">{}</a>', reverse("jobs:approval", args=[pk]), words["decide"]
                )
            if is_mine and (state == Job.State.PENDING or state in Job.UNFINISHED):
                return format_html(_CANCEL, reverse("jobs:cancel", args=[pk]), token, words["stop"])
            return ""

        return buttons


_FAR = ' <progress max="100" value="{0}"></progress> {0} %'
_ASK_AGAIN = '<span hx-get="" hx-target="#results" hx-trigger="load delay:2s"></span>'
_CANCEL = (
    '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    '<button class="btn btn-link">{}</button></form>'
)


class State(columns.Column):
    """A dot and a word; of a running one how far it is, of a failed one why."""

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: str(_WORDS[values[1]])

    def cell(self, page: columns.Page) -> columns.Cell:
        far = percents(page.pks)
        again = iter([_ASK_AGAIN])  # once a page, while a job on it is not at its end

        def cell(values: tuple[Any, ...]) -> str:
            pk, state, reason = values
            tone, word = TONES.get(state, "muted"), escape(str(_WORDS[state]))
            told = f'<span class="dot {tone}"></span>{word}'
            if state in Job.UNFINISHED:
                return told + (_FAR.format(far[pk]) if pk in far else "") + next(again, "")
            return f'{told}<span class="sub">{escape(reason)}</span>' if reason else told

        return cell


class Size(columns.Column):
    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda size: "" if size is None else str(filesizeformat(size))

    def cell(self, page: columns.Page) -> columns.Cell:
        plain = self.plain(page)
        return lambda size: escape(plain(size)) or formats.EMPTY
