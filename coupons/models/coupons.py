"""券: what a customer pays with, and what became of it in each order."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.orders.models import Order
from core import formats
from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.accounts.models import AccountUser
from customers.models import Customer
from ledger.models import Account
from org.models import Member, Partner, Scope

from .. import rules
from .codes import OrderType, codes, order_labels
from .promotions import Promotion
from .quotas import Quota


def in_scope(member: Member, customer: str = "customer") -> Q:
    """Of the whole partner, or of the customers that the member works with; `customer` is where
    the rows have theirs."""
    ours = Q(partner_id=member.partner_id)
    if member.scope is Scope.PARTNER:
        return ours
    return ours & Q(**{f"{customer}__in": Customer.objects.visible_to(member).order_by()})


class CouponQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "CouponQuerySet":
        return self.filter(in_scope(member))

    def of_account(self, place: AccountUser) -> "CouponQuerySet":
        """The customer's side: what was taken back it sees no more."""
        own = self.filter(customer__cloud_account_id=place.cloud_account_id)
        return own.exclude(state=Coupon.State.RECLAIMED)

    def usable(self) -> "CouponQuerySet":
        return self.filter(state=Coupon.State.USABLE)

    def keeping(self, customer: Customer | OuterRef) -> "CouponQuerySet":
        """What keeps this customer from leaving until it is used up (§15.6)."""
        kinds = [kind for kind, its in rules.KINDS.items() if its.keeps]
        return self.usable().filter(customer=customer, kind__in=kinds)

    def with_locks(self) -> "CouponQuerySet":
        """Each with `is_held`: an order in payment holds some of it."""
        held = CouponUse.objects.filter(coupon=OuterRef("pk"), state=CouponUse.State.HELD)
        return self.annotate(is_held=Exists(held))


