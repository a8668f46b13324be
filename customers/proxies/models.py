from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from org.models import Member, Partner

from ..accounts.models import AccountUser
from ..authorizations.models import Authorization
from ..authorizations.rules import REASON_LONGEST
from ..authorizations.scopes import Scope


class Purpose(models.TextChoices):
    """What somebody steps into a customer's account for."""

    ORDER = "order", _("代客下单")
    OPERATE = "operate", _("代客运维")


# What the purpose needs of the authorisation.
NEEDS = {Purpose.ORDER: Scope.ORDER, Purpose.OPERATE: Scope.OPERATE}


class ProxySessionQuerySet(LockingQuerySet):
    def open(self) -> "ProxySessionQuerySet":
        return self.filter(ended_at__isnull=True)


class ProxySession(models.Model):
    """代客会话: a member inside a customer's account, for one purpose, until it ends.

    Whether it still holds is asked of the authorisation with every request (services.py).
    """

    class End(models.TextChoices):
        SWITCHED_BACK = "back", _("切换角色")
        SIGNED_OUT = "out", _("退出登录")
        IDLE = "idle", _("长时间未操作")
        AUTHORIZATION = "authorization", _("授权已结束")
        ANOTHER = "another", _("进入了其他客户")
        RIGHTS = "rights", _("操作人权限变化")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        related_name="proxy_sessions",
        verbose_name=_("客户"),
    )
    authorization = models.ForeignKey(
        Authorization,
        on_delete=models.PROTECT,
        related_name="sessions",
        verbose_name=_("客户授权"),
    )
    operator = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )
    purpose = models.CharField(_("目的"), max_length=10, choices=Purpose)
    reason = models.CharField(_("事由"), max_length=REASON_LONGEST)
    started_at = models.DateTimeField(_("进入时间"))
    seen_at = models.DateTimeField(_("最近操作时间"))
    ended_at = models.DateTimeField(_("离开时间"), null=True)
    ended_how = models.CharField(_("离开方式"), max_length=15, choices=End, blank=True, default="")

    objects = ProxySessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("代客会话")
        verbose_name_plural = pgettext_lazy("复数", "代客会话")
        constraints = [
            models.UniqueConstraint(
                name="customers_proxysession_one_of_operator",
                fields=["operator"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="customers_proxysession_end",
                condition=Q(ended_at__isnull=True, ended_how="")
                | Q(ended_at__isnull=False) & ~Q(ended_how=""),
            ),
            models.CheckConstraint(name="customers_proxysession_says_why", condition=~Q(reason="")),
        ]
        indexes = [
            models.Index(
                fields=["seen_at"],
                name="customers_proxy_open_idx",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_id}-{self.customer_id}"

    def mark_ended(self, end: str, *, at: datetime) -> None:
        self.ended_at, self.ended_how = at, end
        self.save(update_fields=["ended_at", "ended_how"])


class ProxyActionQuerySet(models.QuerySet["ProxyAction"]):
    def visible_to(self, who: Member | AccountUser) -> "ProxyActionQuerySet":
        """A member's: of the customers he may see. A customer's: its own."""
        from ..models import Customer

        if isinstance(who, AccountUser):
            return self.filter(customer__in=Customer.objects.of_account(who))
        customers = Customer.objects.visible_to(who)
        return self.filter(partner_id=who.partner_id, customer__in=customers)


class ProxyAction(models.Model):
    """代客操作记录: one line of what was done inside a customer's account. Never rewritten.

    Partner and customer read the same rows; the customer's role does not read the operator.
    """

    class Kind(models.TextChoices):
        ENTERED = "entered", _("进入客户账号")
        LOOKED = "looked", _("查看资源")
        START = "start", _("启动资源")
        STOP = "stop", _("停止资源")
        RENEW = "renew", _("续费资源")
        RELEASE = "release", _("释放资源")
        ORDER = "order", _("下单")
        CANCEL = "cancel", _("取消订单")
        LEFT = "left", _("离开客户账号")

    class Result(models.TextChoices):
        DONE = "done", _("成功")
        ASKED = "asked", _("已提交")
        FAILED = "failed", _("失败")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        related_name="proxy_actions",
        verbose_name=_("客户"),
    )
    session = models.ForeignKey(
        ProxySession, on_delete=models.PROTECT, related_name="actions", verbose_name=_("代客会话")
    )
    operator = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )
    purpose = models.CharField(_("目的"), max_length=10, choices=Purpose)
    kind = models.CharField(_("操作"), max_length=10, choices=Kind)
    result = models.CharField(_("结果"), max_length=10, choices=Result, default=Result.DONE)
    subject = models.CharField(_("对象"), max_length=200, blank=True, default="")
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("时间"))
    address = models.GenericIPAddressField(_("IP 地址"), null=True)

    objects = ProxyActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("代客操作记录")
        verbose_name_plural = pgettext_lazy("复数", "代客操作记录")
        indexes = [
            models.Index(fields=["partner", "-at", "-id"], name="customers_proxyaction_idx"),
            models.Index(fields=["customer", "-at", "-id"], name="customers_proxy_customer_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}-{self.pk}"
