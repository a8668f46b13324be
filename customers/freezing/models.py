from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from org.models import Member, Partner, Standing, User

from ..accounts.models import AccountUser
from . import rules


class State(models.TextChoices):
    NORMAL = "normal", _("正常")
    ACCOUNT = "account", _("账号已冻结")
    RESOURCES = "resources", _("账号与资源已冻结")
    RELEASED = "released", _("资源已释放")


class Cause(models.TextChoices):
    MANUAL = "manual", _("手动冻结")
    ARRIVAL = "arrival", _("关联后自动冻结")
    BUDGET = "budget", _("预算用尽自动冻结")


class FreezeQuerySet(LockingQuerySet):
    def of_account(self, place: AccountUser) -> "FreezeQuerySet":
        """The customer's side: of its present association."""
        return self.filter(
            cloud_account_id=place.cloud_account_id, customer__disassociated_at__isnull=True
        )

    def kept_since(self, at: datetime) -> "FreezeQuerySet":
        """Frozen with resources at `at` or before, by a partner that may unfreeze them."""
        return self.filter(
            state=State.RESOURCES, since__lte=at, customer__disassociated_at__isnull=True
        ).exclude(partner__effective_standing=Standing.FROZEN)

    def due_for_release(self, at: datetime) -> "FreezeQuerySet":
        """Frozen with resources for as long as data is kept. A partner that was frozen itself
        could not unfreeze them, and has a few days more."""
        lately = at - rules.WARN_BEFORE
        return self.kept_since(at - rules.KEPT_FOR).exclude(
            Q(partner__standing_since__gt=lately)
            | Q(partner__distributor__standing_since__gt=lately)
        )


