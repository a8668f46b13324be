"""操作日志, composed: the log with the names of the customers that it is about.

Customers lie above `activity`, so the pages that show them together live here.
"""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from activity import lists
from core import formats
from core.lists import columns
from core.masking import mask_name
from customers.models import Customer
from customers.views import load_customer
from org.gate import requires
from org.permissions import ACTIVITY_VIEW, CUSTOMERS_VIEW
from workbench.lists import WorkList


class Log(WorkList, lists.ActivityList):
    """操作日志 with the customer for whom each line was done."""

    exportable = True

    def visible_columns(self) -> tuple[columns.Column, ...]:
        at, actor, verb, *others = super().visible_columns()
        customer = columns.Looked(
            "customer", _("客户"), fetch=self._customers, html=_linked, card=True
        )
        return (at, actor, verb, customer, *others)

    def _customers(self, pks: list[int]) -> dict[int, tuple[int, str]]:
        """The customers of these lines that the member may open, as (id, masked name)."""
        wanted = {pk: line.customer_id for pk, line in self.about(pks).items() if line.customer_id}
        if not wanted or not self.member.may(CUSTOMERS_VIEW):
            return {}
        found = Customer.objects.visible_to(self.member).filter(pk__in=set(wanted.values()))
        names = dict(found.values_list("pk", "name"))
        return {pk: (c, mask_name(names[c])) for pk, c in wanted.items() if c in names}


def _linked(pk: int, customer: tuple[int, str] | None) -> str:
    if customer is None:
        return formats.EMPTY
    url = reverse("customers:customer_detail", args=[customer[0]])
    return format_html('<a href="{}">{}</a>', url, customer[1])


class CustomerLog(WorkList, lists.CustomerActivityList):
    """操作记录 of one customer."""


class Notifications(WorkList, lists.NotificationList):
    """站内信."""


@requires(ACTIVITY_VIEW)
def activity_list(request: Any) -> HttpResponse:
    return Log(request).respond()


@requires(CUSTOMERS_VIEW)
def customer_activity(request: Any, pk: int) -> HttpResponse:
    """操作记录, a tab of the customer's page."""
    return CustomerLog(request, load_customer(request.member, pk)).respond()


@requires()
def notification_list(request: Any) -> HttpResponse:
    return Notifications(request).respond()
