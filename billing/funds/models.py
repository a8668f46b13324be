"""Who owns which account of the ledger, and what an adjustment was."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer, in_scope
from ledger.models import Account, Transfer, transfer_number
from org.models import Member, Partner


class CustomerFunds(models.Model):
    """客户资金: the customer's 伙伴拨款账户, opened with the first act on it."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.OneToOneField(
        Customer, on_delete=models.PROTECT, related_name="funds", verbose_name=_("客户")
    )
    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("账户")
    )

    class Meta:
        verbose_name = _("客户资金")
        verbose_name_plural = pgettext_lazy("复数", "客户资金")

    def __str__(self) -> str:
        return str(self.customer_id)


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    def visible_to(self, member: Member) -> "AdjustmentQuerySet":
        """Of the member's customers; of resellers, for whoever works with the whole partner."""
        mine = Customer.objects.filter(in_scope(member))
        ours = self.filter(partner_id=member.partner_id)
        if member.scope == member.scope.PARTNER:
            return ours
        return ours.filter(customer__in=mine)


class Adjustment(models.Model):
    """调账记录: money that went to a customer or a reseller, or came back. Append-only."""

    class Type(models.TextChoices):
        ALLOCATE = "allocate", _("拨款")
        RECLAIM = "reclaim", _("回收")
        RETURN = "return", _("解绑回收")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    type = models.CharField(_("调账类型"), max_length=10, choices=Type)
    customer = models.ForeignKey(
        Customer,
        null=True,
        on_delete=models.PROTECT,
        related_name="adjustments",
        verbose_name=_("客户"),
    )
    reseller = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("云经销商")
    )
    transfer = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, related_name="adjustment", verbose_name=_("资金变动")
    )
    money = models.CharField(
        _("资金来源"),
        max_length=10,
        choices=[(kind.value, kind.label) for kind in (Account.Kind.CASH, Account.Kind.CREDIT)],
    )
    amount = models.DecimalField(_("金额"), max_digits=18, decimal_places=2)
    at = models.DateTimeField(_("时间"))
    member = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )
    memo = models.CharField(_("备注"), max_length=255, blank=True, default="")

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("调账记录")
        verbose_name_plural = pgettext_lazy("复数", "调账记录")
        constraints = [
            models.CheckConstraint(
                name="billing_adjustment_of_customer_or_reseller",
                condition=Q(customer__isnull=False, reseller__isnull=True)
                | Q(customer__isnull=True, reseller__isnull=False),
            ),
            models.CheckConstraint(
                name="billing_adjustment_type_is_known",
                condition=Q(type__in=["allocate", "reclaim", "return"]),
            ),
            models.CheckConstraint(
                name="billing_adjustment_money_is_known", condition=Q(money__in=["cash", "credit"])
            ),
            models.CheckConstraint(
                name="billing_adjustment_amount_is_positive", condition=Q(amount__gt=0)
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-id"], name="billing_adjustments_idx"),
            models.Index(fields=["customer", "-id"], name="billing_adjustments_of_idx"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """交易号."""
        return transfer_number(self.type, self.transfer_id)


class BalanceWarning(models.Model):
    """余额预警: below which balance of the cash account the partner wants to be told."""

    partner = models.OneToOneField(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    threshold = models.DecimalField(_("预警金额（元）"), max_digits=18, decimal_places=2, null=True)

    class Meta:
        verbose_name = _("余额预警")
        verbose_name_plural = pgettext_lazy("复数", "余额预警")
        constraints = [
            models.CheckConstraint(
                name="billing_balancewarning_is_positive",
                condition=Q(threshold__isnull=True) | Q(threshold__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return str(self.partner_id)

    @staticmethod
    def of(partner_id: int) -> Decimal | None:
        rows = BalanceWarning.objects.filter(partner_id=partner_id)
        return rows.values_list("threshold", flat=True).first()
