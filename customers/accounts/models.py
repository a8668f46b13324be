from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.access import ALLOWED, Decision, denied
from core.locking import LockingQuerySet
from org.models import User


class Fact(models.TextChoices):
    """What the vendor says of a cloud account, beyond its name. A fact that is not said is not so.

    Codes are stored: a new one is added at the end, none is renamed.
    """

    INTERNATIONAL = "international", _("在国际站注册")
    PARTNER = "partner", _("是伙伴，或正在成为伙伴")
    REPORTED = "reported", _("已由厂商报备")
    REPORTED_ELSEWHERE = "reported_elsewhere", _("已由其他伙伴报备")
    SUBSIDY = "subsidy", _("已加入或正在加入政府补贴项目")
    REWARD = "reward", _("已加入厂商奖励推广计划")
    CONSUMER = "consumer", _("消费者云用户")
    SPENT = "spent", _("关联前已有现金消费")
    ARREARS = "arrears", _("有欠费")
    INTERNAL = "internal", _("厂商内部账号")
    SPECIAL_CONTRACT = "special_contract", _("与厂商有生效中的特殊合同")
    MANAGED_SUB = "managed_sub", _("企业财务托管子账号")
    INDEPENDENT_SUB = "independent_sub", _("企业独立核算子账号")
    MASTER = "master", _("有独立核算子账号的企业主账号")
    RESERVED_INSTANCE = "reserved_instance", _("有未到期的预留实例")
    INVOICE_DEBT = "invoice_debt", _("有欠票金额")
    STORED_CARD = "stored_card", _("有未用完的储值卡")
    GIFT_BALANCE = "gift_balance", _("账户余额含充值赠送")
    SUPPORT_PLAN = "support_plan", _("参加合作伙伴支持计划")
    UNPAID_ORDER = "unpaid_order", _("有待支付的订单")


class AccountUserQuerySet(LockingQuerySet):
    def active(self) -> "AccountUserQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user: Any) -> "AccountUserQuerySet":
        """A person's own places: one for each cloud account that he may act for."""
        return self.active().filter(user_id=user.pk).select_related("cloud_account")

    def of_account(self, place: "AccountUser") -> "AccountUserQuerySet":
        """Everybody who has, or had, a place where this person has his."""
        return self.filter(cloud_account_id=place.cloud_account_id)


class AccountUser(models.Model):
    """客户用户: one person's place at one cloud account.

    The main user (主用户) decides for it and says who else may: `may_handle`. Others look.
    """

    cloud_account = models.ForeignKey(
        "customers.CloudAccount",
        on_delete=models.PROTECT,
        related_name="users",
        verbose_name=_("云账号"),
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("用户")
    )
    is_main = models.BooleanField(_("主用户"), default=False)
    may_handle = models.BooleanField(_("可以处理"), default=False, db_default=False)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("创建时间"))

    objects = AccountUserQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户用户")
        verbose_name_plural = pgettext_lazy("复数", "客户用户")
        constraints = [
            models.UniqueConstraint(
                name="customers_accountuser_once_an_account",
                fields=["cloud_account", "user"],
                violation_error_message=_("该用户已是此云账号的用户"),
            ),
            models.UniqueConstraint(
                name="customers_accountuser_one_main_user",
                fields=["cloud_account"],
                condition=Q(is_main=True),
                violation_error_message=_("每个云账号只有一个主用户"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cloud_account_id}-{self.user_id}"

    def decide_for_account(self) -> Decision:
        """Whether this person may decide for the account, not only look."""
        if self.is_main or self.may_handle:
            return ALLOWED
        return denied(
            gettext("您在此云账号只有查看权限，不能处理"), gettext("请联系贵公司的主用户")
        )

    def decide_people(self) -> Decision:
        """Whether this person may say who else acts for the account."""
        if self.is_main:
            return ALLOWED
        return denied(gettext("只有云账号的主用户可以管理用户"), gettext("请联系贵公司的主用户"))


class UserInvitationQuerySet(LockingQuerySet):
    def of_account(self, place: AccountUser) -> "UserInvitationQuerySet":
        return self.filter(cloud_account_id=place.cloud_account_id)

    def open(self) -> "UserInvitationQuerySet":
        """Neither answered nor revoked; it may be too late all the same."""
        return self.filter(ended_at__isnull=True)


class UserInvitation(models.Model):
    """用户邀请: a colleague whom the main user asked to join, by the letter sent to his address."""

    class Ended(models.TextChoices):
        JOINED = "joined", _("已加入")
        REVOKED = "revoked", _("已撤销")

    cloud_account = models.ForeignKey(
        "customers.CloudAccount", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("姓名"), max_length=64)
    email = models.EmailField(_("邮箱"))  # in lower case
    may_handle = models.BooleanField(_("可以处理"))
    sent_at = models.DateTimeField(_("发送时间"))
    expires_at = models.DateTimeField(_("失效时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    ended_how = models.CharField(max_length=10, choices=Ended, blank=True, default="")

    objects = UserInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("用户邀请")
        verbose_name_plural = pgettext_lazy("复数", "用户邀请")
        constraints = [
            models.UniqueConstraint(
                name="customers_userinvitation_one_is_open",
                fields=["cloud_account", "email"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="customers_userinvitation_ended_somehow",
                condition=Q(ended_at__isnull=True, ended_how="")
                | Q(ended_at__isnull=False, ended_how__in=["joined", "revoked"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cloud_account_id}-{self.pk}"

    def mark_ended(self, how: str, *, at: datetime) -> None:
        self.ended_at, self.ended_how = at, how
        self.save(update_fields=["ended_at", "ended_how"])


class AccountNoticeQuerySet(models.QuerySet["AccountNotice"]):
    def visible_to(self, place: AccountUser) -> "AccountNoticeQuerySet":
        return self.filter(cloud_account_id=place.cloud_account_id)

    def unread(self) -> "AccountNoticeQuerySet":
        return self.filter(read_at__isnull=True)


class AccountNotice(models.Model):
    """客户消息: something the users of a cloud account should know; whoever reads it, read it.

    Also mailed to each of them when it is written. `key` names the fact, so that telling twice
    makes one row; the words are made when it is read (texts.py).
    """

    cloud_account = models.ForeignKey(
        "customers.CloudAccount", on_delete=models.PROTECT, related_name="notices"
    )
    kind = models.CharField(max_length=50)
    params = models.JSONField(default=dict)
    key = models.CharField(max_length=100)
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True)

    objects = AccountNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户消息")
        verbose_name_plural = pgettext_lazy("复数", "客户消息")
        constraints = [
            models.UniqueConstraint(
                name="customers_accountnotice_told_once", fields=["cloud_account", "key"]
            ),
        ]
        indexes = [
            models.Index(
                fields=["cloud_account", "-created_at", "-id"], name="customers_notices_idx"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def mark_read(self, *, at: datetime) -> None:
        if not self.read_at:
            self.read_at = at
            self.save(update_fields=["read_at"])
