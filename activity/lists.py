"""操作日志 and 站内信 (benefits_org.md §5.1, §4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any

from django.db.models import Q, QuerySet
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import formats
from core.lists import List, Tab, columns, filters
from org.models import Member, Partner, Role, User

from . import kinds, texts, verbs
from .models import Activity, Notification


class At(columns.Column):
    """An instant to the second: a log is compared with other logs."""

    def plain(self, page: columns.Page) -> columns.Cell:
        return formats.instant


def said_actor(name: str | None, vendor_role: str | None) -> str:
    if not name:
        return _("系统")
    return _("%(name)s（厂商）") % {"name": name} if vendor_role else name


class Actor(columns.Column):
    """A member by name, the vendor's staff marked as such, or the system."""

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: said_actor(*values)


class Verb(columns.Column):
    def plain(self, page: columns.Page) -> columns.Cell:
        return verbs.label


@dataclass(frozen=True)
class Changes(columns.Column):
    """What changed, in words; without the fields that this page's reader does not get."""

    hidden: frozenset[str] = frozenset()

    def plain(self, page: columns.Page) -> columns.Cell:
        hidden = self.hidden
        return lambda values: verbs.summary(*values, hidden=hidden)


class Link(At):
    """The time of a line, which leads to all that is known of it."""

    def cell(self, page: columns.Page) -> columns.Cell:
        path = reverse("activity:activity_line", args=[0])

        def cell(values: tuple[Any, ...]) -> str:
            pk, at = values
            url = path.replace("/0/", f"/{pk}/")
            return columns.drawer_link(url, formats.instant(at), "name")

        return cell

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: formats.instant(values[1])


subject_label = lazy(verbs.subject_label, str)  # other apps' models are not there yet

# What a line of the log may be about, besides customers: where its name is found.
_NAMES: Mapping[str, tuple[Any, str]] = {
    "org.member": (Member, "user__name"),
    "org.partner": (Partner, "name"),
    "org.role": (Role, "name"),
    "org.user": (User, "name"),
}


_SHOWN_ELSEWHERE = {"", "customers.customer"}  # customers have a column of their own


@dataclass(frozen=True)
class About:
    """What one line of the log is about."""

    kind: str
    subject_id: int | None
    customer_id: int | None


def about(pks: list[int]) -> dict[int, About]:
    """What each of these lines is about, by the line's key."""
    columns = ("pk", "subject_type", "subject_id", "customer_id")
    found = Activity.objects.filter(pk__in=pks).values_list(*columns)
    return {pk: About(*facts) for pk, *facts in found}


def subjects(lines: Mapping[int, About]) -> dict[int, str]:
    """What each line was done on, in words: one query for each kind of row on the page."""
    ids: dict[str, set[int]] = {}
    for line in lines.values():
        if line.subject_id and line.kind not in _SHOWN_ELSEWHERE:
            ids.setdefault(line.kind, set()).add(line.subject_id)
    names = {kind: _names(kind, wanted) for kind, wanted in ids.items()}
    return {
        pk: f"{verbs.subject_label(line.kind)} {names[line.kind][line.subject_id]}"
        for pk, line in lines.items()
        if line.kind in names and line.subject_id
    }


def _names(kind: str, ids: set[int]) -> dict[int, str]:
    """Names by id; a row that is gone, or has none, is called by its number."""
    found = {pk: f"#{pk}" for pk in ids}
    if kind in _NAMES:
        model, name = _NAMES[kind]
        found |= dict(model.objects.filter(pk__in=ids).values_list("pk", name))
    return found


def by_person(rows: QuerySet[Any], name: str) -> QuerySet[Any]:
    return rows.filter(user__name__contains=name)


class Address(filters.Text):
    """A whole IP address; PostgreSQL would stumble over anything else."""

    def read(self, data: Mapping[str, str]) -> str | None:
        text = super().read(data)
        try:
            return str(ip_address(text)) if text else None
        except ValueError:
            raise filters.BadFilter(_("“来源地址”请填写完整的 IP 地址。")) from None


AT = At("at", _l("操作时间"), card=True)
LINK = Link("at", _l("操作时间"), ("pk", "at"), card=True)
ACTOR = Actor("actor", _l("操作人"), ("user__name", "user__vendor_role"), card=True)
VERB = Verb("verb", _l("操作"), card=True)
CHANGES = Changes("changes", _l("变更内容"), ("before", "after"), card=True)
CHANGES_OF_ONE = replace(CHANGES, hidden=verbs.OF_OTHERS)
ADDRESS = columns.Column("address", _l("来源地址"))
REQUEST = columns.Column("request_id", _l("请求编号"))


