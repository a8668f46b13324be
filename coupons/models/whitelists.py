"""客户白名单 of a kind of coupon, in versions (§15.5)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from org.models import Member, Partner

from .quotas import Quota


class WhitelistVersionQuerySet(models.QuerySet["WhitelistVersion"]):
    def visible_to(self, member: Member) -> "WhitelistVersionQuerySet":
        return self.filter(partner_id=member.partner_id)


class WhitelistVersion(models.Model):
    """白名单版本: a list of customers of a kind, as one file had it. The newest one counts."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    kind = models.CharField(_("券类型"), max_length=10, choices=Quota.Kind)
    version = models.PositiveIntegerField(_("版本"))
    file = models.CharField(_("文件"), max_length=255)
    size = models.PositiveIntegerField(_("客户数"))
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("导入人")
    )
    at = models.DateTimeField(_("导入时间"))

    objects = WhitelistVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("白名单版本")
        verbose_name_plural = pgettext_lazy("复数", "白名单版本")
        constraints = [
            models.UniqueConstraint(
                name="coupons_whitelistversion_numbered", fields=["partner", "kind", "version"]
            ),
            models.CheckConstraint(
                name="coupons_whitelistversion_kind_is_known",
                condition=Q(kind__in=["voucher", "cash", "pickup"]),
            ),
        ]

    def __str__(self) -> str:
        return f"V{self.version}"


class WhitelistItem(models.Model):
    """白名单客户: by its 客户ID, as one version has it."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    version = models.ForeignKey(
        WhitelistVersion,
        on_delete=models.PROTECT,
        related_name="items",
        db_index=False,
        verbose_name=_("版本"),
    )
    number = models.CharField(_("客户ID"), max_length=64)

    class Meta:
        verbose_name = _("白名单客户")
        verbose_name_plural = pgettext_lazy("复数", "白名单客户")
        constraints = [
            models.UniqueConstraint(
                name="coupons_whitelistitem_once_a_version", fields=["version", "number"]
            ),
        ]

    def __str__(self) -> str:
        return self.number
