"""券额度: a pool from which coupons are cut."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from ledger.models import Account
from org.models import Member, Partner

from .. import rules
from .codes import OrderType, codes, order_labels
from .promotions import Promotion


class QuotaQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "QuotaQuerySet":
        """The partner's own that were not taken back."""
        ours = self.filter(partner_id=member.partner_id)
        return ours.exclude(state=Quota.State.RECLAIMED)

    def given_by(self, member: Member) -> "QuotaQuerySet":
        """What the partner gave to its resellers, taken back or not."""
        return self.filter(giver_id=member.partner_id)

    def valid(self, at: datetime) -> "QuotaQuerySet":
        return self.filter(state=Quota.State.NORMAL, starts_at__lte=at, ends_at__gt=at)


class Quota(models.Model):
    """券额度: of the vendor, or (`parent`) of the partner's distributor.

    What is in it stands in the ledger, on four accounts of its own: what may still be issued, what
    orders hold, what was used, and what was written off. It is granted once; more is another quota.
    """

    class Kind(models.TextChoices):
        VOUCHER = rules.VOUCHER, _("代金券")
        CASH = rules.CASH, _("现金券")
        PICKUP = rules.PICKUP, _("提货券")

    class State(models.TextChoices):
        NORMAL = "normal", _("正常")
        INVALID = "invalid", _("失效")
        ADJUSTING = "adjusting", _("额度调整中")
        FROZEN = "frozen", _("冻结")
        RECLAIMED = "reclaimed", _("已回收")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="given",
        verbose_name=_("上级额度"),
    )
    giver = models.ForeignKey(  # whose the quota above is
        Partner, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("总经销商")
    )
    kind = models.CharField(_("券类型"), max_length=10, choices=Kind)
    value = models.DecimalField(_("额度金额"), max_digits=18, decimal_places=2)
    starts_at = models.DateTimeField(_("生效时间"))
    ends_at = models.DateTimeField(_("失效时间"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.NORMAL)
    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("可发放")
    )
    held = models.OneToOneField(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("锁定")
    )
    used = models.OneToOneField(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("已使用")
    )
    lost = models.OneToOneField(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("已核销")
    )
    promotion = models.ForeignKey(  # whose activity vouchers it was granted for
        Promotion, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("促销活动")
    )
    token = models.UUIDField(null=True, unique=True)  # of the submit that granted it
    created_at = models.DateTimeField(_("授予时间"))
    remark = models.CharField(_("备注"), max_length=255, blank=True, default="")
    # Limits (§15.2); empty is any.
    face_min = models.DecimalField(
        _("最小面值"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    face_max = models.DecimalField(
        _("最大面值"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    coupons_most = models.PositiveIntegerField(_("最多张数"), null=True, blank=True)
    total_most = models.DecimalField(
        _("最大总面值"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    association_types = codes(
        [("referral", _("顾问销售")), ("resale", _("代售"))], _("适用关联类型")
    )
    services = ArrayField(
        models.CharField(max_length=128), verbose_name=_("云服务类型"), default=list, blank=True
    )
    order_types = codes(OrderType.choices, _("订购类型"))
    only_customers = ArrayField(
        models.CharField(max_length=64), verbose_name=_("指定客户"), default=list, blank=True
    )
    only_first_time = models.BooleanField(_("仅首次关联的客户"), default=False)
    ratio_most = models.PositiveSmallIntegerField(_("最高使用比例（%）"), null=True, blank=True)
    user_is_invoiced = models.BooleanField(_("由用券人开票"), default=False)
    # How much was ever issued, for the two limits above.
    coupons_issued = models.PositiveIntegerField(_("已发放张数"), default=0)
    total_issued = models.DecimalField(
        _("已发放总面值"), max_digits=18, decimal_places=2, default=0
    )

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = _("券额度")
        verbose_name_plural = pgettext_lazy("复数", "券额度")
        constraints = [
            models.CheckConstraint(
                name="coupons_quota_kind_is_known",
                condition=Q(kind__in=["voucher", "cash", "pickup"]),
            ),
            models.CheckConstraint(
                name="coupons_quota_state_is_known",
                condition=Q(state__in=["normal", "invalid", "adjusting", "frozen", "reclaimed"]),
            ),
            models.CheckConstraint(
                name="coupons_quota_only_given_are_reclaimed",
                condition=~Q(state="reclaimed") | Q(parent__isnull=False),
            ),
            models.CheckConstraint(
                name="coupons_quota_given_by_somebody",
                condition=Q(parent__isnull=True, giver__isnull=True)
                | Q(parent__isnull=False, giver__isnull=False),
            ),
            models.CheckConstraint(
                name="coupons_quota_value_is_positive", condition=Q(value__gt=0)
            ),
            models.CheckConstraint(
                name="coupons_quota_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="coupons_quota_faces_in_order",
                condition=Q(face_min__isnull=True)
                | Q(face_max__isnull=True)
                | Q(face_max__gte=F("face_min")),
            ),
            models.CheckConstraint(
                name="coupons_quota_ratio_is_a_share",
                condition=Q(ratio_most__isnull=True) | Q(ratio_most__range=(1, 100)),
            ),
            models.CheckConstraint(
                name="coupons_quota_within_its_number",
                condition=Q(coupons_most__isnull=True) | Q(coupons_issued__lte=F("coupons_most")),
            ),
            models.CheckConstraint(
                name="coupons_quota_within_its_total",
                condition=Q(total_most__isnull=True) | Q(total_issued__lte=F("total_most")),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-id"], name="coupons_quotas_idx"),
            models.Index(fields=["giver", "-id"], name="coupons_given_idx"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """额度编号."""
        return quota_number(self.pk)

    @property
    def order_labels(self) -> list[str]:
        return order_labels(self.order_types)

    def has_expired(self, at: datetime) -> bool:
        return at >= self.ends_at

    def state_at(self, at: datetime) -> str:
        """What pages say: a quota whose time is over is 失效."""
        over = self.state == self.State.NORMAL and self.has_expired(at)
        return self.State.INVALID if over else self.state

    # Which steps there are; who takes them says services/quotas.py.
    STEPS = {
        State.NORMAL: {State.INVALID, State.ADJUSTING, State.FROZEN, State.RECLAIMED},
        State.ADJUSTING: {State.NORMAL, State.INVALID, State.FROZEN},
        State.FROZEN: {State.NORMAL, State.INVALID},
        State.INVALID: {State.NORMAL},
        State.RECLAIMED: set(),
    }

    def mark(self, state: str) -> None:
        """Take a declared step. Raises InvalidTransition."""
        if state not in self.STEPS[self.State(self.state)]:
            words = {"now": self.get_state_display(), "then": self.State(state).label}
            raise InvalidTransition(_("额度当前为“%(now)s”，不能改为“%(then)s”。") % words)
        self.state = state
        self.save(update_fields=["state"])


def quota_number(pk: int) -> str:
    return f"Q{pk:010d}"
