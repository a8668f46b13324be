"""The frame around every page: tabs, menu (`menu.py`), the acting partner, unread notifications."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from activity.announcements.models import in_language
from activity.models import Announcement
from activity.unread import Unread, read_column, unread_column, unread_of
from core import clock, tenancy
from core.templatetags.ui import address
from customers.accounts.gate import SEVERAL_ACCOUNTS
from customers.accounts.models import AccountNotice
from customers.proxies.gate import of_request
from org.gate import SEVERAL_PARTNERS
from org.models import Member, Partner, VendorRole

from .menu import ACCOUNT, MY, SECTIONS, Entry, Group, Label, Section

UNREAD_CAP = 99


_NOT_THEIRS = {"org:choose_partner"}  # of a person's own pages


class Frame:
    """What base.html shows. Everything waits until the template asks: parts ask for nothing."""

    sections: tuple[Section, ...] = SECTIONS
    brand: Label = _("伙伴中心")

    def __init__(self, request: Any) -> None:
        self.request = request
        self.member: Member | None = getattr(request, "member", None)
        self.lacks: str = getattr(request, "account_lacks", "")

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        """The sections that hold something for this person, each leading to its first page."""
        if self.lacks:
            return []
        return [
            {"label": section.label, "url": entries[0].url, "on": section is self.section}
            for section in self.sections
            if (entries := _entries_of(self._open[section]))
        ]

    @cached_property
    def menu(self) -> list[dict[str, Any]]:
        """The groups of the current section, with the entries that may be opened."""
        if self.lacks or not self.section:
            return []
        return self._open[self.section]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The menu; on a page outside every section all that there is, for narrow screens."""
        return self.menu or [group for section in self.sections for group in self._open[section]]

    @property
    def kept_by(self) -> tuple[Any, ...]:
        """What the menu and the tabs depend on: who sees the same is shown the same."""
        tabs = tuple((tab["url"], tab["on"]) for tab in self.tabs)
        entries = tuple(entry.url for entry in _entries_of(self.groups))
        return (*tabs, bool(self.menu), *entries, self.entry and self.entry.url)

    @property
    def pages(self) -> list[tuple[Section, Entry]]:
        """Every page of the menu that may be opened, with its section."""
        if self.lacks:
            return []
        return self._places

    @cached_property
    def section(self) -> Section | None:
        found = self._here
        return found[0] if found else None

    @property
    def entry(self) -> Entry | None:
        found = self._here
        return found[1] if found else None

    @property
    def group(self) -> Group | None:
        """The group of the current entry, unless it says no more than its section."""
        groups = self.section.groups if self.section else ()
        here = next((group for group in groups if self.entry in group.entries), None)
        return here if here and self.section and here.label != self.section.label else None

    @property
    def unread(self) -> int:
        """Unread notifications, counted to one more than the cap."""
        return sum(not each.level for each in self._unread)

    @property
    def unread_announcements(self) -> int:
        return sum(bool(each.level) for each in self._unread)

    @property
    def banner(self) -> dict[str, Any] | None:
        """The newest important announcement that waits to be read."""
        for each in () if self.lacks else self._unread:
            if each.level == Announcement.Level.IMPORTANT:
                return {"pk": each.pk, "title": in_language(each.title, each.title_en)}
        return None

    @property
    def held_partner(self) -> Partner | None:
        """The acting partner while its 转售 customers are restricted or frozen with it."""
        partner = self.member.partner if self.member else None
        return partner if partner and partner.is_postpaid and partner.is_restricted else None

    @property
    def proxy(self) -> Any:
        """The customer's account that this person is in; costs nothing where there is none."""
        if not self.member or self.lacks:
            return None
        _both = self._unread
        with self._tenant():
            return of_request(self.request)

    @cached_property
    def _unread(self) -> list[Unread]:
        """While somebody is in a customer's account, the statement that finds it asks this, too."""
        if not self.member:
            return []
        asked: dict[str, Any] = {"on": clock.today(), "most": UNREAD_CAP + 1}
        with self._tenant():
            inside = of_request(self.request, unread=unread_column(self.member, **asked))
            found = getattr(inside.session, "unread", None) if inside else None
            return unread_of(self.member, **asked) if found is None else read_column(found)

    def _tenant(self) -> AbstractContextManager[None]:
        """The member's, entered once more where it was left: a refusal is shown after the request's
        transaction, outside every tenant."""
        if not self.member or connection.in_atomic_block:
            return nullcontext()
        return tenancy.tenant(self.member.partner_id, user_id=self.request.user.pk)

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
        with self._tenant():
            return list(own.exclude(pk=self.member.pk))

    @property
    def roles(self) -> str:
        """The acting person's roles, in words."""
        if self.member:
            with self._tenant():
                return _("、").join(self.member.role_labels())
        role = self.request.user.vendor_role
        return str(VendorRole(role).label) if role else ""

    @cached_property
    def _here(self) -> tuple[Section, Entry] | None:
        """The section and entry that the current page belongs to."""
        best = max(self._places, key=lambda place: self._nearness(place[1]), default=None)
        return best if best and self._nearness(best[1]) else None

    def _nearness(self, entry: Entry) -> int:
        """How well an entry fits the page: 0 not at all, 1 same app, else its address's length.

        A view that belongs to several entries says to which: `request.belongs_to`.
        """
        match = self.request.resolver_match
        if getattr(self.request, "belongs_to", "") == entry.url_name:
            return 2000
        if match and match.view_name in entry.also:
            return 1000
        if self.request.path.startswith(entry.url):
            return len(entry.url)
        return int(bool(match and match.namespace and match.namespace == entry.namespace))

    @cached_property
    def _open(self) -> dict[Section, list[dict[str, Any]]]:
        """The groups of each section with the entries that may be opened."""
        found: dict[Section, list[dict[str, Any]]] = {}
        for section in (*self.sections, ACCOUNT):
            groups = [{"label": g.label, "entries": self._of_group(g)} for g in section.groups]
            found[section] = [group for group in groups if group["entries"]]
        return found

    @property
    def _places(self) -> list[tuple[Section, Entry]]:
        return [(s, entry) for s, groups in self._open.items() for entry in _entries_of(groups)]

    def _of_group(self, group: Group) -> list[Entry]:
        return [e for e in group.entries if self._may_open(group, e) and e.url]

    def _may_open(self, group: Group, entry: Entry) -> bool:
        if group.audience == "vendor":
            return bool(getattr(self.request.user, "is_vendor", False))
        if group.audience == "person":
            return bool(self.request.user.is_authenticated)
        if not self.member:
            return False
        if entry.only and entry.only != self.member.partner.sales_model:
            return False
        return not entry.permission or self.member.holds(entry.permission)


