"""主页: what waits for the acting member, each figure a link into the filtered list."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from activity.models import Announcement, Notification
from activity.texts import told
from billing.models import ConsumptionDay
from billing.orders.models import Order
from core import clock
from core.lists.paging import capped_counts, count_label
from customers.models import Customer
from followups.models import Alert, AlertClass
from org import permissions as may
from org.gate import requires
from org.models import Member, Scope


def home(request: Any) -> HttpResponse:
    """Vendor staff work in the admin, customers in their portal; everybody else has a home page."""
    if request.user.is_authenticated and request.user.is_vendor:
        return HttpResponseRedirect(reverse("admin:index"))
    if request.user.is_authenticated and request.user.is_customer:
        return HttpResponseRedirect(reverse("my:partner"))
    return member_home(request)


@requires(reach_resellers=True)
def member_home(request: Any) -> HttpResponse:
    member = request.member
    context = {
        "cards": _cards(member),
        "notifications": _latest_notifications(member),
        "announcements": _latest_announcements(member),
        "data_until": ConsumptionDay.objects.order_by("-day").values_list("day", flat=True).first(),
    }
    return render(request, "home.html", context)


def _latest_notifications(member: Member) -> list[dict[str, Any]]:
    latest = Notification.objects.visible_to(member).order_by("-created_at", "-pk")[:5]
    return [
        {
            "pk": each.pk,
            "title": told(each.kind, each.params).title,
            "at": each.created_at,
            "read": each.read_at or each.closed_at,
        }
        for each in latest
    ]


def _latest_announcements(member: Member) -> list[Announcement]:
    shown = Announcement.objects.visible_to(member).on(clock.today())
    return list(shown.order_by("-pinned", "-published_at", "-pk")[:3])


home.access = member_home.access  # type: ignore[attr-defined]


def _cards(member: Member) -> list[dict[str, Any]]:
    """The member's cards with their counts, all counted in one statement."""
    wanted = [card for group in _groups(member) for card in group]
    counts = capped_counts([card.pop("rows") for card in wanted])
    return [card | {"count": count_label(n)} for card, n in zip(wanted, counts, strict=True)]


def _groups(member: Member) -> list[list[dict[str, Any]]]:
    groups = []
    if member.may(may.CUSTOMERS_VIEW):
        groups.append(_customer_cards(member))
    if member.may(may.FOLLOWUPS_VIEW):
        groups.append(_alert_cards(member))
    return groups


def _customer_cards(member: Member) -> list[dict[str, Any]]:
    customers, page = Customer.objects.visible_to(member).associated(), "customers:customer_list"
    cards = [_card(_("我的客户"), customers, page)]
    if member.may(may.CUSTOMERS_ASSIGN) and member.scope is Scope.PARTNER:
        unassigned = customers.filter(account_manager__isnull=True)
        cards.append(_card(_("未分配客户经理"), unassigned, page, "assigned=no"))
    if member.may(may.CONSUMPTION_VIEW):
        owing = Customer.objects.visible_to(member).in_arrears()
        cards.append(_card(_("欠费客户"), owing, "billing:arrears_list", urgent=True))
    if member.may(may.ORDERS_PAY):
        waiting = Order.objects.visible_to(member).waiting()
        cards.append(_card(_("待付订单"), waiting, "billing:waiting_list", urgent=True))
    if _sees_resellers(member):
        theirs = Customer.objects.visible_to(member, resellers=True).associated()
        cards.append(_card(_("云经销商的客户"), theirs, "customers:reseller_customer_list"))
    return cards


def _alert_cards(member: Member) -> list[dict[str, Any]]:
    """处理预警 for owners, 查看预警 for viewers, and what a distributor's resellers have to do
    (customers_coupons.md §10.5)."""
    alerts, page = Alert.objects.visible_to(member).pending(), "followups:view_list"
    if member.may(may.FOLLOWUPS_HANDLE):
        alerts, page = Alert.objects.owned_by(member).pending(), "followups:handle_list"
    cards = [
        _card(
            _("待处理%(label)s") % {"label": label},
            alerts.filter(alert_class=code),
            page,
            f"tab=pending&class={code}",
            urgent=True,
        )
        for code, label in AlertClass.choices
    ]
    if _sees_resellers(member):
        theirs = Alert.objects.visible_to(member, resellers=True).pending()
        page = "followups:reseller_view_list"
        cards.append(_card(_("云经销商的待处理预警"), theirs, page, "tab=pending"))
    return cards


def _sees_resellers(member: Member) -> bool:
    return member.partner.is_distributor and bool(member.may(may.CUSTOMERS_VIEW_RESELLERS))


def _card(
    label: str, rows: Any, page: str, query: str = "", *, urgent: bool = False
) -> dict[str, Any]:
    # The rows that were counted, not those of a default view.
    url = f"{reverse(page)}?{query or 'view=0'}"
    return {"label": label, "rows": rows, "url": url, "urgent": urgent}
