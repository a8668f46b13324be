from collections.abc import Iterable
from datetime import date, datetime

from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.clock import FIRST_DAY, LAST_DAY
from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.models import Customer, in_scope, owned_by
from org.models import Member, Partner, User

from . import rules


class Scenario(models.TextChoices):
    """场景: what kind of sign an alert is (customers_coupons.md §10.4)."""

    SPENDING_DROP = "spending_drop", _("消费大幅下降")
    NO_SPENDING = "no_spending", _("零消费")
    MASS_RELEASE = "mass_release", _("大量退订/释放")
    NO_LOGIN = "no_login", _("长期未登录")
    LEAVING = "leaving", _("发起解除关联")
    EXPIRING = "expiring", _("包年包月即将到期")
    LOW_BALANCE = "low_balance", _("余额不足")
    ARREARS = "arrears", _("已欠费/宽限期")


class AlertClass(models.TextChoices):
    CHURN = "churn", _("流失预警")
    RESOURCE = "resource", _("资源预警")


class RuleQuerySet(models.QuerySet["Rule"]):
    def in_force(self, day: date) -> "RuleQuerySet":
        """The newest enabled version of each scenario on that day; a newer disabled one ends it."""
        newest = (
            Rule.objects.filter(valid_from__lte=day)
            .order_by("scenario", "-valid_from", "-version")
            .distinct("scenario")
        )
        return self.filter(pk__in=newest.values("pk"), is_enabled=True).order_by("scenario")


class Rule(models.Model):
    """预警规则: one version of when a scenario raises an alert. Data, kept by the vendor.

    A version that has been used is never edited; a change is a new version.
    """

    scenario = models.CharField(_("场景"), max_length=20, choices=Scenario)
    version = models.PositiveIntegerField(_("版本"))
    alert_class = models.CharField(_("预警类别"), max_length=10, choices=AlertClass)
    parameters = models.JSONField(_("参数"), default=dict)
    quiet_days = models.PositiveSmallIntegerField(_("静默天数"), default=30)
    valid_from = models.DateField(_("生效日期"))
    is_enabled = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("创建时间"))
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("创建人")
    )

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("预警规则")
        verbose_name_plural = pgettext_lazy("复数", "预警规则")
        constraints = [
            models.UniqueConstraint(
                name="followups_rule_version_is_unique", fields=["scenario", "version"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scenario_display()} v{self.version}"


class GenerationRunQuerySet(models.QuerySet["GenerationRun"]):
    def finished(self) -> "GenerationRunQuerySet":
        """Runs for all partners that count as done."""
        return self.filter(state=GenerationRun.State.DONE, partner__isnull=True)


class GenerationRun(models.Model):
    """生成记录: one rule looked at one business date. A finished one is not repeated."""

    class State(models.TextChoices):
        DONE = "done", _("已完成")
        REFUSED = "refused", _("已拒绝")
        FAILED = "failed", _("失败")

    rule = models.ForeignKey(
        Rule, null=True, on_delete=models.PROTECT, related_name="runs", verbose_name=_("规则")
    )
    business_date = models.DateField(_("业务日期"))
    # null: every partner; a run for one partner repeats nothing and hinders nothing
    partner = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State)
    reason = models.CharField(_("说明"), max_length=500, blank=True, default="")
    looked_at = models.PositiveIntegerField(_("检查客户数"), default=0)
    made = models.PositiveIntegerField(_("新增预警数"), default=0)
    lapsed = models.PositiveIntegerField(_("失效预警数"), default=0)
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("结束时间"))
    # The outbox of the owners' notices: null while nobody was told of what this run made.
    announced_at = models.DateTimeField(_("通知时间"), null=True)

    objects = GenerationRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("预警生成记录")
        verbose_name_plural = pgettext_lazy("复数", "预警生成记录")
        constraints = [
            models.UniqueConstraint(
                name="followups_run_once_a_day",
                fields=["rule", "business_date"],
                condition=Q(state="done", partner__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["-business_date", "-id"], name="followups_run_recent_idx")]

    def __str__(self) -> str:
        return f"{self.business_date} {self.rule}"


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

    def counts(self, customer_ids: Iterable[int]) -> dict[int, int]:
        """预警个数: the number of alerts of each of these customers; none: not in the dict."""
        rows = self.filter(customer__in=list(customer_ids)).order_by().values_list("customer")
        return dict(rows.annotate(number=Count("pk")))

    def pending_counts(self, customer_ids: Iterable[int]) -> dict[int, int]:
        """待处理预警个数, likewise."""
        return self.pending().counts(customer_ids)

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
