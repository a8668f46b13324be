"""The frame around every page: sections, menu, the acting partner, unread notifications.

The menu is data. An entry shows when its page exists and the acting member may open it; a
section without entries does not show, so the menu never promises what is not built.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from activity.models import Notification
from core import tenancy
from org import permissions as may
from org.gate import SEVERAL_PARTNERS
from org.models import Member, VendorRole

UNREAD_CAP = 99
Label = str | Promise


@dataclass(frozen=True)
class Entry:
    """One page of the menu. `permission` empty: everybody of its section's audience.

    `icon` is a name of lucide.dev.
    """

    label: Label
    url_name: str
    icon: str
    permission: str = ""

    @property
    def url(self) -> str:
        """The page's address; empty while the page is not built."""
        try:
            return reverse(self.url_name)
        except NoReverseMatch:
            return ""


@dataclass(frozen=True)
class Group:
    label: Label
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Section:
    """A tab of the top bar and the menu below it; `audience` says for whom."""

    label: Label
    audience: str  # member, vendor, person
    groups: tuple[Group, ...]


SECTIONS = (
    Section(
        _("销售"),
        "member",
        (
            Group(
                _("客户"),
                (Entry(_("客户管理"), "customers:customer_list", "users", may.CUSTOMERS_VIEW),),
            ),
            Group(
                _("客户预警"),
                (
                    Entry(
                        _("处理预警"), "followups:handle_list", "bell-ring", may.FOLLOWUPS_HANDLE
                    ),
                    Entry(_("查看预警"), "followups:view_list", "eye", may.FOLLOWUPS_VIEW),
                ),
            ),
        ),
    ),
    Section(_("权益"), "member", ()),
    Section(
        _("组织"),
        "member",
        (
            Group(
                _("审计"),
                (
                    Entry(
                        _("操作日志"), "activity:activity_list", "scroll-text", may.ACTIVITY_VIEW
                    ),
                ),
            ),
        ),
    ),
    Section(
        _("厂商"),
        "vendor",
        (Group(_("厂商工作台"), (Entry(_("工作台"), "admin:index", "layout-dashboard"),)),),
    ),
)
# The menu of a person's own pages; it has no tab.
ACCOUNT = Section(
    _("我的账号"),
    "person",
    (
        Group(
            _("我的账号"),
            (
                Entry(_("账号信息"), "org:account", "user-round"),
                Entry(_("修改密码"), "account_change_password", "key-round"),
                Entry(_("两步验证"), "mfa_index", "shield-check"),
                Entry(_("登录设备"), "usersessions_list", "monitor-smartphone"),
                Entry(_("选择伙伴"), "org:choose_partner", "building-2"),
            ),
        ),
    ),
)


class Frame:
    """What base.html shows. Everything waits until the template asks: parts ask for nothing."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.member: Member | None = getattr(request, "member", None)
        self.lacks: str = getattr(request, "account_lacks", "")
        self.second_factor_relaxed = not settings.SECOND_FACTOR_REQUIRED

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        """The sections that hold something for this person, each leading to its first page."""
        return [
            {"label": section.label, "url": entries[0].url, "on": section is self.section}
            for section in SECTIONS
            if (entries := list(self._entries(section)))
        ]

    @cached_property
    def menu(self) -> list[dict[str, Any]]:
        """The groups of the current section, with the entries that may be opened."""
        if not self.section or self.lacks:
            return []
        groups = (
            {"label": group.label, "entries": list(self._of_group(self.section, group))}
            for group in self.section.groups
        )
        return [group for group in groups if group["entries"]]

    @cached_property
    def section(self) -> Section | None:
        found = self._here
        return found[0] if found else None

    @property
    def entry(self) -> Entry | None:
        found = self._here
        return found[1] if found else None

    @cached_property
    def unread(self) -> int:
        """Unread notifications, counted to one more than the cap, in one statement."""
        if not self.member:
            return 0
        rows = Notification.objects.visible_to(self.member).unread()[: UNREAD_CAP + 1]
        if connection.in_atomic_block:
            return rows.count()
        # An error page is rendered after the request's transaction, outside every tenant.
        with tenancy.tenant(self.member.partner_id):
            return rows.count()

    @property
    def unread_label(self) -> str:
        return f"{UNREAD_CAP}+" if self.unread > UNREAD_CAP else str(self.unread)

    @property
    def notifications_url(self) -> str:
        return Entry("", "activity:notification_list", "").url if self.member else ""

    @cached_property
    def other_places(self) -> list[Member]:
        """The person's places in other partners, for those who chose between several."""
        if not self.member or not self.request.session.get(SEVERAL_PARTNERS):
            return []
        own = Member.objects.of_user(self.request.user)
        return list(own.exclude(pk=self.member.pk))

    @property
    def roles(self) -> str:
        """The acting person's roles, in words."""
        if self.member:
            return "、".join(self.member.role_labels())
        role = self.request.user.vendor_role
        return str(VendorRole(role).label) if role else ""

    @cached_property
    def _here(self) -> tuple[Section, Entry] | None:
        """The entry whose address begins the current one; the longest, as pages nest."""
        path, best = self.request.path, None
        for section in (*SECTIONS, ACCOUNT):
            for entry in self._entries(section):
                if path.startswith(entry.url) and (not best or len(entry.url) > len(best[1].url)):
                    best = (section, entry)
        return best

    def _entries(self, section: Section) -> Iterator[Entry]:
        return (e for group in section.groups for e in self._of_group(section, group))

    def _of_group(self, section: Section, group: Group) -> Iterator[Entry]:
        return (e for e in group.entries if e.url and self._may_open(section, e))

    def _may_open(self, section: Section, entry: Entry) -> bool:
        if section.audience == "vendor":
            return bool(getattr(self.request.user, "is_vendor", False))
        if section.audience == "person":
            return self.request.user.is_authenticated
        if not self.member:
            return False
        return not entry.permission or bool(self.member.may(entry.permission))


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` in every template."""
    return {"frame": Frame(request)} if hasattr(request, "user") else {}
