"""Search over all that the acting person may open: what Ctrl K and /search/ show.

A group is one statement with a limit, through `visible_to`, by an index of its own. Alerts are
those of the customers found, so that a common word costs no more than a rare one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.lists.filters import tidy
from core.masking import mask_name
from core.search import normalized, search
from customers.lists import customer_url
from customers.models import Customer
from followups import texts
from followups.lists import alert_url
from followups.models import Alert
from org import permissions as may
from org.models import Member, Scope
from org.phones import clean_phone

from .menu import Entry, Section
from .navigation import Frame

SHORTEST = 2  # characters: the index holds pairs
SHOWN, COUNTED = 5, 99

# Of each page of the menu, as somebody types its name; reading them from a dictionary would take
# tens of MB of every web process. tests/test_search.py says when one is missing.
INITIALS = {
    "customers:customer_list": "khgl",
    "associations:invitation_list": "yqkh",
    "customers:assign_list": "khfp",
    "customers:label_list": "khbq",
    "associations:change_list": "glgxczjl",
    "budgets:record_list": "ystzjl",
    "freezing:record_list": "djjl",
    "authorizations:authorization_list": "khsq",
    "proxies:action_list": "dkczjl",
    "billing:order_list": "khdd",
    "billing:summary_list": "khxf",
    "billing:resource_list": "khzy",
    "coupons:quota_list": "qed",
    "coupons:coupon_list": "yffdq",
    "coupons:use_list": "qsyjl",
    "coupons:plan_list": "hddjq",
    "coupons:record_list": "qczjl",
    "coupons:certificate_list": "qzzs",
    "followups:handle_list": "clyj",
    "followups:view_list": "ckyj",
    "funds:statement": "zjgl",
    "funds:adjustment_list": "dzjl",
    "bills:bill_list": "hbzd",
    "invoices:obligation_list": "kpgx",
    "invoices:invoice_list": "fpgl",
    "contracts:agreement_list": "htsw",
    "invoices:settlement_list": "jsjl",
    "activity:activity_list": "czrz",
    "org:security": "aqsz",
    "org:account": "zhxx",
    "account_change_password": "xgmm",
    "mfa_index": "lbyz",
    "usersessions_list": "dlsb",
    "org:choose_partner": "xzhb",
    "activity:notification_list": "znx",
    "activity:notice_settings": "xxsz",
    "activity:announcement_list": "gg",
    "jobs:job_list": "rwzx",
}


@dataclass(frozen=True)
class Hit:
    """One thing found: its name, where it leads, and a line that tells it from others."""

    title: str
    url: str
    about: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Group:
    """Things of one kind. `url`: the list of all of them; `open_end`: there may be more than
    were counted; `is_short`: all are shown."""

    label: str | Promise
    icon: str
    hits: list[Hit] = field(default_factory=list)
    url: str = ""
    open_end: bool = False
    is_short: bool = False

    @property
    def shown(self) -> list[Hit]:
        return self.hits if self.is_short else self.hits[:SHOWN]

    @property
    def has_more(self) -> bool:
        return len(self.hits) > len(self.shown) or self.open_end

    @property
    def count(self) -> str:
        """Empty where nobody counted."""
        if self.open_end:
            return ""
        return f"{COUNTED}+" if len(self.hits) > COUNTED else str(len(self.hits))


@dataclass(frozen=True)
class Found:
    """What a search gives. `too_short`: only the pages were looked through."""

    text: str
    groups: list[Group]
    too_short: bool = False

    @property
    def total(self) -> int:
        return sum(len(group.shown) for group in self.groups)


def find(text: str, frame: Frame) -> Found:
    """Everything in the member's scope that is called so; with nothing typed, the pages."""
    text = tidy(text)
    pages = Group(
        pgettext_lazy("复数", "页面"), "panel-left", list(_pages(text, frame)), is_short=True
    )
    groups = [pages]
    too_short = 0 < len(normalized(text)) < SHORTEST
    if text and not too_short and frame.member:
        groups = [*_rows(text, frame.member), pages]
    return Found(text, [group for group in groups if group.hits], too_short)


def _rows(text: str, member: Member) -> Iterator[Group]:
    customers: list[int] = []
    if member.may(may.CUSTOMERS_VIEW):
        group, customers = _customers(text, member)
        yield group
    if member.may(may.FOLLOWUPS_VIEW):
        yield _alerts(text, customers, member)
    if member.may(may.ACTIVITY_VIEW) or member.may(may.CUSTOMERS_ASSIGN):
        yield Group(_("人员"), "user-round", list(_people(text, member)))


