from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget, AutocompleteSelect
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from billing import charges
from billing.models import SubAccount
from billing.services.mapping import Wish, map_sub_account
from core import patience
from core.admin import ButtonForm, VendorAdmin, button
from core.admin_lists import KeysetChangeList, TextFilter
from customers.models import CloudAccount, Customer
from org.models import Partner

from .shared import in_words, who


class MapForm(ButtonForm):
    """Whose the sub-account is: a customer by number, or what a new one needs."""

    number = forms.CharField(
        label=_("客户ID"), max_length=64, help_text=_("已有客户填写客户ID即可，其余留空。")
    )
    partner = forms.ModelChoiceField(
        label=_("伙伴"),
        queryset=Partner.objects.active(),
        required=False,
        widget=AutocompleteSelect(Customer._meta.get_field("partner"), admin.site),
        help_text=_("新建客户时选择：客户从此归属该伙伴。"),
    )
    name = forms.CharField(label=_("客户名称"), max_length=128, required=False)
    association_type = forms.ChoiceField(
        label=_("关联类型"),
        choices=[("", "---------"), *Customer.Association.choices],
        required=False,
    )
    associated_on = forms.DateField(
        label=_("关联日期"),
        required=False,
        widget=AdminDateWidget,
        help_text=_("默认为该子账号账单的首日（北京时间）。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sub_account: Any = self.subject
        self.fields["name"].initial = sub_account.name
        self.fields["number"].initial = sub_account.cloud_account


class MappedFilter(admin.SimpleListFilter):
    title = _("映射")
    parameter_name = "mapped"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("未映射")), ("yes", _("已映射"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(cloud_account__isnull=self.value() == "no")


class ProviderFilter(TextFilter):
    title = _("云服务商")
    parameter_name = "provider_name"
    help_text = _("云服务商的完整名称")

    def narrow(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(provider=text)


class SubAccountList(KeysetChangeList):
    """The page's rows with their charges, summed in one statement."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        charged = charges.of_sub_accounts(row.pk for row in self.result_list)
        for row in self.result_list:
            row.charged = charged.get(row.pk, charges.Charged())


@admin.register(SubAccount)
class SubAccountAdmin(VendorAdmin):
    """账单子账号映射: whose the accounts of billing files are."""

    list_display = ("number", "provider", "name", "customer", "lines", "amounts", "period")
    list_filter = (MappedFilter, ProviderFilter)
    list_select_related = ("cloud_account",)
    search_fields = ("number",)
    search_help_text = _("子账号或名称的开头，或完整客户ID")
    fields = readonly_fields = (
        *("provider", "number", "name", "customer", "lines", "amounts", "period"),
    )
    buttons = ("map",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return SubAccountList

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        # Looked up first: a condition on another table would keep the indexes of this one idle.
        accounts = list(CloudAccount.objects.filter(number=term))
        begins = Q(number__startswith=term) | Q(name__startswith=term)
        return rows.filter(begins | Q(cloud_account__in=accounts) if accounts else begins)

    def _charged(self, row: Any) -> charges.Charged:
        if not hasattr(row, "charged"):
            row.charged = charges.of_sub_accounts([row.pk]).get(row.pk, charges.Charged())
        return row.charged

    @admin.display(description=_("客户"))
    def customer(self, row: SubAccount) -> str:
        if row.cloud_account:
            return row.cloud_account.number
        url = reverse("admin:billing_subaccount_do", args=[row.pk, "map"])
        return format_html('<a href="{}">{}</a>', url, _("未映射，去映射"))

    @admin.display(description=_("行数"))
    def lines(self, row: SubAccount) -> int:
        return self._charged(row).lines

    @admin.display(description=_("金额"))
    def amounts(self, row: SubAccount) -> str:
        return in_words(self._charged(row).sums)

    @admin.display(description=_("计费日期"))
    def period(self, row: SubAccount) -> str | None:
        charged = self._charged(row)
        return f"{charged.first_day} – {charged.last_day}" if charged.first_day else None

    @button(
        _("映射到客户"),
        explain=_("该子账号的全部账单立即归入客户，按每笔费用当日的关联关系计入相应伙伴。"),
        form=MapForm,
    )
    def map(self, request: HttpRequest, sub_account: SubAccount, data: dict[str, Any]) -> str:
        patience.take_time()
        map_sub_account(sub_account, Wish(**data), **who(request))
        words = {"sub_account": sub_account, "number": data["number"]}
        return str(_("子账号 %(sub_account)s 已映射到客户 %(number)s。") % words)
