"""The customer's own coupons: 我的优惠券, as a page and as a file (§15.4)."""

from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from core import clock
from core.lists import columns
from core.lists.columns import Cell, Column, Page
from core.lists.csv import write_csv
from customers.accounts.gate import requires_customer
from ledger.services import balances

from ..listing import KINDS, Number
from ..lists import STATES
from ..models import Coupon
from ..models.coupons import CouponQuerySet, coupon_number

_EXPIRED_FOR = timedelta(days=183)  # what expired so long ago is shown
_SHOWN = 500


def _mine(request: Any) -> CouponQuerySet:
    """Without what was taken back; what can be used first."""
    since = clock.now() - _EXPIRED_FOR
    rows = Coupon.objects.of_account(request.place).filter(ends_at__gte=since)
    return rows.order_by("state", "ends_at", "pk")


@requires_customer()
@require_safe
def my_coupons(request: Any) -> HttpResponse:
    """Balance, validity, limits."""
    shown = _mine(request).only(
        *("kind", "face", "starts_at", "ends_at", "min_order", "ratio", "services"),
        *("order_types", "state", "account", "promotion__name"),
    )
    coupons = list(shown.select_related("promotion")[:_SHOWN])
    left = balances(coupon.account_id for coupon in coupons)
    context = {"rows": [(coupon, left[coupon.account_id]) for coupon in coupons]}
    return render(request, "my/coupons.html", context)


class _Limits(Column):
    def plain(self, page: Page) -> Cell:
        names = self.fields
        return lambda values: _("；").join(
            Coupon(**dict(zip(names, values, strict=True))).limit_lines
        )


_COLUMNS: Sequence[Column] = (
    Number("number", _l("券ID"), ("pk",), spell=coupon_number),
    columns.Choice("kind", _l("券类型"), choices=KINDS),
    columns.Column("promotion__name", _l("促销活动")),
    columns.Money("balance", _l("余额（元）"), ("account__balance",)),
    columns.Money("face", _l("面值（元）")),
    columns.State("state", _l("状态"), choices=STATES),
    columns.Instant("starts_at", _l("生效时间")),
    columns.Instant("ends_at", _l("失效时间")),
    _Limits("limits", _l("使用限制"), ("min_order", "ratio", "services", "order_types")),
)


@requires_customer()
@require_safe
def my_coupon_file(request: Any) -> HttpResponse:
    """The same rows, all of them."""
    at, out = clock.now(), StringIO()
    write_csv(_mine(request), _COLUMNS, out, at=at)
    name = f"coupons-{clock.day_of(at)}.csv"
    said = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=said)