class ActivityList(List):
    """操作日志 of the acting partner. The customers' names are added where they are known."""

    key = "activity"
    title = _l("操作日志")
    help = _l("记录本伙伴成员和厂商的操作，只增不改，至少保存 180 天。")
    empty = _l("还没有操作记录。成员登录、分配客户、处理预警等操作会记录在这里。")
    order = ("-at", "-pk")
    filters = (
        filters.Text("person", _l("操作人"), apply=by_person, placeholder=_l("姓名")),
        filters.Choice("verb", _l("操作"), choices=verbs.OF_PARTNERS),
        filters.Dates("at", _l("操作时间")),
        filters.Choice(
            "subject",
            _l("操作对象"),
            "subject_type",
            choices={kind: subject_label(kind) for kind in verbs.SUBJECTS},
        ),
        filters.Text("request_id", _l("请求编号")),
        Address("address", _l("来源地址")),
    )

    def rows(self) -> QuerySet[Any]:
        return Activity.objects.visible_to(self.member)

    def visible_columns(self) -> tuple[columns.Column, ...]:
        subject = columns.Looked(
            "subject", _l("操作对象"), fetch=self._subjects, default="", card=True
        )
        return (LINK, ACTOR, VERB, subject, CHANGES, ADDRESS, REQUEST)

    def about(self, pks: list[int]) -> Mapping[int, About]:
        """Asked once for all columns of the page; a file has many pages."""
        if self._asked != pks:
            self._asked, self._about = pks, about(pks)
        return self._about

    _asked: list[int] | None = None
    _about: Mapping[int, About] = MappingProxyType({})

    def _subjects(self, pks: list[int]) -> dict[int, str]:
        return subjects(self.about(pks))


class CustomerActivityList(List):
    """操作记录 of one customer, for whoever may see the customer."""

    key = "customer_activity"
    title = _l("操作记录")
    empty = _l("该客户还没有操作记录。分配客户经理、处理预警等操作会记录在这里。")
    template = "activity/customer_activity.html"
    order = ("-at", "-pk")
    columns = (AT, ACTOR, VERB, CHANGES_OF_ONE, REQUEST)

    def __init__(self, request: Any, customer: Any) -> None:
        super().__init__(request)
        self.customer = customer

    def rows(self) -> QuerySet[Any]:
        return Activity.objects.about_customer(self.customer.partner_id, self.customer.pk)

    def extra_context(self) -> dict[str, Any]:
        return {"customer": self.customer, "tab": "activity"}


# ---- 站内信 ----


@dataclass(frozen=True)
class Message(columns.Column):
    """Title and body. Opening marks it read, so the title is a button that posts."""

    token: str = ""

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: texts.told(values[1], values[2]).title

    def cell(self, page: columns.Page) -> columns.Cell:
        return lambda values: _message(self.token, *values)


def _message(
    token: str, pk: int, kind: str, params: Mapping[str, Any], read_at: Any, closed_at: Any
) -> str:
    told = texts.told(kind, params)
    return format_html(
        '<form method="post" action="{}" class="pc-message">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="btn btn-link{}">{}</button></form><span class="sub">{}</span>',
        reverse("activity:open_notification", args=[pk]),
        token,
        "" if read_at or closed_at else " unread",
        told.title,
        told.body,
    )


class Reading(columns.Column):
    """未读 with a dot, or 已读; or what became of it, when its cause is gone."""

    def plain(self, page: columns.Page) -> columns.Cell:
        unread, read = _("未读"), _("已读")

        def plain(values: tuple[Any, ...]) -> str:
            kind, read_at, closed_at = values
            if closed_at:
                return str(kinds.kind_of(kind).closed)
            return read if read_at else unread

        return plain

    def cell(self, page: columns.Page) -> columns.Cell:
        word = self.plain(page)

        def cell(values: tuple[Any, ...]) -> str:
            _kind, read_at, closed_at = values
            tone = "muted" if read_at or closed_at else "blue"
            return f'<span class="dot {tone}"></span>{escape(word(values))}'

        return cell


def of_group(rows: QuerySet[Any], group: str) -> QuerySet[Any]:
    return rows.filter(kind__in=kinds.of_group(group))


class NotificationList(List):
    """站内信: what the acting member was told. Only the own ones, whatever the role."""

    key = "notifications"
    title = _l("站内信")
    help = _l("与您有关的通知。点击标题查看详情并标为已读。")
    empty = _l("没有站内信。客户分配、新预警等与您有关的事会通知到这里。")
    template = "activity/notification_list.html"
    order = ("-created_at", "-pk")
    tabs = (
        Tab("unread", _l("未读"), Q(read_at__isnull=True, closed_at__isnull=True)),
        Tab("read", _l("已读"), Q(read_at__isnull=False) | Q(closed_at__isnull=False)),
        Tab("all", _l("全部")),
    )
    first_tab = "unread"
    filters = (
        filters.Choice("group", _l("类型"), apply=of_group, choices=kinds.GROUPS),
        filters.Dates("created", _l("时间"), "created_at"),
    )

    def rows(self) -> QuerySet[Any]:
        return Notification.objects.visible_to(self.member)

    def visible_columns(self) -> tuple[columns.Column, ...]:
        fields = ("pk", "kind", "params", "read_at", "closed_at")
        token = get_token(self.request)
        return (
            Message("message", _l("内容"), fields, card=True, token=token),
            Reading("state", _l("状态"), ("kind", "read_at", "closed_at"), card=True),
            columns.Instant("created_at", _l("时间"), card=True),
        )
