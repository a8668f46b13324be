from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from org.models import Member, Partner, Scope, User

from .announcements.models import Announcement, AnnouncementRead

__all__ = ["AccountMail", "Activity", "Announcement", "AnnouncementRead", "Notification"]


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, member: Member) -> "ActivityQuerySet":
        """What was done in the member's data scope: by him, by his managers, or by anybody."""
        ours = self.filter(partner_id=member.partner_id)
        if member.scope is Scope.PARTNER:
            return ours
        team = Member.objects.filter(partner_id=member.partner_id, director=member)
        return ours.filter(Q(member=member) | Q(member__in=team))

    def about_customer(self, partner_id: int, customer_id: int) -> "ActivityQuerySet":
        """For whoever may see the customer: all that was done for it, by whomever."""
        return self.filter(partner_id=partner_id, customer_id=customer_id)


class Activity(models.Model):
    """操作记录: one business fact that happened. Never edited, never deleted.

    The application may only insert and read (granted in the database).
    """

    verb = models.CharField(_("操作"), max_length=50)
    partner = models.ForeignKey(
        Partner, verbose_name=_("伙伴"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    user = models.ForeignKey(
        User, verbose_name=_("操作人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    member = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("成员")
    )
    at = models.DateTimeField(_("时间"))
    subject_type = models.CharField(max_length=50)
    subject_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(_("客户"), null=True)
    before = models.JSONField(_("变更前"), default=dict)
    after = models.JSONField(_("变更后"), default=dict)
    request_id = models.CharField(_("请求编号"), max_length=32, blank=True, default="")
    address = models.GenericIPAddressField(_("来源地址"), null=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("操作记录")
        verbose_name_plural = _("操作日志")
        indexes = [
            models.Index(fields=["partner", "-at", "-id"], name="activity_by_partner_idx"),
            models.Index(
                fields=["partner", "customer_id", "-at", "-id"],
                name="activity_by_customer_idx",
                condition=Q(customer_id__isnull=False),
            ),
            models.Index(fields=["-at", "-id"], name="activity_by_time_idx"),
        ]

    def __str__(self) -> str:
        return self.verb


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, member: Member) -> "NotificationQuerySet":
        return self.filter(partner_id=member.partner_id, member=member)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)

    def to_mail(self) -> "NotificationQuerySet":
        return self.filter(mail_state=Notification.Mail.WAITING)


class Notification(models.Model):
    """站内信: something one member should know. Also the outbox of its e-mail.

    Written in the transaction of the fact it tells; `key` names the fact, so that telling twice
    makes one row.
    """

    class Mail(models.TextChoices):
        NONE = "none", _("不发送")
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="notifications", verbose_name=_("接收人")
    )
    kind = models.CharField(max_length=50)
    params = models.JSONField(default=dict)
    key = models.CharField(max_length=100)
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True)
    mail_state = models.CharField(_("邮件状态"), max_length=10, choices=Mail, default=Mail.NONE)
    mail_attempts = models.PositiveSmallIntegerField(_("邮件发送次数"), default=0)
    mail_next_at = models.DateTimeField(_("下次发送时间"), null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("站内信")
        verbose_name_plural = _("站内信")
        constraints = [
            models.UniqueConstraint(
                name="activity_notification_told_once", fields=["member", "key"]
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-created_at", "-id"], name="activity_notification_idx"),
            models.Index(
                fields=["member"],
                name="activity_unread_idx",
                condition=Q(read_at__isnull=True),
            ),
            models.Index(
                fields=["mail_next_at", "id"],
                name="activity_mail_waiting_idx",
                condition=Q(mail_state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class AccountMail(models.Model):
    """账号邮件: an e-mail about somebody's account, in the outbox until it is sent.

    It may hold the code of a reset: the row goes when it was sent, or when `good_until` is over.
    """

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    good_until = models.DateTimeField()
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_next_at = models.DateTimeField()

    class Meta:
        verbose_name = _("账号邮件")
        verbose_name_plural = _("账号邮件")

    def __str__(self) -> str:
        return self.subject
