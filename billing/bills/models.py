"""Tables of 伙伴账单: what the vendor charges a partner for a month, and of what it is made."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from org.models import Member, Partner, Scope, User


def cny(label: Any = "") -> "models.DecimalField[Any, Any]":
    """CNY as the daily figures have it; only what is owed is rounded to fen."""
    return models.DecimalField(label, max_digits=26, decimal_places=8)


def fen(label: Any = "") -> "models.DecimalField[Any, Any]":
    return models.DecimalField(label, max_digits=18, decimal_places=2)


class BillRun(models.Model):
    """出账记录: a month whose bills are made. It is made once; what changes in the month
    afterwards comes onto the next month's bills."""

    month = models.DateField(_("账期"), unique=True)
    # Whether every day of it was complete by then.
    is_complete = models.BooleanField(_("数据完整"))
    bills = models.PositiveIntegerField(_("账单数"))
    lines = models.PositiveIntegerField(_("明细数"))
    made_at = models.DateTimeField(_("出账时间"))
    made_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )

    class Meta:
        verbose_name = _("出账记录")
        verbose_name_plural = pgettext_lazy("复数", "出账记录")
        constraints = [
            models.CheckConstraint(name="billing_billrun_is_a_month", condition=Q(month__day=1))
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class PartnerBillQuerySet(models.QuerySet["PartnerBill"]):
    def visible_to(self, member: Member) -> Self:
        """A bill is the whole partner's: who sees some of its customers only sees none."""
        rows = self.filter(partner_id=member.partner_id)
        return rows if member.scope is Scope.PARTNER else rows.none()


class PartnerBill(models.Model):
    """伙伴账单: what a provider or distributor owes the vendor for a month of 代售, its
    resellers' customers included. A month in which more was refunded than spent owes nothing."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="bills", verbose_name=_("伙伴")
    )
    month = models.DateField(_("账期"))
    total = cny(_("消费合计"))
    due = fen(_("应付金额"))
    is_complete = models.BooleanField(_("数据完整"))
    made_at = models.DateTimeField(_("出账时间"))

    objects = PartnerBillQuerySet.as_manager()

    class Meta:
        verbose_name = _("伙伴账单")
        verbose_name_plural = pgettext_lazy("复数", "伙伴账单")
        constraints = [
            models.UniqueConstraint(
                name="billing_partnerbill_once_a_month", fields=["partner", "month"]
            ),
            models.CheckConstraint(
                name="billing_partnerbill_is_of_a_month", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="billing_partnerbill_due_not_negative", condition=Q(due__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class BilledChargeQuerySet(models.QuerySet["BilledCharge"]):
    def visible_to(self, member: Member) -> Self:
        """What the partner itself is billed for, whosever customers they are."""
        rows = self.filter(payer_id=member.partner_id)
        return rows if member.scope is Scope.PARTNER else rows.none()


class BilledCharge(models.Model):
    """出账明细: what a month's billing says of one customer, product and month of charge.

    The lines of all bills together are the imported figures: a correction is a further line.
    `payer` is whom the vendor bills; of 顾问销售 it is nobody, the customer pays the vendor.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户")
    )
    customer_number = models.CharField(_("客户ID"), max_length=64)
    association_type = models.CharField(_("关联类型"), max_length=10, choices=Customer.Association)
    service = models.ForeignKey(
        "billing.Service", on_delete=models.PROTECT, related_name="+", verbose_name=_("云服务")
    )
    charge_month = models.DateField(_("消费月份"))
    bill_month = models.DateField(_("账期"))
    payer = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("付款伙伴")
    )
    amount = cny(_("金额（元）"))

    objects = BilledChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("出账明细")
        verbose_name_plural = pgettext_lazy("复数", "出账明细")
        constraints = [
            models.UniqueConstraint(
                name="billing_billedcharge_once",
                fields=["customer", "association_type", "service", "charge_month", "bill_month"],
            ),
            models.CheckConstraint(
                name="billing_billedcharge_resold_has_a_payer",
                condition=Q(association_type__in=["resale", "postpaid"], payer__isnull=False)
                | Q(association_type="referral", payer__isnull=True),
            ),
            models.CheckConstraint(
                name="billing_billedcharge_charged_before_billed",
                condition=Q(charge_month__lte=models.F("bill_month")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["payer", "-bill_month", "-id"],
                name="billing_billed_payer_idx",
                condition=Q(payer__isnull=False),
            ),
            models.Index(
                fields=["payer", "customer_number"],
                name="billing_billed_number_idx",
                condition=Q(payer__isnull=False),
            ),
            models.Index(fields=["charge_month"], name="billing_billed_charged_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.bill_month:%Y-%m}"


class TypeChange(models.Model):
    """关联类型变更: until when a customer's association had another type.

    Written by the database whenever the type of a customer changes, so that a charge counts for
    the type of its day. A day of change belongs to the type that came last (decision 6).
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户")
    )
    before = models.CharField(_("变更前"), max_length=10, choices=Customer.Association)
    changed_at = models.DateTimeField(_("变更时间"))

    class Meta:
        verbose_name = _("关联类型变更")
        verbose_name_plural = pgettext_lazy("复数", "关联类型变更")
        indexes = [
            models.Index(fields=["customer", "changed_at"], name="billing_typechange_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.before}"
