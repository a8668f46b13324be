"""充值, 调账 and 信用额度 of partners, by the vendor's operators. Nothing here edits a row."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.funds import vendor
from billing.funds.forms import AmountField, new_token
from core.admin import ButtonForm, VendorAdmin, button
from core.formats import money
from ledger.models import Account, Transfer
from org.models import Partner

from .shared import ONE_SAVE, OPERATOR, who


class RechargeForm(ButtonForm):
    amount = AmountField(label=_l("金额（元）"))
    memo = forms.CharField(
        label=_l("备注"), max_length=200, help_text=_l("如银行流水号；伙伴可见。")
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)


class AdjustForm(RechargeForm):
    way = forms.ChoiceField(label=_l("方向"), choices=[("up", _l("增加")), ("down", _l("减少"))])
    field_order = ("way", "amount", "memo")


class LimitForm(ButtonForm):
    limit = AmountField(label=_l("信用额度（元）"), required=False, help_text=_l("留空为 0。"))


class OpenForm(forms.ModelForm):
    partner = forms.ModelChoiceField(label=_l("伙伴"), queryset=Partner.objects.order_by("name"))
    kind = forms.ChoiceField(
        label=_l("账户类型"),
        choices=[(kind.value, kind.label) for kind in vendor.OF_PARTNERS],
    )


@admin.register(Account)
class AccountAdmin(VendorAdmin):
    """账户: the partners' and the vendor's; customers' allocation accounts by filter."""

    addable_by = OPERATOR
    step_up = True
    form = OpenForm
    list_display = ("number", "partner", "kind", "shown_balance", "shown_available", "opened_at")
    list_filter = ("kind",)
    list_select_related = ("partner",)
    search_fields = ("partner__name__contains",)
    search_help_text = _l("伙伴名称的一部分")
    buttons = ("recharge", "adjust", "set_limit")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("partner", "kind", "shown_balance", "shown_available", "floor", "opened_at")
        return shown if obj else ("partner", "kind")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        return super().add_view(request, form_url, {"title": _("开户"), **ONE_SAVE})

    @admin.display(description=_l("账户编号"), ordering="pk")
    def number(self, account: Account) -> str:
        return str(account.pk)

    @admin.display(description=_l("余额"))
    def shown_balance(self, account: Account) -> str:
        return money(account.balance)

    @admin.display(description=_l("可用"))
    def shown_available(self, account: Account) -> str:
        return money(account.available) if account.floor is not None else "--"

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Account:
        return vendor.open_account(data["partner"], data["kind"], **who(request))

    @button(
        _l("充值"),
        explain=_l("伙伴已付款：金额计入该账户，伙伴的财务会收到通知。"),
        form=RechargeForm,
        shown=lambda account: account.kind in vendor.OF_PARTNERS,
        step_up=True,
    )
    def recharge(self, request: HttpRequest, account: Account, data: dict[str, Any]) -> str:
        key = f"recharge:{request.user.pk}:{data['token']}"
        vendor.recharge(account, data["amount"], memo=data["memo"], key=key, **who(request))
        return _("已充值 %(amount)s 元。") % {"amount": money(data["amount"])}

    @button(
        _l("调账"),
        explain=_l("更正该账户的余额。每次更正都是一笔新的资金变动，原记录不变。"),
        form=AdjustForm,
        shown=lambda account: account.kind in vendor.OF_PARTNERS,
        step_up=True,
    )
    def adjust(self, request: HttpRequest, account: Account, data: dict[str, Any]) -> str:
        amount: Decimal = data["amount"] if data["way"] == "up" else -data["amount"]
        key = f"adjust:{request.user.pk}:{data['token']}"
        vendor.adjust(account, amount, memo=data["memo"], key=key, **who(request))
        return _("已调账 %(amount)s 元。") % {"amount": money(amount)}

    @button(
        _l("信用额度"),
        explain=_l("信用账户最多可以透支的金额；不能低于已使用的部分。"),
        form=LimitForm,
        shown=lambda account: account.kind == Account.Kind.CREDIT,
        step_up=True,
    )
    def set_limit(self, request: HttpRequest, account: Account, data: dict[str, Any]) -> str:
        vendor.set_credit_limit(account, data["limit"] or Decimal(0), **who(request))
        return _("信用额度已设置。")


@admin.register(Transfer)
class TransferAdmin(VendorAdmin):
    """资金变动, to look at."""

    list_display = ("number", "kind", "source_partner", "target_partner", "amount", "at", "memo")
    list_filter = ("kind",)
    list_select_related = ("source_partner", "target_partner")
    search_fields = ("key",)
    search_help_text = _l("幂等键")
    fields = readonly_fields = (
        *("number", "kind", "source", "target", "source_partner", "target_partner"),
        *("amount", "at", "member", "memo", "key"),
    )

    @admin.display(description=_l("交易号"))
    def number(self, transfer: Transfer) -> str:
        return transfer.number

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        return super().get_queryset(request).select_related("source", "target", "member__user")
