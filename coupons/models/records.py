"""操作记录 of issuing and reclaiming (§15.4)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from ledger.models import Transfer
from org.models import Member, Partner

from .coupons import Coupon, in_scope
from .quotas import Quota


class CouponRecordQuerySet(models.QuerySet["CouponRecord"]):
    def visible_to(self, member: Member) -> "CouponRecordQuerySet":
        return self.filter(in_scope(member))


class CouponRecord(models.Model):
    """券操作记录: an amount that went into a coupon or back, or why it did not. Append-only."""

    class Type(models.TextChoices):
        ISSUE = "issue", _("发放")
        RECLAIM = "reclaim", _("手动回收")
        LEAVE = "leave", _("解绑自动回收")
        EXPIRE = "expire", _("过期回收")
        UNSUBSCRIBE = "unsubscribe", _("退订回收")
        REVOKE = "revoke", _("退款充值撤销")
        JOIN = "join", _("建立关联回收")
        SWITCH = "switch", _("切换关联模式自动回收")
        MOVE = "move", _("云经销商转移")
        GIVE = "give", _("发放额度")
        TAKE = "take", _("回收额度")

    OF_QUOTAS = (Type.GIVE, Type.TAKE)

    # Found by the indexes below; each further one would be written with every record.
    partner = models.ForeignKey(
        *(Partner, models.PROTECT), db_index=False, related_name="+", verbose_name=_("伙伴")
    )
    type = models.CharField(_("操作类型"), max_length=12, choices=Type)
    quota = models.ForeignKey(
        *(Quota, models.PROTECT), db_index=False, related_name="records", verbose_name=_("额度")
    )
    coupon = models.ForeignKey(
        Coupon,
        null=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="records",
        verbose_name=_("券"),
    )
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户")
    )
    given = models.ForeignKey(  # the quota that a reseller got
        Quota,
        null=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("下级额度"),
    )
    reseller = models.ForeignKey(
        Partner,
        null=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("云经销商"),
    )
    transfer = models.OneToOneField(
        Transfer,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("资金变动"),
    )
    amount = models.DecimalField(_("金额"), max_digits=18, decimal_places=2)
    is_done = models.BooleanField(_("操作结果"), default=True)
    is_lost = models.BooleanField(_("已核销"), default=False)  # the quota's time was over
    reason = models.CharField(_("失败原因"), max_length=255, blank=True, default="")
    remark = models.CharField(_("备注"), max_length=255, blank=True, default="")
    at = models.DateTimeField(_("操作时间"))
    member = models.ForeignKey(
        Member,
        null=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("操作员"),
    )
    token = models.UUIDField(null=True)  # of the submit that it came from

    objects = CouponRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("券操作记录")
        verbose_name_plural = pgettext_lazy("复数", "券操作记录")
        constraints = [
            models.UniqueConstraint(
                name="coupons_couponrecord_once_a_submit",
                fields=["partner", "token", "customer"],
                condition=Q(type="issue"),
            ),
            models.UniqueConstraint(
                name="coupons_couponrecord_quota_once_a_submit",
                fields=["partner", "token", "reseller"],
                condition=Q(type="give"),
            ),
            models.CheckConstraint(
                name="coupons_couponrecord_done_has_its_transfer",
                condition=Q(is_done=True, amount=0, transfer__isnull=True)
                | Q(is_done=True, amount__gt=0, transfer__isnull=False)
                | Q(is_done=False, transfer__isnull=True, amount__gte=0),
            ),
            models.CheckConstraint(
                name="coupons_couponrecord_of_coupon_or_quota",
                condition=Q(type__in=["give", "take"], reseller__isnull=False, coupon__isnull=True)
                | Q(~Q(type__in=["give", "take"]), customer__isnull=False, reseller__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-id"], name="coupons_records_idx"),
            models.Index(fields=["quota", "-id"], name="coupons_records_of_idx"),
            models.Index(fields=["coupon"], name="coupons_records_coupon_idx"),
            models.Index(
                fields=["partner", "-id"],
                name="coupons_records_of_quotas_idx",
                condition=Q(type__in=["give", "take"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
