from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.admin import VendorAdmin, button
from org import services
from org.models import Member, Partner

from .shared import OPERATOR, who

_FACTS = ("name", "kind", "distributor", "sales_model", "credit_code")


def _as_above(data: dict[str, Any]) -> dict[str, Any]:
    """A reseller sells as its distributor does, whatever stands in the field."""
    above = data["distributor"]
    return data | {"sales_model": above.sales_model} if above else data


@admin.register(Partner)
class PartnerAdmin(VendorAdmin):
    """伙伴: who sells, and under which distributor."""

    writable_by = OPERATOR
    addable_by = OPERATOR
    step_up = True
    list_display = (
        *("name", "kind", "distributor", "sales_model", "credit_code", "main_account"),
        "is_active",
    )
    list_filter = ("kind", "sales_model", "is_active")
    list_select_related = ("distributor",)
    search_fields = ("name__contains", "credit_code")  # partners are thousands, not millions
    search_help_text = _("名称的一部分，或统一社会信用代码")
    autocomplete_fields = ("distributor",)
    readonly_fields = ("main_account", "members", "is_active", "created_at")
    buttons = ("suspend", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        main = Member.objects.main_accounts().filter(partner=OuterRef("pk"))
        name = Subquery(main.values("user__name")[:1])
        return super().get_queryset(request).annotate(main_name=name)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*_FACTS, *self.readonly_fields) if obj else _FACTS

    @admin.display(description=_("主账号"))
    def main_account(self, partner: Any) -> str:
        return partner.main_name or str(_("未设置"))

    @admin.display(description=_("组织成员"))
    def members(self, partner: Partner) -> str:
        url = reverse("admin:org_member_changelist")
        link = '<a href="{}?partner__id__exact={}">{}</a>'
        return format_html(link, url, partner.pk, _("查看组织成员"))

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Partner:
        return services.create_partner(**_as_above(data), **who(request))

    def change(self, request: HttpRequest, subject: Any, data: dict[str, Any]) -> Partner:
        return services.change_partner(subject, **_as_above(data), **who(request))

    @button(
        _("停用"),
        explain=_("停用后，该伙伴的成员从下一次操作起不能再代表它工作；数据保留。"),
        shown=lambda partner: partner.is_active,
        step_up=True,
    )
    def suspend(self, request: HttpRequest, partner: Partner, data: dict[str, Any]) -> str:
        services.suspend_partner(partner, **who(request))
        return str(_("伙伴已停用。"))

    @button(
        _("恢复"),
        explain=_("恢复后，该伙伴的成员可以继续工作。"),
        shown=lambda partner: not partner.is_active,
    )
    def resume(self, request: HttpRequest, partner: Partner, data: dict[str, Any]) -> str:
        services.resume_partner(partner, **who(request))
        return str(_("伙伴已恢复。"))