# ---- pages ----


def _pages(text: str, frame: Frame) -> Iterator[Hit]:
    wanted = normalized(text)
    for section, entry in frame.pages:
        if wanted in _names(entry):
            yield Hit(str(entry.label), entry.url, _place(section, entry), entry.icon)


def _names(entry: Entry) -> str:
    """What a page is found by: its names in both languages, and the initials of the Chinese."""
    names = [INITIALS.get(entry.url_name, "")]
    for language in ("zh-hans", "en"):
        with translation.override(language):
            names.append(normalized(str(entry.label)))
    return "\n".join(names)


def _place(section: Section, entry: Entry) -> str:
    group = next((g for g in section.groups if entry in g.entries), None)
    names = [str(section.label), str(group.label) if group else ""]
    return " / ".join(dict.fromkeys(name for name in names if name))


# ---- customers ----


def _customers(text: str, member: Member) -> tuple[Group, list[int]]:
    """Customers by number, phone or name, and the ids of them."""
    rows = Customer.objects.visible_to(member).associated().order_by("-associated_at", "-pk")
    exact = _taken(rows.filter(_is_exactly(text))) if _has_digits(text) else []
    found = exact or _taken(search(rows, text))
    hits = [
        Hit(mask_name(name), customer_url(pk), f"{mask_name(account)} · {number}")
        for pk, name, account, number in found
    ]
    key = _exact_filter(text, exact[0][3]) if exact else "name"
    value = clean_phone(text) or text if key == "phone" else text
    url = _list("customers:customer_list", {key: value})
    return Group(pgettext_lazy("复数", "客户"), "users", hits, url), [row[0] for row in found]


def _taken(rows: QuerySet[Any]) -> list[tuple[Any, ...]]:
    return list(rows.values_list("pk", "name", "account_name", "number")[: COUNTED + 1])


def _has_digits(text: str) -> bool:
    return any(c.isdigit() for c in text)


def _is_exactly(text: str) -> Q:
    """Whoever types a whole number or phone means that customer, not names that hold it."""
    return Q(number=text) | Q(phone=clean_phone(text) or text)


def _exact_filter(text: str, number: str) -> str:
    return "number" if number == text else "phone"


# ---- alerts ----


def _alerts(text: str, customers: list[int], member: Member) -> Group:
    """Alerts of the customers found; without one, of the resource that is called so."""
    rows = Alert.objects.visible_to(member).order_by("-raised_at", "-pk")
    wanted = {"customer__in": customers} if customers else {"subject": text}
    fields = ("pk", "scenario", "facts", "customer__name", "state")
    found = list(rows.filter(**wanted).values_list(*fields)[: COUNTED + 1])
    states = dict(Alert.State.choices)
    hits = [
        Hit(
            texts.title(scenario, facts), alert_url(pk), f"{mask_name(name)} · {states[str(state)]}"
        )
        for pk, scenario, facts, name, state in found
    ]
    of_names = bool(customers) and not _has_digits(text)
    url = _list("followups:view_list", {"tab": "all", "name": text}) if of_names else ""
    return Group(_("预警"), "bell-ring", hits, url, open_end=len(customers) > COUNTED)


# ---- people ----


def _people(text: str, member: Member) -> Iterator[Hit]:
    """Colleagues in the member's scope, each leading to what the member may look up of them."""
    rows = Member.objects.visible_to(member).active().filter(user__name__contains=text)
    if member.scope is Scope.TEAM:
        rows = rows.filter(Q(director=member) | Q(pk=member.pk))
    for name, roles in rows.order_by("user__name", "pk").values_list("user__name", "roles")[
        : COUNTED + 1
    ]:
        if url := _of_person(name, roles, member):
            said = [str(may.PRESETS[code].label) for code in roles if code in may.PRESETS]
            yield Hit(name, url, " · ".join(said))


def _of_person(name: str, roles: list[str], member: Member) -> str:
    """A manager's customers; else what the person did."""
    if may.ACCOUNT_MANAGER in roles and member.may(may.CUSTOMERS_VIEW):
        return _list("customers:customer_list", {"manager": name})
    if member.may(may.ACTIVITY_VIEW):
        return _list("activity:activity_list", {"person": name})
    return ""


def _list(url_name: str, query: dict[str, str]) -> str:
    return f"{reverse(url_name)}?{urlencode(query)}"
