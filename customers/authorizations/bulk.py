"""批量申请延期: a request for each, that the customer confirms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.access import Decision
from core.lists import BulkAction
from core.lists.bulk import Change
from core.masking import mask_name
from core.refusals import Refused
from org.models import Member
from org.permissions import CUSTOMERS_AUTHORIZE

from .forms import ExtendForm
from .models import Authorization
from .services import ask_authorization, check_customer


class ExtendAuthorizations(BulkAction):
    key = "extend"
    label = _l("批量申请延期")
    help = _l("为每个客户生成一条授权申请，范围不变；客户确认后，从确认之日起重新计算期限。")
    final = _l("申请已发送给客户，不能撤销；可以逐条取消申请。")

    def decide(self, by: Member) -> Decision:
        return by.may(CUSTOMERS_AUTHORIZE)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        return ExtendForm(data)

    def values(self, form: forms.Form) -> int:
        return form.cleaned_data["days"]

    def said(self, days: int) -> str:
        return _("延期 %(days)s 天") % {"days": days}

    def load(self, pks: Sequence[int], *, by: Member) -> QuerySet[Authorization]:
        found = Authorization.objects.visible_to(by).filter(pk__in=pks)
        return found.select_related("customer")

    def check(self, row: Authorization, days: int, *, by: Member, at: datetime) -> None:
        if not row.is_granted:
            raise Refused(_("只有生效中的授权可以延期。"))
        if not (decision := check_customer(row.customer)):
            raise Refused(str(decision))

    def do(self, pk: int, days: int, *, by: Member, at: datetime) -> Change:
        row = self.load([pk], by=by).first()
        if row is None:
            raise Refused(_("已不在您的数据范围内。"))
        self.check(row, days, by=by, at=at)
        made = ask_authorization(
            row.customer, scopes=row.scopes, days=days, note="", signs=False, by=by, at=at
        )
        return Change({}, {"authorization": made.pk})

    def names(self, pks: Sequence[int], *, by: Member) -> Mapping[int, str]:
        found = self.load(pks, by=by).values_list("pk", "customer__name", "customer__number")
        return {pk: f"{mask_name(name)} {number}" for pk, name, number in found}
