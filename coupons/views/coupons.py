"""券: 发放, the list, one coupon and its 回收, 操作记录, 使用记录."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock, formats
from core.refusals import NotAllowed
from ledger.services import balance, balances
from org.gate import requires
from org.permissions import COUPONS_ISSUE, COUPONS_RECLAIM, COUPONS_VIEW, QUOTAS_VIEW

from .. import rules
from ..forms import IssueForm
from ..lists import CouponList, RecordList
from ..models import Coupon, CouponRecord, CouponUse, Quota
from ..picking import Picker
from ..services import issuing, reclaiming
from ..services.issuing import Line
from ..use_lists import UseList
from .quotas import load_quota


@requires(COUPONS_VIEW)
def coupon_list(request: Any) -> HttpResponse:
    return CouponList(request).respond()


@requires(COUPONS_VIEW)
def use_list(request: Any) -> HttpResponse:
    return UseList(request).respond()


@requires(QUOTAS_VIEW)
def record_list(request: Any) -> HttpResponse:
    return RecordList(request).respond()


def _load(request: Any, pk: int) -> Coupon:
    rows = Coupon.objects.visible_to(request.member).with_locks()
    return get_object_or_404(
        rows.select_related("customer", "quota", "account", "promotion"), pk=pk
    )


@requires(COUPONS_VIEW)
@require_safe
def coupon_detail(request: Any, pk: int) -> HttpResponse:
    """One coupon: its terms, what orders used of it, and what was done with it."""
    coupon = _load(request, pk)
    records = CouponRecord.objects.visible_to(request.member).filter(coupon=coupon)
    context = {
        "coupon": coupon,
        "uses": CouponUse.objects.of_coupon(coupon),
        "records": records.select_related("member__user").order_by("-pk"),
        "decision": reclaiming.decide_reclaim(request.member, coupon),
    }
    return render(request, "coupons/coupon.html", context)


@requires(COUPONS_RECLAIM, sensitive=True)
def reclaim(request: Any, pk: int) -> HttpResponse:
    """回收: GET tells the sum and both balances after it, POST does it."""
    coupon, at = _load(request, pk), clock.now()
    if request.method != "POST":
        target, is_lost = reclaiming.home_of(coupon.quota, at)
        has = balances([target]).get(target)
        context = {
            "coupon": coupon,
            "decision": reclaiming.decide_reclaim(request.member, coupon),
            "is_lost": is_lost,
            "after": None if has is None else has + coupon.account.balance,
        }
        return render(request, "coupons/reclaim.html", context)
    made = reclaiming.reclaim_coupon(coupon, by=request.member, at=at)
    words = {"amount": formats.money(made.amount), "number": coupon.number}
    if made.is_lost:
        messages.success(request, _("券 %(number)s 已回收，%(amount)s 元已核销。") % words)
    else:
        messages.success(request, _("券 %(number)s 已回收，%(amount)s 元已退回额度。") % words)
    return redirect("coupons:coupon_detail", pk)


# ---- 发放 ----


@requires(COUPONS_ISSUE, sensitive=True)
def issue(request: Any, pk: int) -> HttpResponse:
    """发放: fill in and find customers; see which rule blocks whom; confirm."""
    quota = load_quota(request, pk)
    if not (decision := issuing.decide_issue(request.member, quota, at=clock.now())):
        raise NotAllowed(decision)
    form = IssueForm(request.POST or None, quota=quota)
    page = Issuing(request, quota, form)
    if request.method != "POST":
        return page.show()
    step = request.POST.get("step")
    if step == "find":
        return Issuing(request, quota, form.as_typed()).show()
    if not form.is_valid():
        return page.show(status=422)
    lines = page.lines()
    if step != "confirm":
        return page.preview(lines)
    token = form.cleaned_data["token"]
    issuing.issue_coupons(quota, lines, token=token, by=request.member, at=clock.now())
    return redirect("coupons:issued", token)


@dataclass(frozen=True)
class Issuing:
    """The page on which coupons are issued, between its steps."""

    request: Any
    quota: Quota
    form: IssueForm

    def lines(self) -> list[Line]:
        wish = self.form.wish()
        return [Line(customer, wish) for customer in Picker(self.request).chosen()]

    def show(self, *, status: int = 200, reason: str = "") -> HttpResponse:
        picks = Picker(self.request).picks()
        return self._render({"picks": picks, "reason": reason}, status)

    def preview(self, lines: list[Line]) -> HttpResponse:
        """What each customer would get, and what stands against it."""
        if not lines:
            return self.show(status=422, reason=_("请选择发放客户。"))
        if len(lines) > rules.MOST_ON_PAGE:
            words = {"most": rules.MOST_ON_PAGE}
            return self.show(status=422, reason=_("一次最多发放 %(most)s 个客户。") % words)
        reason, blocked = issuing.why_not(self.quota, lines)
        if reason:
            return self.show(status=422, reason=reason)
        takers = [line for line in lines if line.customer.pk not in blocked]
        total = sum((line.wish.face for line in takers), Decimal(0))
        plan = {
            "lines": [(line.customer, blocked.get(line.customer.pk, "")) for line in lines],
            "takers": len(takers),
            "total": total,
            "after": self._left() - total,
            "filled": [
                (name, value)
                for name in self.form.fields
                if name not in ("step", "search")
                for value in self.request.POST.getlist(name)
            ],
        }
        return self._render({"plan": plan, "wish": self.form.wish()}, 200)

    def _left(self) -> Decimal:
        return balance(self.quota.account_id)

    def _render(self, more: dict[str, Any], status: int) -> HttpResponse:
        context = {"quota": self.quota, "form": self.form, "left": self._left(), **more}
        return render(self.request, "coupons/issue.html", context, status=status)


@requires(COUPONS_VIEW)
@require_safe
def issued(request: Any, token: UUID) -> HttpResponse:
    """What became of each customer of one submit."""
    mine = CouponRecord.objects.visible_to(request.member)
    rows = mine.filter(token=token, type=CouponRecord.Type.ISSUE, member=request.member)
    records = list(rows.select_related("customer", "coupon", "quota").order_by("pk"))
    if not records:
        raise Http404
    done = [each for each in records if each.is_done]
    context = {
        "records": records,
        "done": len(done),
        "failed": len(records) - len(done),
        "total": sum((each.amount for each in done), Decimal(0)),
        "quota": records[0].quota,
    }
    return render(request, "coupons/issued.html", context)
