from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.formats import money

from ..funds.forms import new_token
from .buying import Wish
from .gateway import Offer, gateway
from .rules import MONTHS, MOST_AT_ONCE, ON_DEMAND


class RenewForm(forms.Form):
    months = forms.TypedChoiceField(
        label=_l("续费时长（月）"), choices=[(n, str(n)) for n in MONTHS], coerce=int
    )


class ConfirmForm(forms.Form):
    understood = forms.BooleanField(label=_l("我确认对该资源执行此操作"))


class BuyForm(forms.Form):
    """What, how many, for how long and who pays; first its price is shown, then it is ordered."""

    offer = forms.ChoiceField(label=_l("产品"))
    quantity = forms.IntegerField(label=_l("数量"), min_value=1, max_value=MOST_AT_ONCE, initial=1)
    months = forms.TypedChoiceField(
        label=_l("购买时长（月）"),
        choices=[*((n, str(n)) for n in MONTHS), (ON_DEMAND, _l("按需（按用量计费）"))],
        coerce=int,
    )
    auto_renew = forms.BooleanField(label=_l("自动续费"), required=False)
    payer = forms.ChoiceField(
        label=_l("支付方式"),
        choices=[("customer", _l("客户支付")), ("partner", _l("伙伴支付"))],
        help_text=_l("客户从拨款余额或券支付；选择伙伴支付时，订单进入“待付订单”。"),
    )
    shown = forms.DecimalField(
        label="", max_digits=18, decimal_places=2, required=False, widget=forms.HiddenInput
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)
    step = forms.ChoiceField(
        required=False, choices=[(s, s) for s in ("preview", "confirm")], widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [offer for offer in gateway().offers() if not offer.is_marketplace]
        self._offers = {offer.code: offer for offer in offered}
        self.fields["offer"].choices = [(each.code, _label(each)) for each in offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("months") == ON_DEMAND:  # neither is asked of what is paid by use
            data |= {"auto_renew": False, "payer": "customer"}
        if data.get("step") == "confirm" and data.get("shown") is None:
            raise ValidationError(_("未收到价格，请重新提交。"))
        return data

    def wish(self) -> Wish:
        said = self.cleaned_data
        return Wish(
            offer=self._offers[said["offer"]],
            quantity=said["quantity"],
            months=said["months"],
            auto_renew=said["auto_renew"],
            by_partner=said["payer"] == "partner",
        )


def _label(offer: Offer) -> str:
    words = {"service": offer.service, "spec": offer.spec, "price": money(offer.list_price)}
    return _("%(service)s · %(spec)s · %(price)s 元/月") % words
