from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.models import Customer
from customers.proxies.models import ProxySession
from org.models import Member, Partner

from ..orders.models import Order
from .kinds import Kind
from .rules import MOST_TRIES


class ResourceRequestQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "ResourceRequestQuerySet":
        customers = Customer.objects.visible_to(member)
        return self.filter(partner_id=member.partner_id, customer__in=customers)

    def due(self, at: datetime) -> "ResourceRequestQuerySet":
        """What a worker has to do now; one that a worker died over, too."""
        return self.filter(state__in=ResourceRequest.OPEN, next_at__lte=at)


class ResourceRequest(models.Model):
    """代客操作请求: one deed in a customer's account, carried out by the gateway from this row.

    On one resource; or an order for new ones (`parameters` say of what), or the end of an order.

    PostgreSQL is the queue: whoever takes a row moves `next_at` on, so that a killed worker's row
    comes again; the gateway knows a request by its number and does it once.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待执行")
        RUNNING = "running", _("执行中")
        DONE = "done", _("成功")
        FAILED = "failed", _("失败")

    OPEN = (State.WAITING, State.RUNNING)

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户")
    )
    session = models.ForeignKey(
        ProxySession, on_delete=models.PROTECT, related_name="requests", verbose_name=_("代客会话")
    )
    resource = models.ForeignKey(
        "billing.Resource",
        on_delete=models.PROTECT,
        related_name="requests",
        null=True,
        verbose_name=_("资源"),
    )
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="requests",
        null=True,
        db_index=False,  # nobody looks for them by it
        verbose_name=_("订单"),
    )
    asked_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )
    kind = models.CharField(_("操作"), max_length=10, choices=Kind)
    parameters = models.JSONField(_("参数"), default=dict)
    token = models.UUIDField(null=True, editable=False)  # of the form: sent twice, ordered once
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField(_("提交时间"))
    next_at = models.DateTimeField(_("下次执行"))
    tries = models.PositiveSmallIntegerField(_("次数"), default=0)
    ended_at = models.DateTimeField(_("完成时间"), null=True)
    result = models.CharField(_("结果"), max_length=200, blank=True, default="")

    objects = ResourceRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("代客操作请求")
        verbose_name_plural = pgettext_lazy("复数", "代客操作请求")
        constraints = [
            models.UniqueConstraint(
                name="billing_resourcerequest_one_open",
                fields=["resource"],
                condition=Q(state__in=["waiting", "running"]),
                violation_error_message=_("该资源已有一条执行中的操作"),
            ),
            models.UniqueConstraint(
                name="billing_resourcerequest_one_cancel",
                fields=["order"],
                condition=Q(kind="cancel", state__in=["waiting", "running"]),
                violation_error_message=_("该订单正在取消"),
            ),
            models.UniqueConstraint(
                name="billing_resourcerequest_once",
                fields=["partner", "token"],
                condition=Q(token__isnull=False),
            ),
            models.CheckConstraint(
                name="billing_resourcerequest_subject",
                condition=Q(kind="order", resource__isnull=True, token__isnull=False)
                | Q(kind="cancel", resource__isnull=True, order__isnull=False)
                | Q(
                    kind__in=["start", "stop", "renew", "release"],
                    resource__isnull=False,
                    order__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="billing_resourcerequest_ended",
                condition=Q(state__in=["waiting", "running"], ended_at__isnull=True)
                | Q(state__in=["done", "failed"], ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="billing_request_due_idx",
                condition=Q(state__in=["waiting", "running"]),
            ),
            models.Index(fields=["customer", "-asked_at"], name="billing_request_customer_idx"),
            models.Index(fields=["state", "-id"], name="billing_request_state_idx"),
            models.Index(
                fields=["partner", "-asked_at", "-id"],
                name="billing_request_orders_idx",
                condition=Q(kind="order"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def subject(self) -> str:
        """What the deed is done to, in a line of the log."""
        if self.resource:
            return f"{self.resource.name} {self.resource.number}".strip()
        if self.kind == Kind.CANCEL:
            return str(self.order)
        return "{service} {spec} × {quantity}".format(**self.parameters)

    @property
    def may_be_cancelled(self) -> bool:
        """Whether it made an order that can still be cancelled."""
        made = self.order if self.kind == Kind.ORDER else None
        return bool(made and not made.why_not_cancelled)

    @property
    def is_last_try(self) -> bool:
        return self.tries >= MOST_TRIES

    def mark_running(self, *, at: datetime) -> None:
        """Taken by a worker; it comes again later unless that one ends it."""
        self._must_be_open()
        self.state, self.tries = self.State.RUNNING, self.tries + 1
        self.next_at = at + timedelta(minutes=2**self.tries)
        self.save(update_fields=["state", "tries", "next_at"])

    def mark_waiting(self, *, at: datetime) -> None:
        """From the beginning, after it failed."""
        if self.state != self.State.FAILED:
            raise InvalidTransition(_("只有失败的请求可以重新执行。"))
        self.state, self.tries, self.next_at = self.State.WAITING, 0, at
        self.ended_at, self.result = None, ""
        self.save(update_fields=["state", "tries", "next_at", "ended_at", "result"])

    def mark_ended(
        self, state: str, result: str, *, order: Order | None = None, at: datetime
    ) -> None:
        """`order`: what it made."""
        self._must_be_open()
        self.state, self.result, self.ended_at = state, result[:200], at
        self.order = order or self.order
        self.save(update_fields=["state", "result", "ended_at", "order"])

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise InvalidTransition(_("该操作已结束"))
