"""What raises alerts: rules, and the runs that applied them."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from org.models import Partner, User


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
