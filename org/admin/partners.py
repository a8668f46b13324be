from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.admin import ButtonForm, VendorAdmin, button
from org import services
from org.models import Member, Partner, Standing

from .shared import OPERATOR, who

_FACTS = ("name", "kind", "distributor", "sales_model", "credit_code")
_STANDING = (*("standing", "holds", "standing_since", "standing_reason", "standing_by"),)


def _as_above(data: dict[str, Any]) -> dict[str, Any]:
    """A reseller sells as its distributor does, whatever stands in the field."""
    above = data["distributor"]
    return data | {"sales_model": above.sales_model} if above else data


def _may_become(standing: Standing) -> Callable[[Any], bool]:
    def shown(partner: Partner) -> bool:
        return partner.is_postpaid and standing in partner.STANDING_STEPS[partner.standing]

    return shown


class StandingForm(ButtonForm):
    reason = forms.CharField(
        label=_("原因"), max_length=200, help_text=_("告知伙伴的主账号，客户看不到。")
    )


@admin.register(Partner)
class PartnerAdmin(VendorAdmin):
    """伙伴: who sells, and under which distributor."""

    writable_by = OPERATOR
    addable_by = OPERATOR
    step_up = True
    list_display = (
        *("name", "kind", "distributor", "sales_model", "credit_code", "main_account"),
        *("holds", "is_active"),
    )
    list_filter = ("kind", "sales_model", "standing", "is_active")
    list_select_related = ("distributor", "standing_by")
    search_fields = ("name__contains", "credit_code")  # partners are thousands, not millions
    search_help_text = _("名称的一部分，或统一社会信用代码")
    autocomplete_fields = ("distributor",)
    readonly_fields = ("main_account", "members", "is_active", *_STANDING, "created_at")
    buttons = ("restrict", "freeze", "lift", "suspend", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        main = Member.objects.main_accounts().filter(partner=OuterRef("pk"))
        name = Subquery(main.values("user__name")[:1])
        return super().get_queryset(request).annotate(main_name=name)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*_FACTS, *self.readonly_fields) if obj else _FACTS

    @admin.display(description=_("主账号"))
    def main_account(self, partner: Any) -> str:
        return partner.main_name or str(_("未设置"))

    @admin.display(description=_("生效的经营状态"))
    def holds(self, partner: Partner) -> str:
        return str(Standing(partner.effective_standing).label)

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
        _("受限"),
        explain=_("该伙伴及其云经销商的转售客户立即不能新购、续费和变更资源；解除后立即恢复。"),
        form=StandingForm,
        shown=_may_become(Standing.RESTRICTED),
        step_up=True,
    )
    def restrict(self, request: HttpRequest, partner: Partner, data: dict[str, Any]) -> str:
        services.set_standing(partner, Standing.RESTRICTED, **data, **who(request))
        return str(_("伙伴已受限。"))

    @button(
        _("冻结"),
        explain=_(
            "该伙伴及其云经销商的转售客户的账号与资源立即随之冻结；期间不能发展转售客户、"
            "与其解除关联或解冻其资源。解除后立即恢复，伙伴自己设置的冻结不变。"
        ),
        form=StandingForm,
        shown=_may_become(Standing.FROZEN),
        step_up=True,
    )
    def freeze(self, request: HttpRequest, partner: Partner, data: dict[str, Any]) -> str:
        services.set_standing(partner, Standing.FROZEN, **data, **who(request))
        return str(_("伙伴已冻结。"))

    @button(
        _("解除受限或冻结"),
        explain=_("该伙伴恢复正常；其总经销商受限或冻结的，仍随之受限或冻结。"),
        form=StandingForm,
        shown=lambda partner: partner.standing != Standing.NORMAL,
        step_up=True,
    )
    def lift(self, request: HttpRequest, partner: Partner, data: dict[str, Any]) -> str:
        services.set_standing(partner, Standing.NORMAL, **data, **who(request))
        return str(_("伙伴的经营状态已恢复正常。"))

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
