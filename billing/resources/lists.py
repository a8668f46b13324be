"""客户资源 by expiry, and those paid by use (customers_coupons.md §14)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from billing import listing
from billing.models import Resource
from core.lists import Tab, columns, filters
from core.lists.columns import Column
from core.lists.filters import Filter
from customers.models import Customer

TONES = {"active": "green", "grace": "amber", "retention": "red"}
STATES = {code: label for code, label in Resource.State.choices if code != "released"}

_NAME = columns.Name("resource", _("资源名称/ID"), ("pk", "name", "number"), card=True)
_STATE = columns.State("state", _("状态"), choices=STATES, tones=TONES, card=True)
_PRICE = columns.Money("list_price", _("目录价（元/月）"))
_CREATED = columns.Day("created_on", _("开通日期"))
_MAIN = listing.YesNo("is_main", _("主资源"))
_FILTERS: tuple[Filter, ...] = (
    listing.BY_NAME,
    listing.BY_SERVICE,
    filters.Text("number", _("资源ID")),
    listing.BY_ASSOCIATION,
    listing.BY_MANAGER,
)


class ResourceList(listing.CustomersRows):
    """包年/包月资源: what expires, soonest first."""

    key = "resources"
    title = _("客户资源")
    help = _("客户的云资源，每日更新，仅供参考。点击“未来7天”等查找即将到期的资源。")
    empty = _("还没有包年/包月资源。客户开通后，第二天可在这里看到。")
    template = "billing/resource_list.html"
    order = ("expires_on", "pk")
    tabs = (
        Tab("all", _("全部")),
        Tab("grace", _("宽限期"), Q(state=Resource.State.GRACE)),
        Tab("retention", _("保留期"), Q(state=Resource.State.RETENTION)),
    )
    first_tab = "all"
    columns: Sequence[Column] = (
        _NAME,
        listing.CUSTOMER,
        listing.SERVICE,
        _STATE,
        columns.Day("expires_on", _("到期日期"), card=True),
        listing.YesNo("auto_renew", _("自动续费")),
        _PRICE,
        _CREATED,
        _MAIN,
        listing.ASSOCIATION,
        listing.MANAGER,
    )
    filters: Sequence[Filter] = (
        filters.Dates("expires", _("到期日期"), "expires_on", instants=False, ahead=True),
        *_FILTERS,
        filters.Choice(
            "renews",
            _("自动续费"),
            choices={"yes": _("是"), "no": _("否")},
            apply=lambda rows, value: rows.filter(auto_renew=value == "yes"),
        ),
    )

    def rows(self) -> QuerySet[Resource]:
        running = Resource.objects.visible_to(self.member).running()
        return running.filter(expires_on__isnull=False)


class OnDemandList(listing.CustomersRows):
    """按需资源: paid by use, without an end; newest first."""

    key = "resources_on_demand"
    title = _("客户资源")
    help = _("客户按需计费的云资源，每日更新，仅供参考。")
    empty = _("还没有按需资源。客户开通后，第二天可在这里看到。")
    template = "billing/resource_list.html"
    order = ("-created_on", "-pk")
    columns: Sequence[Column] = (
        _NAME,
        listing.CUSTOMER,
        listing.SERVICE,
        _STATE,
        _PRICE,
        _CREATED,
        _MAIN,
        listing.ASSOCIATION,
        listing.MANAGER,
    )
    filters: Sequence[Filter] = (
        filters.Dates("created", _("开通日期"), "created_on", instants=False),
        *_FILTERS,
        filters.Choice("state", _("状态"), choices=STATES),
    )

    def rows(self) -> QuerySet[Resource]:
        running = Resource.objects.visible_to(self.member).running()
        return running.filter(expires_on__isnull=True)


class CustomerResourceList(listing.CustomersRows):
    """资源 of one customer, as his page's tab: both kinds, newest first."""

    key = "customer_resources"
    empty = _("该客户没有在用的资源。")
    template = "billing/customer_list.html"
    exportable = False
    order = ("-pk",)
    columns: Sequence[Column] = (
        _NAME,
        listing.SERVICE,
        _STATE,
        columns.Day("expires_on", _("到期日期"), card=True),
        listing.YesNo("auto_renew", _("自动续费")),
        _PRICE,
        _CREATED,
        _MAIN,
    )

    def __init__(self, request: Any, customer: Customer) -> None:
        super().__init__(request)
        self.customer = customer

    def rows(self) -> QuerySet[Resource]:
        return Resource.objects.visible_to(self.member).running().filter(customer=self.customer)

    def visible_filters(self) -> Sequence[Filter]:
        return ()

    def extra_context(self) -> dict[str, Any]:
        return {"customer": self.customer, "tab": "resources"}
