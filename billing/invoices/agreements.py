"""Tables beside the invoices: contracts to look up, and what two partners settle on their own."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.bills.models import fen
from core.locking import LockingQuerySet
from org.models import Member, Partner, Scope, User


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(partner_id=member.partner_id)


class Contract(models.Model):
    """线下合同: a contract between the vendor and a partner. Kept by the vendor, looked up by
    the partner with its code."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    number = models.CharField(_("合同编码"), max_length=40, unique=True)
    name = models.CharField(_("合同名称"), max_length=100)
    signed_on = models.DateField(_("签订日期"))
    starts_on = models.DateField(_("生效日期"))
    ends_on = models.DateField(_("失效日期"))
    amount = models.DecimalField(
        _("合同金额（元）"), max_digits=18, decimal_places=2, null=True, blank=True
    )

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("线下合同")
        verbose_name_plural = pgettext_lazy("复数", "线下合同")
        constraints = [
            models.CheckConstraint(
                name="billing_contract_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))
            )
        ]

    def __str__(self) -> str:
        return self.number


class SettlementQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> Self:
        """Of either side. It is the whole partner's: who sees some customers only sees none."""
        if member.scope is not Scope.PARTNER:
            return self.none()
        return self.filter(Q(partner_id=member.partner_id) | Q(reseller_id=member.partner_id))


class Settlement(models.Model):
    """结算记录: what a distributor and its reseller settled by their own agreement.

    Either records it, the other agrees or objects. The vendor computes nothing of it.
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("付款")
        INVOICE = "invoice", _("开票")
        REFUND = "refund", _("退款")

    class State(models.TextChoices):
        WAITING = "waiting", _("待确认")
        AGREED = "agreed", _("已确认")
        DISPUTED = "disputed", _("有异议")
        WITHDRAWN = "withdrawn", _("已撤销")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("总经销商")
    )
    reseller = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("云经销商")
    )
    # Of both, because a reseller reads no row of its distributor.
    partner_name = models.CharField(_("总经销商"), max_length=100)
    reseller_name = models.CharField(_("云经销商"), max_length=100)
    month = models.DateField(_("账期"))
    kind = models.CharField(_("结算事项"), max_length=10, choices=Kind)
    amount = fen(_("金额（元）"))
    number = models.CharField(_("单号"), max_length=40, blank=True, default="")
    note = models.CharField(_("备注"), max_length=200, blank=True, default="")
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    recorder = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("登记方")
    )
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("登记时间"))
    answerer = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    objection = models.CharField(_("异议原因"), max_length=200, blank=True, default="")

    objects = SettlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("结算记录")
        verbose_name_plural = pgettext_lazy("复数", "结算记录")
        constraints = [
            models.CheckConstraint(
                name="billing_settlement_amount_positive", condition=Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="billing_settlement_is_of_a_month", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="billing_settlement_recorded_by_a_side",
                condition=Q(recorder=F("partner")) | Q(recorder=F("reseller")),
            ),
            models.CheckConstraint(
                name="billing_settlement_answered_by_the_other",
                condition=Q(
                    state__in=["waiting", "withdrawn"],
                    answerer__isnull=True,
                    answered_at__isnull=True,
                    objection="",
                )
                | Q(state="agreed", answered_at__isnull=False, objection="")
                & (Q(answerer=F("partner")) | Q(answerer=F("reseller")))
                & ~Q(answerer=F("recorder"))
                | Q(state="disputed", answered_at__isnull=False)
                & ~Q(objection="")
                & (Q(answerer=F("partner")) | Q(answerer=F("reseller")))
                & ~Q(answerer=F("recorder")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "-recorded_at", "-id"], name="billing_settlement_ours_idx"
            ),
            models.Index(
                fields=["reseller", "-recorded_at", "-id"], name="billing_settlement_theirs_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.amount}"
