"""The vendor's desk for customers: everybody's, read-only, found by name, number or phone."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from activity.services import record
from core import clock
from core.admin import VendorAdmin, button
from core.admin_lists import TextFilter
from core.masking import mask_email, mask_name, mask_phone
from core.search import normalized, search
from org.models import Partner
from org.phones import clean_phone

from .accounts import admin as _accounts  # noqa: F401  (云账号 and its users)
from .authorizations import admin as _authorizations  # noqa: F401  (客户授权)
from .freezing import admin as _freezing  # noqa: F401  (客户冻结)
from .imports import admin as _imports  # noqa: F401  (a page of the desk, too)
from .models import Assignment, CloudAccount, Customer

_SHORTEST = 2  # characters; one is in too many names for any index


class PartnerFilter(TextFilter):
    title = _("伙伴")
    parameter_name = "partner_name"
    help_text = _("伙伴的完整名称")

    def narrow(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(partner__in=Partner.objects.filter(name=text))


@admin.register(Customer)
class CustomerAdmin(VendorAdmin):
    """客户: one row an association. Personal data is masked; a reveal is recorded."""

    list_display = (
        "masked_name",
        "number",
        "partner",
        "association_type",
        "account_manager",
        "state",
    )
    list_filter = (PartnerFilter, "association_type")
    list_select_related = ("partner", "account_manager__user")
    search_fields = ("name",)
    search_help_text = _("名称中至少两个字、拼音首字母、完整客户ID或手机号")
    fields = readonly_fields = (
        *(
            "masked_name",
            "masked_account_name",
            "number",
            "partner",
            "cloud_account",
            "type",
            "verified",
        ),
        *("level", "credit_code", "masked_phone", "masked_email", "association_type", "source"),
        *("associated_at", "disassociated_at", "account_manager", "assignments"),
        *("available_amount", "arrears", "last_login_on", "disassociation_requested_on"),
    )
    buttons = ("reveal",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if phone := clean_phone(term):
            return rows.filter(phone=phone)
        if CloudAccount.objects.filter(number=term).exists():
            return rows.filter(cloud_account__number=term)
        return search(rows, term) if len(normalized(term)) >= _SHORTEST else rows.none()

    @admin.display(description=_("状态"))
    def state(self, customer: Customer) -> str:
        return str(_("已解除关联") if customer.disassociated_at else _("关联中"))

    @admin.display(description=_("客户名称"))
    def masked_name(self, customer: Customer) -> str:
        return mask_name(customer.name)

    @admin.display(description=_("账号名"))
    def masked_account_name(self, customer: Customer) -> str:
        return mask_name(customer.account_name)

    @admin.display(description=_("移动电话"))
    def masked_phone(self, customer: Customer) -> str:
        return mask_phone(customer.phone)

    @admin.display(description=_("邮箱"))
    def masked_email(self, customer: Customer) -> str:
        return mask_email(customer.email)

    @admin.display(description=_("客户分配记录"))
    def assignments(self, customer: Customer) -> str:
        url = reverse("admin:customers_assignment_changelist")
        link = '<a href="{}?customer__id__exact={}">{}</a>'
        return format_html(link, url, customer.pk, _("查看分配记录"))

    @button(
        _("查看脱敏信息"),
        explain=_("查看会记入该伙伴的操作日志。"),
        roles=("operator", "reviewer"),
        step_up=True,
    )
    def reveal(self, request: Any, customer: Customer, data: dict[str, Any]) -> HttpResponse:
        record(
            "customer.revealed",
            customer,
            by=request.user,
            at=clock.now(),
            partner_id=customer.partner_id,
            customer_id=customer.pk,
            after={"column": "contact", "list": "admin", "customers": [customer.pk]},
        )
        facts = [
            (_("客户名称"), customer.name),
            (_("账号名"), customer.account_name),
            (_("移动电话"), customer.phone),
            (_("邮箱"), customer.email),
        ]
        title = _("脱敏信息")
        return self.page(request, "admin/revealed.html", customer, title=title, facts=facts)


@admin.register(Assignment)
class AssignmentAdmin(VendorAdmin):
    """客户分配记录: who had which customer, and since when his performance counts."""

    list_display = ("customer", "partner", "manager", "started_at", "performance_from", "ended_at")
    list_filter = (PartnerFilter,)
    list_select_related = ("customer", "partner", "manager__user", "assigned_by__user")
    linked_filters = ("customer__id__exact",)
    search_fields = ("number",)
    search_help_text = _("完整客户ID")
    fields = readonly_fields = (
        *("customer", "partner", "manager", "started_at", "performance_from", "ended_at"),
        "assigned_by",
    )

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(customer__cloud_account__number=term)
