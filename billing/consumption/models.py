"""A charge as its customer's partner sees it."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from org.models import Member, Partner, Scope

from .codes import REFUNDS, BillType, ChargeMode, PaymentStatus

IS_REFUND = Q(category="Refund") | Q(bill_type__in=REFUNDS)


class CustomerChargeQuerySet(models.QuerySet["CustomerCharge"]):
    def visible_to(self, member: Member, *, resellers: bool = False) -> Self:
        """As daily figures are: a manager's begin with the day of the assignment."""
        if resellers:
            return self.filter(partner__in=member.reseller_ids)
        rows = self.filter(partner_id=member.partner_id)
        if member.scope is Scope.PARTNER:
            return rows
        if member.scope is Scope.OWN:
            return rows.filter(
                customer__account_manager=member,
                customer__assignments__manager=member,
                customer__assignments__ended_at__isnull=True,
                customer__assignments__started_at__date__lte=F("day"),
            )
        return rows.filter(customer__in=Customer.objects.visible_to(member).order_by())


class CustomerCharge(models.Model):
    """消费明细: a charge line, and the association that its day belongs to.

    A view of the database over charge lines (migration 0011): they are stored once, and count for
    whom figures count them. The wall around a tenant stands in the view.
    """

    id = models.BigIntegerField(primary_key=True)
    partner = models.ForeignKey(Partner, on_delete=models.DO_NOTHING, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, related_name="+")
    day = models.DateField(_("消费日期"))
    service = models.ForeignKey("billing.Service", on_delete=models.DO_NOTHING, related_name="+")
    category = models.CharField(_("费用类别"), max_length=12)
    currency = models.CharField(_("币种"), max_length=3)
    amount = models.DecimalField(_("消费金额"), max_digits=38, decimal_places=18)
    discount = models.DecimalField(_("优惠金额"), max_digits=38, decimal_places=18)
    rate = models.DecimalField(_("汇率"), max_digits=18, decimal_places=8, null=True)
    started_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"))
    region = models.CharField(_("区域"), max_length=100)
    resource = models.CharField(_("资源ID"), max_length=500)
    resource_name = models.CharField(_("资源名称"), max_length=200)
    order_number = models.CharField(_("订单号/交易号"), max_length=64)
    charge_mode = models.PositiveSmallIntegerField(_("计费模式"), choices=ChargeMode, null=True)
    bill_type = models.PositiveSmallIntegerField(_("账单类型"), choices=BillType, null=True)
    payment_status = models.PositiveSmallIntegerField(
        _("支付状态"), choices=PaymentStatus, null=True
    )

    objects = CustomerChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("消费明细")
        verbose_name_plural = pgettext_lazy("复数", "消费明细")
        managed = False
        db_table = "billing_customercharge"

    def __str__(self) -> str:
        return f"{self.day} {self.pk}"
