"""活动代金券配置: which customers get which vouchers of a promotion, once the vendor agrees."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.models import Customer
from org.models import Member, Partner, Scope, User

from .codes import OrderType, codes, order_labels
from .coupons import in_scope
from .promotions import Promotion
from .quotas import Quota


class VoucherPlanQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "VoucherPlanQuerySet":
        """The partner's; who works with some customers only sees what he made himself."""
        ours = self.filter(partner_id=member.partner_id)
        return ours if member.scope is Scope.PARTNER else ours.filter(made_by=member)


class VoucherPlan(models.Model):
    """活动代金券配置. Approved, it has a quota of its own, of which its vouchers were cut."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        WAITING = "waiting", _("处理中")
        REFUSED = "refused", pgettext_lazy("状态", "驳回")
        APPROVED = "approved", _("已生效")
        ENDED = "ended", _("已失效")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    promotion = models.ForeignKey(
        Promotion, on_delete=models.PROTECT, related_name="plans", verbose_name=_("促销活动")
    )
    name = models.CharField(_("配置名称"), max_length=64)
    face = models.DecimalField(_("代金券面值（元）"), max_digits=12, decimal_places=2)
    per_customer = models.PositiveSmallIntegerField(_("每客户张数"))
    starts_at = models.DateTimeField(_("生效时间"))
    ends_at = models.DateTimeField(_("失效时间"))
    min_order = models.DecimalField(
        _("最小可用订单额（元）"), max_digits=12, decimal_places=2, default=0
    )
    services = ArrayField(
        models.CharField(max_length=128), verbose_name=_("云服务类型"), default=list, blank=True
    )
    order_types = codes(OrderType.choices, _("订购类型"))
    remark = models.CharField(_("备注"), max_length=255, blank=True, default="")
    customers: Any = models.ManyToManyField(
        Customer, through="PlanCustomer", related_name="+", verbose_name=_("适用客户")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    # Counts changes, so that nobody saves over another's or approves what he did not see.
    revision = models.PositiveIntegerField(_("版本"), default=1)
    token = models.UUIDField()  # of the form that made it
    made_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("创建人")
    )
    made_at = models.DateTimeField(_("创建时间"))
    submitted_by = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("提交人")
    )
    submitted_at = models.DateTimeField(_("提交时间"), null=True)
    reviewed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("审核人")
    )
    reviewed_at = models.DateTimeField(_("审核时间"), null=True)
    reason = models.CharField(_("驳回原因"), max_length=200, blank=True, default="")
    quota = models.OneToOneField(
        Quota, null=True, on_delete=models.PROTECT, related_name="plan", verbose_name=_("额度")
    )

    objects = VoucherPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("活动代金券配置")
        verbose_name_plural = pgettext_lazy("复数", "活动代金券配置")
        constraints = [
            models.UniqueConstraint(
                name="coupons_voucherplan_once_a_form", fields=["partner", "token"]
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_state_is_known",
                condition=Q(state__in=["draft", "waiting", "refused", "approved", "ended"]),
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_face_is_positive", condition=Q(face__gt=0)
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_one_to_ten_each", condition=Q(per_customer__range=(1, 10))
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_min_order_not_negative", condition=Q(min_order__gte=0)
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_submitted_by_somebody",
                condition=Q(submitted_at__isnull=True, submitted_by__isnull=True) & Q(state="draft")
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_approved_has_its_quota",
                condition=Q(quota__isnull=True, state__in=["draft", "waiting", "refused"])
                | Q(quota__isnull=False, state__in=["approved", "ended"]),
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_refused_has_its_reason",
                condition=~Q(state="refused") | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="coupons_voucherplan_answered_by_the_vendor",
                condition=~Q(state__in=["refused", "approved", "ended"])
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-id"], name="coupons_plans_idx"),
            models.Index(
                fields=["ends_at"], name="coupons_plans_ending_idx", condition=Q(state="approved")
            ),
            models.Index(
                fields=["-id"], name="coupons_plans_waiting_idx", condition=Q(state="waiting")
            ),
        ]

    # Which steps there are; who takes them says services/plans.py and services/reviewing.py.
    STEPS = {
        State.DRAFT: {State.WAITING},
        State.WAITING: {State.DRAFT, State.REFUSED, State.APPROVED},
        State.REFUSED: {State.WAITING},
        State.APPROVED: {State.ENDED},
        State.ENDED: set(),
    }
    IN_HAND = (State.DRAFT, State.REFUSED)  # the partner's to change, submit and delete

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """配置编号."""
        return plan_number(self.pk)

    @property
    def order_labels(self) -> list[str]:
        return order_labels(self.order_types)

    @property
    def is_in_hand(self) -> bool:
        return self.state in self.IN_HAND

    def worth(self, customers: int) -> Decimal:
        """What its vouchers for so many customers come to."""
        return self.face * self.per_customer * customers

    def check_step(self, state: str) -> None:
        """Raises InvalidTransition unless the step is declared."""
        if state not in self.STEPS[self.State(self.state)]:
            words = {"now": self.get_state_display(), "then": self.State(state).label}
            raise InvalidTransition(_("该配置当前为“%(now)s”，不能改为“%(then)s”。") % words)

    def _mark(self, state: str, **fields: Any) -> None:
        self.check_step(state)
        self.state = state
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=["state", *fields])

    def mark_submitted(self, *, by: Member, at: datetime) -> None:
        self._mark(self.State.WAITING, submitted_by=by, submitted_at=at)

    def mark_withdrawn(self) -> None:
        self._mark(self.State.DRAFT)

    def mark_refused(self, reason: str, *, by: User, at: datetime) -> None:
        self._mark(self.State.REFUSED, reason=reason, reviewed_by=by, reviewed_at=at)

    def mark_approved(self, quota: Quota, *, by: User, at: datetime) -> None:
        self._mark(self.State.APPROVED, quota=quota, reviewed_by=by, reviewed_at=at)

    def mark_ended(self) -> None:
        self._mark(self.State.ENDED)


def plan_number(pk: int) -> str:
    return f"P{pk:010d}"


class PlanCustomerQuerySet(models.QuerySet["PlanCustomer"]):
    def visible_to(self, member: Member) -> "PlanCustomerQuerySet":
        return self.filter(in_scope(member))


class PlanCustomer(models.Model):
    """适用客户 of a configuration."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    plan = models.ForeignKey(
        VoucherPlan,
        on_delete=models.CASCADE,
        related_name="chosen",
        db_index=False,
        verbose_name=_("活动代金券配置"),
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户")
    )

    objects = PlanCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("适用客户")
        verbose_name_plural = pgettext_lazy("复数", "适用客户")
        constraints = [
            models.UniqueConstraint(
                name="coupons_plancustomer_once_a_plan", fields=["plan", "customer"]
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
