from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.admin import ButtonForm, VendorAdmin, button
from org import services
from org.models import Member, Role
from org.permissions import ACCOUNT_DIRECTOR, ACCOUNT_MANAGER, PRESETS

from .shared import OPERATOR, people, preset_choices, role_choices, who


class MemberForm(forms.ModelForm):
    """A new member: a known person is found by e-mail or phone, otherwise one is made."""

    name = forms.CharField(label=_("姓名"), max_length=64)
    email = forms.EmailField(label=_("邮箱"), required=False)
    phone = forms.CharField(label=_("手机号"), max_length=20, required=False)
    roles = forms.MultipleChoiceField(
        label=_("角色"),
        choices=preset_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("每名成员最多三个角色；伙伴的第一名成员须为主账号。"),
    )


class RolesForm(ButtonForm):
    roles = forms.MultipleChoiceField(label=_("角色"), widget=forms.CheckboxSelectMultiple)
    release_managers = forms.BooleanField(
        label=_("取消客户经理主管时，其客户经理暂不设主管"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["roles"]
        field.choices, field.initial = role_choices(self.subject), self.subject.roles  # type: ignore
        if ACCOUNT_DIRECTOR not in field.initial:
            del self.fields["release_managers"]


class DirectorForm(ButtonForm):
    director = forms.ModelChoiceField(
        label=_("客户经理主管"),
        queryset=Member.objects.none(),
        required=False,
        empty_label=_("不设主管"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["director"]
        directors = Member.objects.filter(roles__contains=[ACCOUNT_DIRECTOR], is_active=True)
        field.queryset = directors.filter(
            partner_id=self.subject.partner_id  # type: ignore[attr-defined]
        ).select_related("user")
        field.initial = self.subject.director_id  # type: ignore[attr-defined]


class RoleFilter(admin.SimpleListFilter):
    title = _("角色")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return preset_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        role = self.value()
        return queryset.filter(roles__contains=[role]) if role in PRESETS else queryset


@admin.register(Member)
class MemberAdmin(VendorAdmin):
    """组织成员: made here, changed by buttons, never deleted."""

    addable_by = OPERATOR
    step_up = True
    form = MemberForm
    list_display = ("name", "partner", "role_names", "director", "is_active", "created_at")
    list_filter = ("is_active", RoleFilter)
    list_select_related = ("user", "partner", "director__user")
    search_fields = ("user",)
    search_help_text = _("姓名的一部分、完整邮箱或手机号")
    autocomplete_fields = ("partner",)
    linked_filters = ("partner__id__exact",)
    buttons = ("change_roles", "set_director", "transfer_main_account", "deactivate", "activate")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        own = Role.objects.of_outer_member().order_by("name").values("name")
        rows = super().get_queryset(request).select_related("user", "partner", "director__user")
        return rows.annotate(custom_names=ArraySubquery(own))

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(user__in=people(term))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("partner", "name", "email", "phone", "roles")
        return ("partner", "person", "role_names", "director", "is_active", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    @admin.display(description=_("姓名"))
    def name(self, member: Member) -> str:
        return member.user.name

    @admin.display(description=_("用户"))
    def person(self, member: Member) -> str:
        url = reverse("admin:org_user_change", args=[member.user_id])
        return format_html('<a href="{}">{}</a>', url, member.user.name)

    @admin.display(description=_("角色"))
    def role_names(self, member: Any) -> str:
        presets = [str(PRESETS[code].label) for code in member.roles if code in PRESETS]
        return _("、").join([*presets, *member.custom_names])

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Member:
        member, password = services.admit_member(data.pop("partner"), **data, **who(request))
        request.temporary_password = password  # type: ignore[attr-defined]
        return member

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponse:
        """A new person's temporary password is shown, here and never again."""
        password = getattr(request, "temporary_password", "")
        if not password:
            return super().response_add(request, obj, post_url_continue)
        member = Member.objects.select_related("user").get(pk=obj.pk)
        template = "admin/temporary_password.html"
        title = _("成员已创建")
        return self.page(request, template, member, title=title, password=password)

    # ---- buttons ----

    @button(
        _("修改角色"),
        explain=_("新的角色从该成员的下一次操作起生效。"),
        form=RolesForm,
        step_up=True,
    )
    def change_roles(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        services.change_roles(member, **data, **who(request))
        return str(_("角色已修改。"))

    @button(
        _("设置主管"),
        form=DirectorForm,
        shown=lambda member: ACCOUNT_MANAGER in member.roles,
    )
    def set_director(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        services.set_director(member, data["director"], **who(request))
        return str(_("主管已设置。"))

    @button(
        _("转为主账号"),
        explain=_("该成员成为主账号；原主账号保留其他角色，没有其他角色时成为系统管理员。"),
        shown=lambda member: member.is_active and not member.is_main_account,
        step_up=True,
    )
    def transfer_main_account(
        self, request: HttpRequest, member: Member, data: dict[str, Any]
    ) -> str:
        services.transfer_main_account(member, **who(request))
        return str(_("主账号已转移。"))

    @button(
        _("停用"),
        explain=_("该成员立即退出登录；其客户在停用期间由主账号负责。"),
        shown=lambda member: member.is_active,
        step_up=True,
    )
    def deactivate(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        services.deactivate_member(member, **who(request))
        return str(_("成员已停用。"))

    @button(pgettext_lazy("动词", "启用"), shown=lambda member: not member.is_active)
    def activate(self, request: HttpRequest, member: Member, data: dict[str, Any]) -> str:
        services.activate_member(member, **who(request))
        return str(_("成员已启用。"))
