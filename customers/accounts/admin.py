"""The vendor's desk for cloud accounts: their facts, and who signs in for them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.admin import ButtonForm, VendorAdmin, button
from core.masking import mask_name
from org.services import create_customer_user

from ..models import CloudAccount
from . import services
from .models import AccountUser, Fact


def _who(request: Any) -> dict[str, Any]:
    return {"by": request.user, "at": clock.now()}


class FactsForm(ButtonForm):
    registered_on = forms.DateField(
        label=_("注册日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    facts = forms.MultipleChoiceField(
        label=_("账号事实"),
        choices=Fact.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account: Any = self.subject
        self.initial["registered_on"] = account.registered_on
        self.initial["facts"] = account.facts


class PersonForm(ButtonForm):
    name = forms.CharField(label=_("姓名"), max_length=64)
    email = forms.EmailField(label=_("邮箱"), required=False)
    phone = forms.CharField(label=_("手机号"), max_length=20, required=False)


@admin.register(CloudAccount)
class CloudAccountAdmin(VendorAdmin):
    """云账号: the account at the cloud, and which partners it has belonged to."""

    list_display = ("number", "masked_name", "created_at")
    search_fields = ("number",)
    search_help_text = _("完整客户ID")
    fields = readonly_fields = (
        *("number", "masked_name", "created_at", "registered_on", "known_facts"),
        *("associations", "people"),
    )
    buttons = ("set_facts", "add_user")

    @admin.display(description=_("客户名称"))
    def masked_name(self, account: CloudAccount) -> str:
        return mask_name(account.name)

    @admin.display(description=_("账号事实"))
    def known_facts(self, account: CloudAccount) -> str:
        return _("、").join(str(Fact(fact).label) for fact in account.facts)

    @admin.display(description=_("关联"))
    def associations(self, account: CloudAccount) -> str:
        url = reverse("admin:customers_customer_changelist")
        link = '<a href="{}?q={}">{}</a>'
        return format_html(link, url, account.number, _("查看关联过的伙伴"))

    @admin.display(description=pgettext_lazy("复数", "客户用户"))
    def people(self, account: CloudAccount) -> str:
        url = reverse("admin:customers_accountuser_changelist")
        link = '<a href="{}?q={}">{}</a>'
        return format_html(link, url, account.number, _("查看客户用户"))

    @button(
        _("修改账号事实"),
        explain=_("决定该账号能否关联伙伴、能否解除关联或切换关联类型。没有勾选的即为没有。"),
        form=FactsForm,
    )
    def set_facts(self, request: HttpRequest, account: CloudAccount, data: dict[str, Any]) -> str:
        services.set_facts(account, **data, **_who(request))
        return str(_("账号事实已修改。"))

    @button(
        _("添加客户用户"),
        explain=_("第一名用户成为主用户。临时密码只显示一次。"),
        form=PersonForm,
        step_up=True,
    )
    def add_user(
        self, request: HttpRequest, account: CloudAccount, data: dict[str, Any]
    ) -> HttpResponse:
        user, password = create_customer_user(**data, **_who(request))
        services.add_account_user(account, user, **_who(request))
        template, title = "admin/temporary_password.html", _("客户用户已创建")
        return self.page(request, template, account, title=title, password=password)


@admin.register(AccountUser)
class AccountUserAdmin(VendorAdmin):
    """客户用户: who may sign in for which cloud account."""

    list_display = ("who", "cloud_account", "is_main", "may_handle", "is_active", "created_at")
    list_select_related = ("user", "cloud_account")
    search_fields = ("number",)
    search_help_text = _("完整客户ID")
    fields = readonly_fields = (
        *("person", "cloud_account", "is_main", "may_handle", "is_active", "created_at"),
    )
    buttons = ("make_main", "deactivate", "activate")

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(cloud_account__number=term)

    @admin.display(description=_("姓名"))
    def who(self, place: AccountUser) -> str:
        """On the list, where it leads to the place itself."""
        return mask_name(place.user.name) or "--"

    @admin.display(description=_("姓名"))
    def person(self, place: AccountUser) -> str:
        url = reverse("admin:org_user_change", args=[place.user_id])
        return format_html('<a href="{}">{}</a>', url, mask_name(place.user.name))

    @button(
        _("设为主用户"),
        explain=_("主用户代表云账号接受邀请、处理申请；原主用户只能查看。"),
        shown=lambda place: place.is_active and not place.is_main,
        step_up=True,
    )
    def make_main(self, request: HttpRequest, place: AccountUser, data: dict[str, Any]) -> str:
        services.make_main_user(place, **_who(request))
        return str(_("主用户已更换。"))

    @button(
        _("停用"),
        explain=_("该用户从下一次操作起不能再代表此云账号。"),
        shown=lambda place: place.is_active and not place.is_main,
        step_up=True,
    )
    def deactivate(self, request: HttpRequest, place: AccountUser, data: dict[str, Any]) -> str:
        services.switch_account_user(place, active=False, **_who(request))
        return str(_("用户已停用。"))

    @button(pgettext_lazy("动词", "启用"), shown=lambda place: not place.is_active)
    def activate(self, request: HttpRequest, place: AccountUser, data: dict[str, Any]) -> str:
        services.switch_account_user(place, active=True, **_who(request))
        return str(_("用户已启用。"))