class Freeze(models.Model):
    """冻结状态 of a 转售 customer. No row: never frozen.

    Its steps are STEPS and no others. Written by the vendor's side for both (accounts/sides.py).
    """

    STEPS: Mapping[str, tuple[str, ...]] = {
        State.NORMAL: (State.ACCOUNT, State.RESOURCES),
        State.ACCOUNT: (State.RESOURCES, State.NORMAL),
        State.RESOURCES: (State.NORMAL, State.RELEASED),
        State.RELEASED: (State.NORMAL,),
    }

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.OneToOneField(
        "customers.Customer",
        on_delete=models.PROTECT,
        related_name="freeze",
        verbose_name=_("客户"),
    )
    cloud_account = models.ForeignKey(
        "customers.CloudAccount", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("冻结状态"), max_length=10, choices=State, default=State.NORMAL)
    cause = models.CharField(_("冻结方式"), max_length=10, choices=Cause, blank=True, default="")
    since = models.DateTimeField(_("起始时间"))
    # New customers stay frozen until they have a budget.
    needs_budget = models.BooleanField(_("等待设置预算"), default=False)

    objects = FreezeQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户冻结状态")
        verbose_name_plural = pgettext_lazy("复数", "客户冻结状态")
        constraints = [
            models.CheckConstraint(
                name="customers_freeze_state_is_known",
                condition=Q(state="normal", cause="")
                | Q(state__in=["account", "resources", "released"])
                & Q(cause__in=["manual", "arrival", "budget"]),
            ),
            models.CheckConstraint(
                name="customers_freeze_holds_without_budget",
                condition=Q(needs_budget=False) | ~Q(state="normal"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["since"],
                name="customers_freeze_kept_idx",
                condition=Q(state="resources"),
            ),
            models.Index(fields=["cloud_account"], name="customers_freeze_account_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.state}"

    @property
    def is_frozen(self) -> bool:
        return self.state != State.NORMAL

    @property
    def is_manual(self) -> bool:
        return self.is_frozen and self.cause == Cause.MANUAL

    @property
    def released_after(self) -> datetime | None:
        """When the resources go unless it is unfrozen."""
        return self.since + rules.KEPT_FOR if self.state == State.RESOURCES else None

    def is_past_keeping(self, at: datetime) -> bool:
        """That day is over, and the resources are there still: their partner was frozen itself
        (`due_for_release`), or the release did not succeed yet."""
        return bool(self.released_after and self.released_after <= at)

    def check_step(self, to: str) -> None:
        """Raises InvalidTransition unless this step is one of STEPS."""
        if to not in self.STEPS[self.state]:
            words = {"state": self.get_state_display()}
            raise InvalidTransition(_("该客户的冻结状态是“%(state)s”，不能执行此操作。") % words)

    def mark(self, to: str, cause: str, *, at: datetime) -> None:
        self.check_step(to)
        self.state, self.since = to, at
        self.cause = "" if to == State.NORMAL else cause
        self.save(update_fields=["state", "cause", "since"])


class FreezeRecordQuerySet(models.QuerySet["FreezeRecord"]):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "FreezeRecordQuerySet":
        from ..models import Customer

        return self.filter(customer__in=Customer.objects.visible_to(member, resellers=resellers))


class FreezeRecord(models.Model):
    """冻结记录: one step, who took it and why. Append-only."""

    class Action(models.TextChoices):
        FREEZE_ACCOUNT = "account", _("冻结账号")
        FREEZE_RESOURCES = "resources", _("冻结账号与资源")
        UNFREEZE_ACCOUNT = "unfreeze", _("解冻账号")
        UNFREEZE_RESOURCES = "unfreeze_all", _("解冻账号与资源")
        RELEASE = "release", _("释放资源")
        LIFT = "lift", _("随关联变更解除")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        related_name="freeze_records",
        verbose_name=_("客户"),
    )
    action = models.CharField(_("操作"), max_length=12, choices=Action)
    cause = models.CharField(_("冻结方式"), max_length=10, choices=Cause, blank=True, default="")
    reason = models.CharField(_("原因"), max_length=rules.REASON_LONGEST, blank=True, default="")
    at = models.DateTimeField(_("时间"))
    # Who did it, and of which partner: a distributor acts for its resellers. The system: nobody.
    by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )
    by_partner = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作伙伴")
    )

    objects = FreezeRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("冻结记录")
        verbose_name_plural = pgettext_lazy("复数", "冻结记录")
        constraints = [
            models.CheckConstraint(
                name="customers_freezerecord_action_is_known",
                condition=Q(
                    action__in=[
                        *("account", "resources", "unfreeze", "unfreeze_all", "release", "lift")
                    ]
                ),
            ),
            models.CheckConstraint(
                name="customers_freezerecord_person_says_why",
                condition=Q(by__isnull=True) | ~Q(reason="") | Q(action="lift"),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-at", "-id"], name="customers_freezerecord_idx"),
            models.Index(fields=["customer", "-at", "-id"], name="customers_freezerecord_of_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.action}"


class LimitGrantQuerySet(LockingQuerySet):
    def open(self) -> "LimitGrantQuerySet":
        return self.filter(ended_at__isnull=True)

    def visible_to(self, member: Member) -> "LimitGrantQuerySet":
        """What the member's partner lets its resellers do."""
        return self.filter(distributor_id=member.partner_id)


class LimitGrant(models.Model):
    """预算和冻结权限: what a distributor lets one reseller do with its customers' limits.

    A change ends the row and makes the next one, so that the rows are the history. A ceiling that
    is not said is none.
    """

    class Kind(models.TextChoices):
        """预算类型."""

        MONTHLY = "monthly", _("月度预算")
        ONE_TIME = "one_time", _("一次性预算")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="limit_grants", verbose_name=_("云经销商")
    )
    distributor = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("总经销商")
    )
    may_freeze = models.BooleanField(_("冻结和解冻客户"), default=False)
    kinds = ArrayField(
        models.CharField(max_length=10, choices=Kind),
        verbose_name=_("可设置的预算类型"),
        default=list,
    )
    monthly_most = models.DecimalField(
        _("月度预算上限（元）"), max_digits=12, decimal_places=2, null=True
    )
    one_time_most = models.DecimalField(
        _("一次性预算上限（元）"), max_digits=12, decimal_places=2, null=True
    )
    given_at = models.DateTimeField(_("设置时间"))
    given_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("设置人")
    )
    ended_at = models.DateTimeField(_("结束时间"), null=True)

    objects = LimitGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("预算和冻结权限")
        verbose_name_plural = pgettext_lazy("复数", "预算和冻结权限")
        constraints = [
            models.UniqueConstraint(
                name="customers_limitgrant_one_open",
                fields=["partner"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="customers_limitgrant_kinds",
                condition=Q(kinds__contained_by=["monthly", "one_time"]),
            ),
            models.CheckConstraint(
                name="customers_limitgrant_ceilings",
                condition=(Q(monthly_most__isnull=True) | Q(monthly_most__gte=0))
                & (Q(one_time_most__isnull=True) | Q(one_time_most__gte=0)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["distributor", "-given_at", "-id"], name="customers_limitgrant_idx"
            ),
        ]

    def __str__(self) -> str:
        return str(self.partner_id)

    @property
    def kind_labels(self) -> list[str]:
        return [str(self.Kind(kind).label) for kind in self.kinds]

    def most(self, kind: str) -> Decimal | None:
        return self.monthly_most if kind == self.Kind.MONTHLY else self.one_time_most
