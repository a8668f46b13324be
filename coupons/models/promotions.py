"""促销活动: what the vendor publishes, and partners make activity vouchers for (§15.6b)."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from org.models import Member

from .codes import OrderType, codes, order_labels


class PromotionQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "PromotionQuerySet":
        """What is published is for every partner."""
        return self.all()

    def running(self, at: datetime) -> "PromotionQuerySet":
        return self.filter(starts_at__lte=at, ends_at__gt=at)


class Promotion(models.Model):
    """促销活动: its window says what state it is in; empty limits mean any."""

    class State(models.TextChoices):
        COMING = "coming", _("未开始")
        RUNNING = "running", _("进行中")
        OVER = "over", _("已结束")

    name = models.CharField(_("活动名称"), max_length=64, unique=True)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    services = ArrayField(
        models.CharField(max_length=128), verbose_name=_("云服务类型"), default=list, blank=True
    )
    order_types = codes(OrderType.choices, _("订购类型"))
    created_at = models.DateTimeField(_("发布时间"))

    objects = PromotionQuerySet.as_manager()

    class Meta:
        verbose_name = _("促销活动")
        verbose_name_plural = pgettext_lazy("复数", "促销活动")
        constraints = [
            models.CheckConstraint(
                name="coupons_promotion_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def state_at(self, at: datetime) -> str:
        if at < self.starts_at:
            return self.State.COMING
        return self.State.RUNNING if at < self.ends_at else self.State.OVER

    @property
    def order_labels(self) -> list[str]:
        return order_labels(self.order_types)
