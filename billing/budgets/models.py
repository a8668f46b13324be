from datetime import date, datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from customers.freezing.models import LimitGrant
from customers.models import Customer
from org.models import Member, Partner, User

from . import rules

Kind = LimitGrant.Kind


class OnExhaustion(models.TextChoices):
    MANUAL = "manual", _("手动处理")
    FREEZE = "freeze", _("自动冻结账号")


def _amount(label: object) -> models.DecimalField:
    return models.DecimalField(label, max_digits=12, decimal_places=2)  # type: ignore[arg-type]


class BudgetQuerySet(LockingQuerySet):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "BudgetQuerySet":
        return self.filter(customer__in=Customer.objects.visible_to(member, resellers=resellers))


class Budget(models.Model):
    """预算 of a 转售 customer: at most one, replaced by the next.

    `used`, `counted_for` and `told` are kept by usage.py: how much of the period that began on
    `counted_for` is used, and at which level the partner was warned last.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.OneToOneField(
        Customer, on_delete=models.PROTECT, related_name="budget", verbose_name=_("客户")
    )
    kind = models.CharField(_("预算类型"), max_length=10, choices=Kind)
    amount = _amount(_("预算金额（元）"))
    on_exhaustion = models.CharField(
        _("预算用尽时"), max_length=10, choices=OnExhaustion, default=OnExhaustion.MANUAL
    )
    # From which day a one-time budget counts; a changed amount leaves it.
    starts_on = models.DateField(_("起算日期"))
    set_at = models.DateTimeField(_("设置时间"))
    used = models.DecimalField(_("已使用（元）"), max_digits=18, decimal_places=2, default=0)
    counted_for = models.DateField(_("统计起始日期"))
    told = models.PositiveSmallIntegerField(_("已提醒（%）"), default=0)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户预算")
        verbose_name_plural = pgettext_lazy("复数", "客户预算")
        constraints = [
            models.CheckConstraint(
                name="billing_budget_kind_is_known", condition=Q(kind__in=["monthly", "one_time"])
            ),
            models.CheckConstraint(
                name="billing_budget_amount", condition=Q(amount__gte=0, amount__lte=2147483647)
            ),
            models.CheckConstraint(
                name="billing_budget_on_exhaustion_is_known",
                condition=Q(on_exhaustion__in=["manual", "freeze"]),
            ),
            models.CheckConstraint(
                name="billing_budget_told", condition=Q(told__in=[0, 75, 90, 100])
            ),
        ]
        indexes = [models.Index(fields=["partner"], name="billing_budget_partner_idx")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.kind}"

    def used_on(self, today: date) -> Decimal:
        """Of a month that was not counted yet nothing is used."""
        now = rules.counts_from(self.kind, self.starts_on, today)
        return self.used if self.counted_for == now else Decimal(0)

    def percent_on(self, today: date) -> Decimal:
        return rules.percent(self.used_on(today), self.amount)

    def mark_told(self, level: int) -> None:
        self.told = level
        self.save(update_fields=["told"])

    def mark_set(
        self, kind: str, amount: Decimal, on_exhaustion: str, *, day: date, at: datetime
    ) -> None:
        """Another budget takes the place of this one; warnings begin anew."""
        if kind != self.kind:
            self.starts_on = day
        self.kind, self.amount, self.on_exhaustion = kind, amount, on_exhaustion
        self.set_at, self.told = at, 0
        self.save()


class BudgetRecordQuerySet(models.QuerySet["BudgetRecord"]):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "BudgetRecordQuerySet":
        return self.filter(customer__in=Customer.objects.visible_to(member, resellers=resellers))


class BudgetRecord(models.Model):
    """预算调整记录: a budget that was set, or went with the association. Append-only."""

    class Operation(models.TextChoices):
        SET = "set", _("设置")
        DELETE = "delete", _("删除")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="budget_records",
        verbose_name=_("客户"),
    )
    operation = models.CharField(_("操作"), max_length=10, choices=Operation)
    kind = models.CharField(_("预算类型"), max_length=10, choices=Kind)
    amount = _amount(_("预算金额（元）"))
    on_exhaustion = models.CharField(_("预算用尽时"), max_length=10, choices=OnExhaustion)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )
    by_partner = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作伙伴")
    )

    objects = BudgetRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("预算调整记录")
        verbose_name_plural = pgettext_lazy("复数", "预算调整记录")
        constraints = [
            models.CheckConstraint(
                name="billing_budgetrecord_operation_is_known",
                condition=Q(operation__in=["set", "delete"]),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-at", "-id"], name="billing_budgetrecord_idx"),
            models.Index(fields=["customer", "-at", "-id"], name="billing_budgetrecord_of_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.operation}"


class BudgetRecipientQuerySet(models.QuerySet["BudgetRecipient"]):
    def visible_to(self, member: Member) -> "BudgetRecipientQuerySet":
        return self.filter(partner_id=member.partner_id)


class BudgetRecipient(models.Model):
    """预算提醒接收人: a member who hears of the partner's budgets, beside the main account and the
    customer's manager (§4.5, [S173])."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    member = models.OneToOneField(
        Member,
        on_delete=models.PROTECT,
        related_name="budget_recipient",
        verbose_name=_("组织成员"),
    )
    added_at = models.DateTimeField(_("添加时间"))

    objects = BudgetRecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("预算提醒接收人")
        verbose_name_plural = pgettext_lazy("复数", "预算提醒接收人")
        indexes = [models.Index(fields=["partner"], name="billing_budgetrecipient_idx")]

    def __str__(self) -> str:
        return str(self.member_id)
