"""客户预警, and what became of them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.clock import FIRST_DAY, LAST_DAY
from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.models import Customer, in_scope, owned_by
from org.models import Member, Partner

from .. import rules
from .generation import AlertClass, Rule, Scenario

WAITING = Q(state="pending", snoozed_until__isnull=True)
SNOOZED = Q(state="pending", snoozed_until__isnull=False)


class AlertQuerySet(LockingQuerySet):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "AlertQuerySet":
        return self.filter(in_scope(member, resellers=resellers))

    def owned_by(self, member: Member) -> "AlertQuerySet":
        """Alerts that this member alone may handle."""
        return self.filter(owned_by(member))

    def pending(self) -> "AlertQuerySet":
        """待处理: what waits now. What was put aside waits again when it comes back."""
        return self.filter(WAITING)

    def counted(self, customer_ids: Iterable[int]) -> "models.QuerySet[Any]":
        """预警个数: each of these customers that has alerts, and how many."""
        rows = self.filter(customer__in=list(customer_ids)).order_by().values_list("customer")
        return rows.annotate(number=Count("pk"))

    def waiting_for(self, member: Member) -> dict[str, int]:
        """How many alerts wait in the member's data scope, by class (§10.5)."""
        rows = self.visible_to(member).pending().order_by().values_list("alert_class")
        return dict.fromkeys(AlertClass.values, 0) | dict(rows.annotate(number=Count("pk")))


