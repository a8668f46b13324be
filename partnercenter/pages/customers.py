"""客户管理, composed: customers with what billing and followups know of them.

Those apps lie above `customers`, so the pages that show them together live here.
"""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activity.services import record
from billing import figures
from billing.funds.bulk import AllocateToCustomers
from billing.funds.services import Type, decide_adjust
from billing.models import Resource
from core import clock, formats
from core.access import Decision
from core.htmx import wants_part
from core.lists import columns, filters
from core.lists.filters import Filter
from core.lists.lookups import by_row
from core.refusals import NotAllowed
from customers.bulk import AssignCustomers, TakeBackCustomers
from customers.imports.notes import ACTION
from customers.lists import CustomerList, ResellerCustomerList, customer_url
from customers.models import Customer
from customers.notes.views import notes_of
from customers.services import decide_assign, decide_see_resellers
from customers.views import load_customer
from followups.models import Alert
from org.gate import requires
from org.permissions import (
    BUDGETS_VIEW,
    CONSUMPTION_VIEW,
    CUSTOMERS_AUTHORIZE,
    CUSTOMERS_REVEAL,
    CUSTOMERS_VIEW,
    CUSTOMERS_VIEW_RESELLERS,
    FOLLOWUPS_VIEW,
)

from . import limits

EXPIRING_DAYS = 30


def _alerts_link(url: str, pk: int, count: int | None) -> str:
    """The number of alerts, linking to them; 0 is plain."""
    return f'<a href="{url}?customer={pk}">{count}</a>' if count else "0"


class Customers(CustomerList):
    """我的客户 with this month's consumption and the alerts that wait."""

    exportable = True
    actions = (AssignCustomers(), TakeBackCustomers(), AllocateToCustomers(), *limits.ACTIONS)
    template = "customers/customer_list.html"

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.actions = limits.actions_for(self.member, self.actions)

    @property
    def import_decision(self) -> Decision:
        return ACTION.decide(self.member)

    def visible_columns(self) -> list[columns.Column]:
        shown = list(super().visible_columns())
        behind_manager = 1 + [column.key for column in shown].index("manager")
        shown[behind_manager:behind_manager] = [
            *limits.columns_for(self.member),
            *self._known_above(),
        ]
        reads = ("pk", "association_type")
        return [*shown, columns.Actions("actions", _("操作"), reads, buttons=self._buttons)]

    def visible_filters(self) -> list[Filter]:
        shown = [
            *super().visible_filters(),
            filters.Dates("expires", _("资源到期时间"), apply=self._expiring_in, ahead=True),
            *limits.filters_for(self.member),
        ]
        if self.member.may(CONSUMPTION_VIEW):
            shown.append(filters.Amounts("spent", _("本月消费（元）"), apply=self._spent_between))
        return shown

    def _expiring_in(self, rows: QuerySet[Any], days: tuple[Any, Any]) -> QuerySet[Any]:
        """Customers with a running resource that expires on one of these days, both included."""
        first, last = days
        running = Resource.objects.visible_to(self.member).running()
        if first:
            running = running.filter(expires_on__gte=first)
        if last:
            running = running.filter(expires_on__lte=last)
        return rows.filter(pk__in=running.values("customer"))

    def _spent_between(self, rows: QuerySet[Any], limits: tuple[Any, Any]) -> QuerySet[Any]:
        """By the figures that the column shows. Who has none spent 0.

        So within limits around 0 is who is not outside them, by EXCEPT, which PostgreSQL finds
        once: NOT IN and NOT EXISTS it may ask again for every row.
        """
        low, high = limits
        within = Q() if low is None else Q(total__gte=low)
        within &= Q() if high is None else Q(total__lte=high)
        spent = figures.spent_in_month(clock.today(), self.member)
        if (low or 0) <= 0 <= (high or 0):
            outside = spent.exclude(within).values("customer")
            return rows.filter(pk__in=rows.order_by().values("pk").difference(outside))
        return rows.filter(pk__in=spent.filter(within).values("customer"))

    def _known_above(self) -> list[columns.Column]:
        """待处理预警, 本月消费, 资源到期: what the apps above know of a customer."""
        known: list[columns.Column] = []
        if self.member.may(FOLLOWUPS_VIEW):
            known.append(_waiting_alerts())
        if self.member.may(CONSUMPTION_VIEW):
            known.append(_spent_this_month(self.member))
        return [*known, _first_expiry(self.member)]

    def _buttons(self, page: columns.Page) -> columns.Cell:
        details, assign, decision = str(_("详情")), str(_("分配")), decide_assign(self.member)
        refused = "" if decision else columns.refused(decision, assign)
        # Whether he may act for this customer says the page behind it: fifty answers would cost.
        act = str(_("代客操作")) if self.member.may(CUSTOMERS_AUTHORIZE) else ""
        tab = reverse("authorizations:customer", args=[0])

        allocate = str(_("拨款")) if decide_adjust(self.member, Type.ALLOCATE) else ""
        funds = reverse("funds:allocate_customer", args=[0])
        third, at = (allocate, funds) if allocate else (act, tab)
        set_budget = limits.budget_button(self.member)

        def buttons(values: Any) -> str:
            pk, association_type = values
            url = customer_url(pk)
            shown = f'<a href="{url}">{details}</a>'
            shown += f'<a href="{url}assign/">{assign}</a>' if decision else refused
            if third and association_type == Customer.Association.RESALE:
                shown += f'<a href="{at.replace("/0/", f"/{pk}/")}">{third}</a>'
            elif association_type == Customer.Association.POSTPAID:
                shown += set_budget(pk)
            return shown

        return buttons