def _entries_of(groups: list[dict[str, Any]]) -> list[Entry]:
    return [entry for group in groups for entry in group["entries"]]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` in every template."""
    if not hasattr(request, "user"):
        return {}
    is_customer = getattr(request.user, "is_customer", False)
    return {"frame": CustomerFrame(request) if is_customer else Frame(request)}


class CustomerFrame(Frame):
    """The frame of the customers' portal: a small menu, the acting account, its notices."""

    sections = MY
    brand = _("账号中心")

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self.place: Any = getattr(request, "place", None)

    @property
    def account_name(self) -> str:
        account = self.place.cloud_account if self.place else None
        return account.name or account.number if account else ""

    @cached_property
    def unread(self) -> int:
        if not self.place:
            return 0
        with self._entered():
            unread = AccountNotice.objects.visible_to(self.place).unread()
            return len(unread.values_list("pk")[: UNREAD_CAP + 1])

    @property
    def notifications_url(self) -> str:
        return address("my:notice_list") if self.place else ""

    @property
    def several_accounts(self) -> bool:
        return bool(self.request.session.get(SEVERAL_ACCOUNTS))

    def _entered(self) -> AbstractContextManager[None]:
        """The account's, entered once more where a refusal has left it."""
        if getattr(self.request, "is_entered", False):
            return nullcontext()
        return tenancy.customer(self.place.cloud_account_id, user_id=self.request.user.pk)

    def _may_open(self, group: Group, entry: Entry) -> bool:
        return group.audience in ("customer", "person") and entry.url_name not in _NOT_THEIRS
