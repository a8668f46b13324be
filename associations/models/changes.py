from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.accounts.models import AccountUser
from customers.models import CloudAccount, Customer
from org.models import Member, Partner, User

from .. import rules


class AssociationChangeQuerySet(LockingQuerySet):
    def visible_to(self, member: Member | AccountUser) -> "AssociationChangeQuerySet":
        """A member's: of the customers he may see, former ones too. A customer's: its own."""
        if isinstance(member, AccountUser):
            return self.filter(cloud_account_id=member.cloud_account_id)
        customers = Customer.objects.visible_to(member)
        return self.filter(partner_id=member.partner_id, customer__in=customers)

    def open(self) -> "AssociationChangeQuerySet":
        return self.filter(state__in=AssociationChange.OPEN)


class AssociationChange(models.Model):
    """关联关系操作: a step between a customer and its partner: it came, changed its type, left.

    A change of type and a leaving are asked for by one side and wait for the other one's word.
    The rows are written by the vendor's side for both (services/sides.py).
    """

    class Kind(models.TextChoices):
        JOIN = "join", _("客户关联")
        SWITCH = "switch", _("切换关联类型")
        LEAVE = "leave", _("解除关联")

    class Initiator(models.TextChoices):
        PARTNER = "partner", _("伙伴")
        CUSTOMER = "customer", _("客户")
        SYSTEM = "system", _("系统")
        VENDOR = "vendor", _("厂商")

    class State(models.TextChoices):
        WAITS_FOR_CUSTOMER = "customer", _("待客户处理")
        WAITS_FOR_PARTNER = "partner", _("待伙伴处理")
        AGREED = "agreed", _("已同意")
        DONE = "done", _("已完成")
        REJECTED = "rejected", _("已拒绝")
        EXPIRED = "expired", _("已失效")
        WITHDRAWN = "withdrawn", _("已撤回")
        FAILED = "failed", _("失败")

    OPEN = (State.WAITS_FOR_CUSTOMER, State.WAITS_FOR_PARTNER, State.AGREED)
    WAITING = (State.WAITS_FOR_CUSTOMER, State.WAITS_FOR_PARTNER)

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="changes", verbose_name=_("客户")
    )
    cloud_account = models.ForeignKey(CloudAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("操作类型"), max_length=10, choices=Kind)
    initiator = models.CharField(_("发起方"), max_length=10, choices=Initiator)
    type_before = models.CharField(
        _("原关联类型"), max_length=10, choices=Customer.Association, blank=True, default=""
    )
    type_after = models.CharField(
        _("新关联类型"), max_length=10, choices=Customer.Association, blank=True, default=""
    )
    reason = models.CharField(_("原因"), max_length=rules.REASON_LONGEST, blank=True, default="")
    state = models.CharField(_("状态"), max_length=10, choices=State)
    asked_at = models.DateTimeField(_("申请时间"))
    asked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("申请人")
    )
    answer_by = models.DateTimeField(_("处理期限"), null=True)
    escalated_at = models.DateTimeField(_("转厂商处理时间"), null=True)
    handled_at = models.DateTimeField(_("处理时间"), null=True)
    handled_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("处理人")
    )
    comment = models.CharField(
        _("处理意见"), max_length=rules.REASON_LONGEST, blank=True, default=""
    )
    done_at = models.DateTimeField(_("完成时间"), null=True)
    effects = models.JSONField(_("影响"), default=list)  # [code, figures] of what was done

    objects = AssociationChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("关联关系操作")
        verbose_name_plural = _("关联关系操作记录")
        constraints = [
            models.UniqueConstraint(
                name="associations_change_one_open",
                fields=["customer"],
                condition=Q(state__in=["customer", "partner", "agreed"]),
                violation_error_message=_("该客户已有一条处理中的申请"),
            ),
            models.UniqueConstraint(
                name="associations_change_joined_once",
                fields=["customer"],
                condition=Q(kind="join"),
            ),
            models.CheckConstraint(
                name="associations_change_kind",
                condition=Q(kind="join", type_before="", state="done") & ~Q(type_after="")
                | Q(kind="switch")
                & ~Q(type_before="")
                & ~Q(type_after="")
                & ~Q(type_before=F("type_after"))
                | Q(kind="leave", type_after="") & ~Q(type_before=""),
            ),
            models.CheckConstraint(
                name="associations_change_state",
                condition=Q(state__in=["customer", "partner"], handled_at__isnull=True)
                & Q(answer_by__isnull=False, done_at__isnull=True)
                | Q(state="done", done_at__isnull=False)
                | Q(state__in=["agreed", "rejected", "expired", "withdrawn", "failed"])
                & Q(handled_at__isnull=False, done_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-asked_at", "-id"], name="associations_change_idx"),
            models.Index(
                fields=["cloud_account", "-asked_at", "-id"], name="associations_of_account_idx"
            ),
            models.Index(
                fields=["answer_by"],
                name="associations_waiting_idx",
                condition=Q(state__in=["customer", "partner"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}-{self.pk}"

    @property
    def is_waiting(self) -> bool:
        return self.state in self.WAITING

    def _leave_waiting(self) -> None:
        if not self.is_waiting:
            state = self.get_state_display()
            raise InvalidTransition(_("该申请已处理：%(state)s") % {"state": state})

    def mark_agreed(self, *, by: User, at: datetime) -> None:
        self._leave_waiting()
        self._handle(self.State.AGREED, by=by, at=at)

    def mark_rejected(self, comment: str, *, by: User, at: datetime) -> None:
        self._leave_waiting()
        self._handle(self.State.REJECTED, by=by, at=at, comment=comment)

    def mark_withdrawn(self, *, by: User, at: datetime) -> None:
        self._leave_waiting()
        self._handle(self.State.WITHDRAWN, by=by, at=at)

    def mark_expired(self, *, at: datetime) -> None:
        self._leave_waiting()
        self._handle(self.State.EXPIRED, by=None, at=at)

    def mark_escalated(self, *, at: datetime) -> None:
        """The partner let the time pass: from now on the vendor may decide, too."""
        self._leave_waiting()
        self.escalated_at = at
        self.save(update_fields=["escalated_at"])

    def mark_done(self, effects: list[Any], *, at: datetime) -> None:
        self._after_agreement()
        self.state, self.effects, self.done_at = self.State.DONE, effects, at
        self.save(update_fields=["state", "effects", "done_at"])

    def mark_failed(self, why: str) -> None:
        """Agreed, but what was true when it was asked for is so no longer."""
        self._after_agreement()
        self.state, self.comment = self.State.FAILED, why[: rules.REASON_LONGEST]
        self.save(update_fields=["state", "comment"])

    def _after_agreement(self) -> None:
        if self.state != self.State.AGREED:
            raise InvalidTransition(_("该申请还没有得到同意"))

    def _handle(self, state: str, *, by: User | None, at: datetime, comment: str = "") -> None:
        self.state, self.handled_by, self.handled_at, self.comment = state, by, at, comment
        self.save(update_fields=["state", "handled_by", "handled_at", "comment"])
