"""操作日志, composed: the log with the names of the customers that it is about.

Customers lie above `activity`, so the pages that show them together live here.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from activity import lists, verbs
from activity.announcements.lists import AnnouncementList
from activity.lists import About, said_actor, subjects
from activity.models import Activity
from core import formats
from core.htmx import wants_part
from core.lists import columns, filters
from core.lists.filters import Filter
from core.masking import mask_name
from core.search import search
from customers.models import Customer
from customers.views import load_customer
from org.gate import requires
from org.models import Member
from org.permissions import ACTIVITY_VIEW, CUSTOMERS_VIEW
from workbench.lists import WorkList

Named = tuple[int, str]  # a customer's id and masked name


class CustomerName(columns.Looked):
    """The customer of each line: a link on screen, the masked name in a file."""

    def plain(self, page: columns.Page) -> columns.Cell:
        found = self._found(page)
        return lambda pk: found[pk][1] if pk in found else ""


class Log(WorkList, lists.ActivityList):
    """操作日志 with the customer for whom each line was done."""

    exportable = True

    def visible_columns(self) -> tuple[columns.Column, ...]:
        at, actor, verb, *others = super().visible_columns()
        customer = CustomerName(
            "customer", _("客户"), fetch=self._customers, html=_linked, card=True
        )
        return (at, actor, verb, customer, *others)

    def visible_filters(self) -> tuple[Filter, ...]:
        """Who may see customers may ask for one of his."""
        person, verb, at, *others = super().visible_filters()
        if not self.member.may(CUSTOMERS_VIEW):
            return (person, verb, at, *others)
        customer = filters.Text(
            "customer",
            _("客户"),
            apply=self._of_customer,
            placeholder=_("客户名称或完整的客户ID"),
            mask="name",
        )
        return (person, verb, at, customer, *others)

    def _of_customer(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        mine = Customer.objects.visible_to(self.member)
        found = mine.filter(number=text) if text.isdecimal() else search(mine, text)
        return rows.filter(customer_id__in=found.order_by().values("pk"))

    def _customers(self, pks: list[int]) -> dict[int, Named]:
        return customers_of(self.about(pks), self.member)


def customers_of(lines: Mapping[int, About], member: Member) -> dict[int, Named]:
    """The customers of these lines that the member may open, by line."""
    wanted = {pk: line.customer_id for pk, line in lines.items() if line.customer_id}
    if not wanted or not member.may(CUSTOMERS_VIEW):
        return {}
    found = Customer.objects.visible_to(member).filter(pk__in=set(wanted.values()))
    names = dict(found.values_list("pk", "name"))
    return {pk: (c, mask_name(names[c])) for pk, c in wanted.items() if c in names}


def _linked(pk: int, customer: Named | None) -> str:
    if customer is None:
        return formats.EMPTY
    url = reverse("customers:customer_detail", args=[customer[0]])
    return format_html('<a href="{}">{}</a>', url, customer[1])


class CustomerLog(WorkList, lists.CustomerActivityList):
    """操作记录 of one customer."""


class Announcements(WorkList, AnnouncementList):
    """公告."""


class Notifications(WorkList, lists.NotificationList):
    """站内信."""


@requires(ACTIVITY_VIEW)
def activity_list(request: Any) -> HttpResponse:
    return Log(request).respond()


@requires(ACTIVITY_VIEW)
@require_safe
def activity_line(request: Any, pk: int) -> HttpResponse:
    """One line, whole; in the drawer of the list (`?drawer=1`) or as a page of its own."""
    lines = Activity.objects.visible_to(request.member).select_related("user")
    line = get_object_or_404(lines, pk=pk)
    this = {pk: About(line.subject_type, line.subject_id, line.customer_id)}
    in_drawer = wants_part(request) and request.GET.get("drawer")
    context = {
        "line": line,
        "actor": said_actor(line.user.name, line.user.vendor_role) if line.user else _("系统"),
        "label": verbs.label(line.verb),
        "subject": subjects(this).get(pk, ""),
        "customer": customers_of(this, request.member).get(pk),
        "changes": verbs.changes(line.before, line.after),
    }
    part = "#detail" if in_drawer else ""
    return render(request, f"activity/activity_line.html{part}", context)


@requires(CUSTOMERS_VIEW)
def customer_activity(request: Any, pk: int) -> HttpResponse:
    """操作记录, a tab of the customer's page."""
    return CustomerLog(request, load_customer(request.member, pk)).respond()


@requires()
def announcement_list(request: Any) -> HttpResponse:
    return Announcements(request).respond()


@requires()
def notification_list(request: Any) -> HttpResponse:
    return Notifications(request).respond()
