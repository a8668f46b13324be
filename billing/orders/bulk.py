"""批量驳回 of orders that wait for the partner (customers_coupons.md §13.4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.services import notify
from core.access import Decision
from core.lists import BulkAction
from core.lists.bulk import Change
from core.refusals import Refused
from jobs.models import Job, JobRow
from org.models import Member

from . import paying
from .forms import RefuseForm
from .models import Order


class RefuseOrders(BulkAction):
    key = "refuse_orders"
    label = _l("批量驳回")
    help = _l("驳回后，客户可以自行支付这些订单。")
    final = _l("驳回后不能撤销；客户可以再次申请由伙伴支付。")

    def decide(self, by: Member) -> Decision:
        return paying.decide_answer(by)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        return RefuseForm(data)

    def values(self, form: forms.Form) -> str:
        return form.cleaned_data["reason"]

    def said(self, reason: str) -> str:
        return reason

    def load(self, pks: Sequence[int], *, by: Member) -> QuerySet[Order]:
        return Order.objects.visible_to(by).filter(pk__in=pks)

    def check(self, order: Order, reason: str, *, by: Member, at: datetime) -> None:
        paying.check_refusing(order, reason, by=by)

    def do(self, pk: int, reason: str, *, by: Member, at: datetime) -> Change:
        order = self.load([pk], by=by).first()
        if order is None:
            raise Refused(_("已不在您的数据范围内。"))
        paying.refuse_order(order, reason, by=by, at=at, tell=False)
        return Change()

    def names(self, pks: Sequence[int], *, by: Member) -> Mapping[int, str]:
        return dict(self.load(pks, by=by).values_list("pk", "number"))

    def tell(self, job: Job, rows: QuerySet[JobRow], *, at: datetime) -> None:
        """Each owner hears once how many orders of his customers were refused."""
        refused = Order.objects.filter(pk__in=rows.values("subject_id"))
        counts: dict[Member, int] = {}
        for order in refused.select_related("customer__account_manager__user"):
            for owner in order.customer.owners():
                counts[owner] = counts.get(owner, 0) + 1
        for owner, n in counts.items():
            if owner.pk != job.member_id:
                notify([owner], "orders.refused", key=f"job:{job.pk}:refused", at=at, n=n)
