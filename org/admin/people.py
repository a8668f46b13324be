from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.admin import ButtonForm, VendorAdmin, button
from core.masking import mask_email, mask_phone
from org import services
from org.models import Member, User

from .shared import people, who


class ContactForm(ButtonForm):
    email = forms.EmailField(label=_("新邮箱"), required=False)
    phone = forms.CharField(label=_("新手机号"), max_length=20, required=False)


def _is_ours(user: Any) -> bool:
    """Vendor staff are kept by commands: an operator who could sign in as the auditor would
    be his own auditor."""
    return not user.is_vendor


@admin.register(User)
class UserAdmin(VendorAdmin):
    """用户: who signs in. Contacts are masked, password and second factor are never shown."""

    list_display = ("name", "masked_email", "masked_phone", "vendor_role", "is_active")
    list_filter = ("vendor_role", "is_active")
    search_fields = ("name",)
    search_help_text = _("姓名的一部分、完整邮箱或手机号")
    fields = readonly_fields = (
        *("name", "masked_email", "masked_phone", "vendor_role", "is_active", "memberships"),
        *("factors", "must_change_password", "password_changed_at", "last_login", "created_at"),
    )
    buttons = (
        *("reveal", "change_contact", "give_password", "reset_factor"),
        *("deactivate", "reactivate"),
    )

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(pk__in=people(term))

    @admin.display(description=_("邮箱"))
    def masked_email(self, user: User) -> str:
        return mask_email(user.email or "")

    @admin.display(description=_("手机号"))
    def masked_phone(self, user: User) -> str:
        return mask_phone(user.phone or "")

    @admin.display(description=_("所属伙伴"))
    def memberships(self, user: User) -> str:
        places = Member.objects.filter(user=user).select_related("partner").order_by("pk")
        links = [(reverse("admin:org_member_change", args=[m.pk]), m.partner) for m in places]
        return format_html_join(str(_("、")), '<a href="{}">{}</a>', links)

    @admin.display(description=_("双因素认证"))
    def factors(self, user: User) -> str:
        kinds = Authenticator.objects.filter(user=user).order_by("type", "pk")
        return _("、").join(str(factor.get_type_display()) for factor in kinds)

    # ---- buttons ----

    @button(
        _("查看完整联系方式"),
        explain=_("查看会记入操作日志。"),
        roles=("operator", "reviewer"),
        shown=_is_ours,
        step_up=True,
    )
    def reveal(self, request: HttpRequest, user: User, data: dict[str, Any]) -> HttpResponse:
        services.reveal_contact(user, **who(request))
        facts = [(_("邮箱"), user.email), (_("手机号"), user.phone)]
        return self.page(request, "admin/revealed.html", user, title=_("完整联系方式"), facts=facts)

    @button(
        _("更正联系方式"),
        explain=_("只填写需要更正的一项。本人会收到通知。"),
        form=ContactForm,
        shown=_is_ours,
        step_up=True,
    )
    def change_contact(self, request: HttpRequest, user: User, data: dict[str, Any]) -> str:
        services.change_contact(user, **data, **who(request))
        return str(_("联系方式已更正。"))

    @button(
        _("发放临时密码"),
        explain=_("生成新的临时密码，本人下次登录时须修改；其所有登录立即结束。"),
        shown=lambda user: _is_ours(user) and user.is_active,
        step_up=True,
    )
    def give_password(self, request: HttpRequest, user: User, data: dict[str, Any]) -> HttpResponse:
        password = services.give_temporary_password(user, **who(request))
        template = "admin/temporary_password.html"
        title = _("临时密码已生成")
        return self.page(request, template, user, title=title, password=password)

    @button(
        _("重置双因素认证"),
        explain=_("移除验证器、通行密钥和恢复码，本人须重新设置；其所有登录立即结束。"),
        shown=_is_ours,
        step_up=True,
    )
    def reset_factor(self, request: HttpRequest, user: User, data: dict[str, Any]) -> str:
        services.reset_second_factor(user, **who(request))
        return str(_("双因素认证已重置。"))

    @button(
        _("停用"),
        explain=_("该用户立即退出登录，在任何伙伴都不能再工作。"),
        shown=lambda user: _is_ours(user) and user.is_active,
        step_up=True,
    )
    def deactivate(self, request: HttpRequest, user: User, data: dict[str, Any]) -> str:
        services.deactivate_user(user, **who(request))
        return str(_("用户已停用。"))

    @button(pgettext_lazy("动词", "启用"), shown=lambda user: _is_ours(user) and not user.is_active)
    def reactivate(self, request: HttpRequest, user: User, data: dict[str, Any]) -> str:
        services.reactivate_user(user, **who(request))
        return str(_("用户已启用。"))