class Alert(models.Model):
    """客户预警: a sign that a customer may leave (流失) or lose resources (资源)."""

    class State(models.TextChoices):
        PENDING = "pending", _("待处理")
        HANDLED = "handled", _("已处理")
        LAPSED = "lapsed", _("已失效")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="alerts")
    # The customer's, kept equal by the database (migration 0005): a manager's queue is found by it.
    account_manager = models.ForeignKey(
        Member,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    scenario = models.CharField(_("场景名称"), max_length=20, choices=Scenario)
    alert_class = models.CharField(_("预警类别"), max_length=10, choices=AlertClass)
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+")
    # The resource it is about, or empty: the customer itself.
    subject = models.CharField(max_length=160, blank=True, default="")
    # What raised it: with customer, scenario and subject the natural key of generation.
    cause = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)  # the figures the title and detail are made of
    raised_on = models.DateField(_("业务日期"))
    raised_at = models.DateTimeField(_("发送时间"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PENDING)
    handled_at = models.DateTimeField(_("处理时间"), null=True)
    lapsed_at = models.DateTimeField(_("失效时间"), null=True)
    # 暂缓: still pending for every rule, but not among what waits, until the night of this day.
    snoozed_until = models.DateField(_("暂缓至"), null=True)
    # The figures as they stood then (snoozing.py): back as soon as they change; empty: only then.
    snoozed_figure = models.CharField(max_length=200, blank=True, default="", db_default="")

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户预警")
        verbose_name_plural = pgettext_lazy("复数", "客户预警")
        constraints = [
            models.UniqueConstraint(
                name="followups_alert_raised_once",
                fields=["customer", "scenario", "subject", "cause"],
            ),
            models.UniqueConstraint(
                name="followups_alert_one_pending",
                fields=["customer", "scenario", "subject"],
                condition=Q(state="pending"),
            ),
            models.CheckConstraint(
                name="followups_alert_state_and_times",
                condition=Q(state="pending", handled_at__isnull=True, lapsed_at__isnull=True)
                | Q(state="handled", handled_at__isnull=False, lapsed_at__isnull=True)
                | Q(state="lapsed", handled_at__isnull=True, lapsed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="followups_alert_snoozed_while_pending",
                condition=Q(snoozed_until__isnull=True, snoozed_figure="")
                | Q(state="pending", snoozed_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "state", "-raised_at", "-id"], name="followups_alert_queue_idx"
            ),
            models.Index(
                fields=["partner", "account_manager", "state", "-raised_at", "-id"],
                name="followups_alert_manager_idx",
            ),
            models.Index(fields=["partner", "-raised_at", "-id"], name="followups_alert_all_idx"),
            models.Index(
                fields=["customer", "-raised_at", "-id"], name="followups_alert_customer_idx"
            ),
            # 资源到期日: the cause of such an alert begins with the day.
            models.Index(
                fields=["partner", "account_manager", "cause"],
                name="followups_alert_expiring_idx",
                condition=Q(state="pending", scenario="expiring"),
            ),
            models.Index(
                fields=["partner", "-raised_at", "-id"],
                name="followups_alert_snoozed_idx",
                condition=Q(snoozed_until__isnull=False),
            ),
            models.Index(  # for the search: the alerts of a resource
                fields=["partner", "subject"],
                name="followups_alert_subject_idx",
                condition=~Q(subject=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scenario_display()} {self.raised_on}"

    @property
    def is_churn(self) -> bool:
        return self.alert_class == AlertClass.CHURN

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING

    def check_pending(self) -> None:
        """Raises InvalidTransition when there is nothing to handle any more."""
        if self.state == self.State.LAPSED:
            raise InvalidTransition(_("该预警已失效，无需处理。"))
        if self.state != self.State.PENDING:
            raise InvalidTransition(_("该预警已被处理，您填写的内容未提交。"))

    def mark_handled(self, *, at: datetime) -> None:
        self.check_pending()
        self.state, self.handled_at = self.State.HANDLED, at
        self.snoozed_until, self.snoozed_figure = None, ""
        self.save(update_fields=["state", "handled_at", "snoozed_until", "snoozed_figure"])

    def mark_snoozed(self, until: date, figure: str) -> None:
        if self.state == self.State.LAPSED:
            raise InvalidTransition(_("该预警已失效，无需暂缓。"))
        if self.state != self.State.PENDING:
            raise InvalidTransition(_("该预警已被处理，无需暂缓。"))
        self.snoozed_until, self.snoozed_figure = until, figure
        self.save(update_fields=["snoozed_until", "snoozed_figure"])

    def mark_resumed(self) -> None:
        if self.snoozed_until is None:
            raise InvalidTransition(_("该预警未暂缓。"))
        self.snoozed_until, self.snoozed_figure = None, ""
        self.save(update_fields=["snoozed_until", "snoozed_figure"])


class AlertHandling(models.Model):
    """预警处理记录: what the sole owner found out and did. One per alert, never edited.

    Fields: customers_coupons.md §10.3.
    """

    class Outcome(models.TextChoices):
        LOST = "lost", _("已流失")
        NOT_LOST = "not_lost", _("未流失")
        RENEWED = "renewed", _("已续费")
        UNSUBSCRIBED = "unsubscribed", _("已退订")
        INFORMED = "informed", _("客户已知悉")
        FALSE_ALARM = "false_alarm", _("误报")

    class LostReason(models.TextChoices):
        PRICE = "price", _("价格")
        PRODUCT = "product", _("产品能力")
        SERVICE = "service", _("服务支持")
        CLOSED = "closed", _("业务下线")
        COMPETITOR = "competitor", _("转至友商")
        OTHER_ACCOUNT = "other_account", _("转其他伙伴/账号")
        BUDGET = "budget", _("预算")
        OTHER = "other", _("其他")

    class KeptReason(models.TextChoices):
        SEASONAL = "seasonal", _("季节性波动")
        NEXT_PROJECT = "next_project", _("项目结束新项目将启")
        SAVING = "saving", _("成本优化")
        MOVED = "moved", _("迁移至同主体其他账号")
        WRONG_DATA = "wrong_data", _("数据误报")
        OTHER = "other", _("其他")

    class Destination(models.TextChoices):
        COMPETITOR = "competitor", _("友商")
        OWN = "own", _("自建")
        NONE = "none", _("无")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="handling")
    outcome = models.CharField(_("处理结果"), max_length=12, choices=Outcome)
    lost_reasons = models.JSONField(_("流失原因"), default=list)
    destination = models.CharField(
        _("流失去向"), max_length=12, choices=Destination, blank=True, default=""
    )
    recoverable = models.BooleanField(_("是否可挽回"), null=True)
    kept_reason = models.CharField(
        _("未流失原因"), max_length=12, choices=KeptReason, blank=True, default=""
    )
    expected_recovery_on = models.DateField(_("预计恢复时间"), null=True)
    note = models.CharField(_("处理措施/说明"), max_length=500)
    contact = models.CharField(_("联系人"), max_length=64, blank=True, default="")
    contacted_at = models.DateTimeField(_("联系时间"), null=True)
    handled_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    handled_at = models.DateTimeField(_("处理时间"))

    class Meta:
        verbose_name = _("预警处理记录")
        verbose_name_plural = pgettext_lazy("复数", "预警处理记录")
        constraints = [
            models.CheckConstraint(
                name="followups_handling_lost_says_why",
                condition=~Q(outcome="lost") | (~Q(lost_reasons=[]) & Q(recoverable__isnull=False)),
            ),
            models.CheckConstraint(
                name="followups_handling_kept_says_why",
                condition=~Q(outcome="not_lost") | ~Q(kept_reason=""),
            ),
            # The form is stricter; these keep out what could not be read again.
            models.CheckConstraint(
                name="followups_handling_contact_in_time",
                condition=Q(contacted_at__isnull=True)
                | Q(
                    contacted_at__gte=rules.CONTACTED_FROM,
                    contacted_at__lte=F("handled_at") + rules.CONTACTED_AHEAD,
                ),
            ),
            models.CheckConstraint(
                name="followups_handling_recovery_in_time",
                condition=Q(expected_recovery_on__isnull=True)
                | Q(
                    expected_recovery_on__gte=FIRST_DAY,
                    expected_recovery_on__lte=LAST_DAY,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.outcome}"

    def get_lost_reasons_display(self) -> list[str]:
        words = dict(self.LostReason.choices)
        return [str(words.get(code, code)) for code in self.lost_reasons]


class Attachment(models.Model):
    """附件: a file given with a handling. Stored under a random name, served only as a download."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    handling = models.ForeignKey(
        AlertHandling, on_delete=models.PROTECT, related_name="attachments"
    )
    name = models.CharField(_("文件名"), max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("大小"))
    file = models.FileField(upload_to="followups/%Y/%m/")

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = pgettext_lazy("复数", "附件")

    def __str__(self) -> str:
        return self.name