class Coupon(models.Model):
    """券: so much for one customer, out of one quota. Issued coupons are not changed, only ended.

    Its balance is its account's; what orders hold has left that.
    """

    class State(models.TextChoices):
        USABLE = "usable", _("可使用")
        USED = "used", _("已使用")
        EXPIRED = "expired", _("已过期")
        RECLAIMED = "reclaimed", _("已回收")

    # Found by the indexes below; each further one would be written with every coupon.
    partner = models.ForeignKey(
        *(Partner, models.PROTECT), db_index=False, related_name="+", verbose_name=_("伙伴")
    )
    quota = models.ForeignKey(
        *(Quota, models.PROTECT), db_index=False, related_name="coupons", verbose_name=_("额度")
    )
    customer = models.ForeignKey(
        *(Customer, models.PROTECT), db_index=False, related_name="coupons", verbose_name=_("客户")
    )
    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("账户")
    )
    kind = models.CharField(_("券类型"), max_length=10, choices=Quota.Kind)
    promotion = models.ForeignKey(  # of its quota, for the customer to see
        *(Promotion, models.PROTECT),
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("促销活动"),
    )
    face = models.DecimalField(_("面值"), max_digits=12, decimal_places=2)
    starts_at = models.DateTimeField(_("生效时间"))
    ends_at = models.DateTimeField(_("失效时间"))
    min_order = models.DecimalField(_("最小可用订单额"), max_digits=12, decimal_places=2, default=0)
    ratio = models.PositiveSmallIntegerField(_("使用限制比例（%）"), null=True, blank=True)
    services = ArrayField(
        models.CharField(max_length=128), verbose_name=_("云服务类型"), default=list, blank=True
    )
    order_types = codes(OrderType.choices, _("订购类型"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.USABLE)
    state_at = models.DateTimeField(_("状态时间"))
    issued_at = models.DateTimeField(_("发放时间"))

    objects = CouponQuerySet.as_manager()

    class Meta:
        verbose_name = _("券")
        verbose_name_plural = pgettext_lazy("复数", "券")
        constraints = [
            models.CheckConstraint(
                name="coupons_coupon_kind_is_known",
                condition=Q(kind__in=["voucher", "cash", "pickup"]),
            ),
            models.CheckConstraint(
                name="coupons_coupon_state_is_known",
                condition=Q(state__in=["usable", "used", "expired", "reclaimed"]),
            ),
            models.CheckConstraint(name="coupons_coupon_face_is_positive", condition=Q(face__gt=0)),
            models.CheckConstraint(
                name="coupons_coupon_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="coupons_coupon_min_order_not_negative", condition=Q(min_order__gte=0)
            ),
            models.CheckConstraint(
                name="coupons_coupon_ratio_is_a_share",
                condition=Q(ratio__isnull=True) | Q(ratio__range=(1, 100)),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-id"], name="coupons_coupons_idx"),
            models.Index(fields=["quota", "-id"], name="coupons_of_quota_idx"),
            models.Index(fields=["customer", "-id"], name="coupons_of_customer_idx"),
            models.Index(
                fields=["ends_at"], name="coupons_expiring_idx", condition=Q(state="usable")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """券ID."""
        return coupon_number(self.pk)

    @property
    def order_labels(self) -> list[str]:
        return order_labels(self.order_types)

    @property
    def limit_lines(self) -> list[str]:
        """What it does not pay, in words."""
        lines = []
        if self.min_order:
            lines.append(gettext("订单满 %(n)s 元可用") % {"n": formats.money(self.min_order)})
        if self.ratio:
            lines.append(gettext("最多支付订单的 %(n)s%%") % {"n": self.ratio})
        if self.services:
            lines.append(gettext("限云服务：%(names)s") % {"names": "、".join(self.services)})
        if self.order_types:
            lines.append(gettext("限订购类型：%(names)s") % {"names": "、".join(self.order_labels)})
        return lines

    def _step(self, state: str, at: datetime, *allowed: str) -> None:
        if self.state not in allowed:
            words = {"now": self.get_state_display()}
            raise InvalidTransition(_("该券当前为“%(now)s”，不能执行此操作。") % words)
        self.state, self.state_at = state, at
        self.save(update_fields=["state", "state_at"])

    def mark_used_up(self, *, at: datetime) -> None:
        self._step(self.State.USED, at, self.State.USABLE)

    def mark_usable_again(self, *, at: datetime) -> None:
        """What an order gave back can be used once more."""
        self._step(self.State.USABLE, at, self.State.USED)

    def mark_expired(self, *, at: datetime) -> None:
        self._step(self.State.EXPIRED, at, self.State.USABLE)

    def mark_reclaimed(self, *, at: datetime) -> None:
        self._step(self.State.RECLAIMED, at, self.State.USABLE)


def coupon_number(pk: int) -> str:
    return f"C{pk:012d}"


class CouponUseQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "CouponUseQuerySet":
        return self.filter(in_scope(member, "coupon__customer"))

    def active(self) -> "CouponUseQuerySet":
        return self.filter(state__in=CouponUse.ACTIVE)

    def of_coupon(self, coupon: Coupon) -> "CouponUseQuerySet":
        return self.filter(coupon=coupon).select_related("order").order_by("-pk")


class CouponUse(models.Model):
    """使用记录: what of a coupon one order holds, used, or gave back. The vendor's side writes."""

    class State(models.TextChoices):
        HELD = "held", _("锁定")
        USED = "used", _("已使用")
        RELEASED = "released", _("已释放")
        REFUNDED = "refunded", _("已退还")

    ACTIVE = (State.HELD, State.USED)

    partner = models.ForeignKey(
        *(Partner, models.PROTECT), db_index=False, related_name="+", verbose_name=_("伙伴")
    )
    coupon = models.ForeignKey(
        *(Coupon, models.PROTECT), db_index=False, related_name="uses", verbose_name=_("券")
    )
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="coupon_uses", verbose_name=_("订单")
    )
    amount = models.DecimalField(_("金额"), max_digits=12, decimal_places=2)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.HELD)
    held_at = models.DateTimeField(_("锁定时间"))
    used_at = models.DateTimeField(_("使用时间"), null=True)
    ended_at = models.DateTimeField(_("释放或退还时间"), null=True)

    objects = CouponUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("券使用记录")
        verbose_name_plural = pgettext_lazy("复数", "券使用记录")
        constraints = [
            models.UniqueConstraint(
                name="coupons_couponuse_one_coupon_an_order",
                fields=["order"],
                condition=Q(state__in=["held", "used"]),
            ),
            models.CheckConstraint(
                name="coupons_couponuse_amount_is_positive", condition=Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="coupons_couponuse_state_has_its_times",
                condition=Q(state="held", used_at__isnull=True, ended_at__isnull=True)
                | Q(state="used", used_at__isnull=False, ended_at__isnull=True)
                | Q(state="released", used_at__isnull=True, ended_at__isnull=False)
                | Q(state="refunded", used_at__isnull=False, ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["coupon", "-id"], name="coupons_uses_idx"),
            models.Index(fields=["partner", "-id"], name="coupons_uses_of_partner_idx"),
            models.Index(fields=["partner", "state", "-id"], name="coupons_uses_by_state_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.order_id}"

    def _step(self, before: str, after: str, **times: Any) -> None:
        if self.state != before:
            words = {"now": self.get_state_display()}
            raise InvalidTransition(_("该券在此订单中已为“%(now)s”。") % words)
        self.state = after
        for name, at in times.items():
            setattr(self, name, at)
        self.save(update_fields=["state", *times])

    def mark_used(self, *, at: datetime) -> None:
        self._step(self.State.HELD, self.State.USED, used_at=at)

    def mark_released(self, *, at: datetime) -> None:
        self._step(self.State.HELD, self.State.RELEASED, ended_at=at)

    def mark_refunded(self, *, at: datetime) -> None:
        self._step(self.State.USED, self.State.REFUNDED, ended_at=at)
