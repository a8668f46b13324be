"""批量回收: what is left of each coupon goes back (§15.4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock, formats
from core.access import Decision
from core.lists import BulkAction
from core.lists.bulk import Change
from core.refusals import NotAllowed, Refused
from customers.models import Customer
from jobs.models import Job, JobRow
from org.models import Member

from .models import Coupon
from .models.coupons import CouponQuerySet, coupon_number
from .services import reclaiming
from .services.telling import tell_customers


class ReclaimCoupons(BulkAction):
    key = "reclaim_coupons"
    label = _l("批量回收")
    help = _l("每张券的全部余额退回其额度；额度已过有效期的，金额核销。客户不再看到这些券。")
    final = _l("回收后不能撤销；需要时重新发放。")
    sensitive = True

    def decide(self, by: Member) -> Decision:
        return reclaiming.decide_reclaim(by)

    def load(self, pks: Sequence[int], *, by: Member) -> CouponQuerySet:
        return Coupon.objects.visible_to(by).with_locks().filter(pk__in=pks)

    def check(self, coupon: Coupon, values: Any, *, by: Member, at: datetime) -> None:
        if not (decision := reclaiming.decide_reclaim(by)):
            raise NotAllowed(decision)
        reclaiming.check_reclaimable(coupon)

    def do(self, pk: int, values: Any, *, by: Member, at: datetime) -> Change:
        coupon = Coupon.objects.visible_to(by).filter(pk=pk).first()
        if coupon is None:
            raise Refused(_("已不在您的数据范围内。"))
        made = reclaiming.reclaim_coupon(coupon, by=by, at=at, tell=False)
        return Change({}, {"amount": str(made.amount), "lost": made.is_lost})

    def names(self, pks: Sequence[int], *, by: Member) -> Mapping[int, str]:
        return {pk: coupon_number(pk) for pk in self.load(pks, by=by).values_list("pk", flat=True)}

    def foresee(self, pks: Sequence[int], *, by: Member) -> str:
        """What goes back to quotas, and what is written off because its quota's time is over."""
        mine = self.load(pks, by=by).usable().filter(is_held=False)
        now = clock.now()
        sums = mine.aggregate(
            all=Sum("account__balance"),
            back=Sum("account__balance", filter=reclaiming.comes_back(now)),
        )
        total, back = (sums[name] or Decimal(0) for name in ("all", "back"))
        return _in_words(back, total - back)

    def came_to(self, rows: QuerySet[JobRow]) -> str:
        amount = Cast(KT("after__amount"), DecimalField(max_digits=18, decimal_places=2))
        sums = rows.aggregate(back=Sum(amount, filter=~_LOST), lost=Sum(amount, filter=_LOST))
        return _in_words(*(sums[name] or Decimal(0) for name in ("back", "lost")))

    def tell(self, job: Job, rows: QuerySet[JobRow], *, at: datetime) -> None:
        """Each customer of its own coupons."""
        coupons = list(Coupon.objects.filter(pk__in=rows.values("subject_id")).order_by("pk"))
        accounts = dict(
            Customer.objects.filter(pk__in={each.customer_id for each in coupons}).values_list(
                "pk", "cloud_account"
            )
        )
        told = [(accounts[each.customer_id], each) for each in coupons]
        tell_customers(told, "account.coupon_reclaimed", job.partner.name, at=at)


_LOST = Q(after__lost=True)


def _in_words(back: Decimal, lost: Decimal) -> str:
    words = {"back": formats.money(back), "lost": formats.money(lost)}
    if lost:
        return _("退回额度 %(back)s 元，核销 %(lost)s 元") % words
    return _("退回额度 %(back)s 元") % words
