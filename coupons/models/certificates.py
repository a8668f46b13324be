"""每日证书: the figures of a day, chained to those of the day before."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from org.models import Member, Partner


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, member: Member) -> "CertificateQuerySet":
        return self.filter(partner_id=member.partner_id)


class Certificate(models.Model):
    """券账证书: what a partner's quotas held at the end of a day, and whether it balanced.

    `digest` is over the figures and the digest before, so that a changed past shows. Append-only.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    day = models.DateField(_("日期"))
    figures: Any = models.JSONField(_("数据"))
    broken = models.CharField(_("问题"), max_length=500, blank=True, default="")
    previous = models.CharField(_("前一证书"), max_length=64, blank=True, default="")
    digest = models.CharField(_("证书"), max_length=64)
    made_at = models.DateTimeField(_("生成时间"))

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("券账证书")
        verbose_name_plural = pgettext_lazy("复数", "券账证书")
        constraints = [
            models.UniqueConstraint(
                name="coupons_certificate_one_a_day", fields=["partner", "day"]
            ),
            models.UniqueConstraint(
                name="coupons_certificate_is_a_chain", fields=["partner", "previous"]
            ),
        ]

    def __str__(self) -> str:
        return self.digest[:12]
