from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from org.models import User


class ReportFile(models.Model):
    """日报文件: one file that was taken on the vendor's desk, and what became of its lines."""

    class Kind(models.TextChoices):
        ORDERS = "orders", _("客户订单")
        ORDER_LINES = "order_lines", _("订单资源明细")
        RESOURCES = "resources", _("客户资源")
        ACCOUNT_FACTS = "account_facts", _("客户账号日报")

    kind = models.CharField(_("内容"), max_length=15, choices=Kind)
    name = models.CharField(_("文件名"), max_length=255)
    lines = models.PositiveIntegerField(_("导入行数"), default=0)
    changed = models.PositiveIntegerField(_("更新数"), default=0)
    bad_lines = models.PositiveIntegerField(_("错误行数"), default=0)
    errors = models.FileField(_("错误文件"), upload_to="billing/errors/", blank=True)
    imported_at = models.DateTimeField(_("导入时间"))
    imported_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("导入人")
    )

    class Meta:
        verbose_name = _("日报文件")
        verbose_name_plural = pgettext_lazy("复数", "日报文件")
        indexes = [models.Index(fields=["-imported_at", "-id"], name="billing_report_recent_idx")]

    def __str__(self) -> str:
        return self.name