def _waiting_by_customer(pks: list[int]) -> dict[int, int]:
    return by_row(pks, lambda ids: Alert.objects.pending().counted(ids), "waiting alerts")


def _waiting_alerts() -> columns.Looked:
    return columns.Looked(
        "alerts",
        _("待处理预警"),
        fetch=_waiting_by_customer,
        html=partial(_alerts_link, reverse("followups:view_list")),
        default=0,
        numeric=True,
        card=True,
    )


def _spent_this_month(member: Any) -> columns.Looked:
    return columns.Looked(
        "spent",
        _("本月消费（元）"),
        fetch=lambda pks: figures.month_to_date(pks, clock.today(), member=member),
        html=lambda pk, value: formats.money(value),
        default=Decimal(0),
        numeric=True,
    )


def _first_expiry(member: Any) -> columns.Looked:
    return columns.Looked(
        "expires",
        _("资源到期"),
        fetch=lambda pks: by_row(
            pks,
            lambda ids: Resource.objects.visible_to(member).first_expiries(ids),
            *("first expiries", member.reads_as),
        ),
        html=lambda pk, day: formats.day(day),
        default="",
    )


class ResellersCustomers(ResellerCustomerList):
    """云经销商的客户 with the number of their alerts (all of them: the label is 预警个数)."""

    exportable = True
    actions = limits.THEIR_ACTIONS
    template = "customers/customer_list.html"

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.actions = limits.actions_for(self.member, self.actions)

    def rows(self) -> QuerySet[Any]:
        rows = super().rows()
        postpaid = self.member.partner.is_postpaid
        return limits.with_delegated(rows, self.member) if postpaid else rows

    def visible_filters(self) -> list[Filter]:
        return [*super().visible_filters(), *limits.their_filters_for(self.member)]

    def visible_columns(self) -> list[columns.Column]:
        shown = [*super().visible_columns(), *limits.their_columns_for(self.member)]
        if not self.member.may(FOLLOWUPS_VIEW):
            return shown
        link = partial(_alerts_link, reverse("followups:reseller_view_list"))
        counted = columns.Looked(
            "alerts",
            _("预警个数"),
            fetch=lambda pks: by_row(pks, Alert.objects.all().counted, "alerts"),
            html=link,
            default=0,
            numeric=True,
            card=True,
        )
        return [*shown[:5], counted, *shown[5:]]


@requires(CUSTOMERS_VIEW)
def customer_list(request: Any) -> HttpResponse:
    return Customers(request).respond()


@requires(CUSTOMERS_VIEW_RESELLERS, reach_resellers=True)
def reseller_customer_list(request: Any) -> HttpResponse:
    if not (decision := decide_see_resellers(request.member)):
        raise NotAllowed(decision)
    return ResellersCustomers(request).respond()


@requires(CUSTOMERS_VIEW)
def customer_detail(request: Any, pk: int) -> HttpResponse:
    """概览; `?drawer=1` from a list asks for the short form in the drawer. POST reveals."""
    customer = load_customer(request.member, pk, "budget")
    context = {"customer": customer, "tab": "overview", **_overview(request.member, customer)}
    if request.method == "POST":
        context["revealed"] = _reveal(request, customer)
    if wants_part(request) and request.GET.get("drawer"):
        return render(request, "customers/customer_drawer.html", context)
    return render(request, "customers/customer_overview.html", context)


def _reveal(request: Any, customer: Any) -> bool:
    if not (decision := request.member.may(CUSTOMERS_REVEAL)):
        raise NotAllowed(decision)
    record(
        "customer.revealed",
        customer,
        by=request.member,
        at=clock.now(),
        customer_id=customer.pk,
        after={"column": "all", "list": "customer_detail", "customers": [customer.pk]},
    )
    return True


def _overview(member: Any, customer: Any) -> dict[str, Any]:
    today = clock.today()
    found: dict[str, Any] = {
        "reveal_decision": member.may(CUSTOMERS_REVEAL),
        "assignments": customer.assignments.select_related(
            "manager__user", "assigned_by__user"
        ).order_by("-started_at")[:10],
        "expiring": _expiring(member, customer, today),
        "expiring_days": EXPIRING_DAYS,
        **notes_of(customer, member),
    }
    if customer.association_type == Customer.Association.POSTPAID and member.may(BUDGETS_VIEW):
        found["shows_budget"] = True
        found["budget"] = getattr(customer, "budget", None)
    if member.may(FOLLOWUPS_VIEW):
        found["pending_alerts"] = _waiting_by_customer([customer.pk]).get(customer.pk, 0)
    if member.may(CONSUMPTION_VIEW):
        found["spent"] = figures.month_to_date([customer.pk], today, member=member).get(
            customer.pk, 0
        )
    return found


def _expiring(member: Any, customer: Any, today: Any) -> QuerySet[Resource]:
    """待续费资源: active, expiring within 30 days, not renewed by themselves."""
    return (
        Resource.objects.visible_to(member)
        .filter(
            customer=customer,
            state=Resource.State.ACTIVE,
            auto_renew=False,
            expires_on__range=(today, today + timedelta(days=EXPIRING_DAYS)),
        )
        .select_related("service")
        .order_by("expires_on", "pk")[:20]
    )
