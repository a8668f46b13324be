from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.admin import VendorAdmin, button
from org import services
from org.models import Role
from org.permissions import LABELS

from .shared import OPERATOR, who


class RoleForm(forms.ModelForm):
    permissions = forms.MultipleChoiceField(
        label=_("权限项"),
        choices=lambda: LABELS.items(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("权限项所依赖的查看权限会一并保存，例如“处理客户预警”包含“查看客户预警”。"),
    )


@admin.register(Role)
class RoleAdmin(VendorAdmin):
    """自定义角色: at most ten a partner; who has one works with a change at once."""

    writable_by = OPERATOR
    addable_by = OPERATOR
    step_up = True
    form = RoleForm
    list_display = ("name", "partner", "permission_labels")
    list_select_related = ("partner",)
    search_fields = ("partner__name__contains", "name__contains")
    search_help_text = _("伙伴名称或角色名称的一部分")
    autocomplete_fields = ("partner",)
    buttons = ("delete_role",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        writable = obj is None or self.has_change_permission(request)
        return ("partner", "name", "permissions" if writable else "permission_labels")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("partner", "permission_labels") if obj else ()

    @admin.display(description=_("权限项"))
    def permission_labels(self, role: Role) -> str:
        return _("、").join(str(LABELS.get(code, code)) for code in role.permissions)

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Role:
        return services.create_role(data.pop("partner"), **data, **who(request))

    def change(self, request: HttpRequest, subject: Any, data: dict[str, Any]) -> Role:
        return services.change_role(subject, **data, **who(request))

    @button(_("删除角色"), explain=_("没有成员使用的角色才能删除。"), step_up=True)
    def delete_role(self, request: HttpRequest, role: Role, data: dict[str, Any]) -> HttpResponse:
        services.delete_role(role, **who(request))
        self.message_user(request, str(_("角色已删除。")))
        return HttpResponseRedirect(reverse("admin:org_role_changelist"))
