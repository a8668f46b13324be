from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from org.models import Member, Partner, Scope, User

from . import rules
from .announcements.models import Announcement, AnnouncementRead
from .kinds import COMPULSORY, MailChoice, kind_of

__all__ = [
    "AccountMail",
    "Activity",
    "ActivitySeal",
    "Announcement",
    "AnnouncementRead",
    "NoticeSettings",
    "Notification",
]


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
    # Names the browser session without being its key.
    session = models.CharField(_("会话"), max_length=12, blank=True, default="", db_default="")
    # Given by the database: the page that was open when the line was written (seals/sealing.py).
    page = models.BigIntegerField(editable=False, db_default=Func(function="activity_open_page"))

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
            models.Index(fields=["partner", "page", "id"], name="activity_by_page_idx"),
        ]

    def __str__(self) -> str:
        return self.verb


class ActivitySeal(models.Model):
    """操作日志封存: lines of one partner's log (or of the vendor's own) that nothing may change.

    It covers the lines on pages after `after_page` to `page` with ids `first_id` to `last_id`.
    `hash` is made from all that and from the seal before (seals/chain.py). With `removed_at` the
    lines are gone by age, and the seal is the anchor of those that follow.
    """

    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField()
    after_page = models.BigIntegerField()
    page = models.BigIntegerField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField()
    lines_hash = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("操作日志封存")
        verbose_name_plural = _("操作日志封存")
        constraints = [
            models.UniqueConstraint(
                name="activity_seal_follows_one",
                fields=["partner", "number"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="activity_seal_holds_lines",
                condition=Q(count__gt=0, first_id__lte=F("last_id"), after_page__lt=F("page")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id or 0}-{self.number}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, member: Member) -> "NotificationQuerySet":
        return self.filter(partner_id=member.partner_id, member=member)

    def unread(self) -> "NotificationQuerySet":
        """What still asks to be read: one whose cause is gone does not."""
        return self.filter(read_at__isnull=True, closed_at__isnull=True)

    def open_about(self, *causes: str) -> "NotificationQuerySet":
        return self.filter(cause__in=causes, closed_at__isnull=True).exclude(cause="")

    def to_mail(self) -> "NotificationQuerySet":
        return self.filter(mail_state=Notification.Mail.WAITING)

    def undeliverable(self) -> "NotificationQuerySet":
        """Dead letters: what no attempt delivered."""
        return self.filter(mail_state=Notification.Mail.FAILED)


class Notification(models.Model):
    """站内信: something one member should know. Also the outbox of its e-mail.

    Written in the transaction of the fact it tells; `key` names the fact, so that telling twice
    makes one row. `cause` names what it is about: when that is gone, the notification is closed.
    An e-mail may tell several; the others then name the one that leads it in `mail_with`.
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
    cause = models.CharField(max_length=100, default="", db_default="")
    closed_at = models.DateTimeField(_("失效时间"), null=True)
    mail_state = models.CharField(_("邮件状态"), max_length=10, choices=Mail, default=Mail.NONE)
    mail_attempts = models.PositiveSmallIntegerField(_("邮件发送次数"), default=0)
    mail_next_at = models.DateTimeField(_("下次发送时间"), null=True)
    mail_with = models.BigIntegerField(null=True)
    mail_sent_at = models.DateTimeField(_("邮件发送时间"), null=True)
    mail_error = models.CharField(_("邮件错误"), max_length=100, default="", db_default="")

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
                name="activity_unread_open_idx",
                condition=Q(read_at__isnull=True, closed_at__isnull=True),
            ),
            models.Index(
                fields=["cause"],
                name="activity_open_cause_idx",
                condition=Q(closed_at__isnull=True) & ~Q(cause=""),
            ),
            models.Index(
                fields=["-id"],
                name="activity_mail_failed_idx",
                condition=Q(mail_state="failed"),
            ),
            models.Index(
                fields=["mail_next_at", "id"],
                name="activity_mail_waiting_idx",
                condition=Q(mail_state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_compulsory(self) -> bool:
        return self.kind in COMPULSORY


class NoticeSettingsQuerySet(models.QuerySet["NoticeSettings"]):
    def visible_to(self, member: Member) -> "NoticeSettingsQuerySet":
        return self.filter(partner_id=member.partner_id, member=member)


class NoticeSettings(models.Model):
    """消息设置: how one member wants to be told. Who chose nothing has no row."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="+")
    mail = models.JSONField(default=dict)  # kind → MailChoice, where it is not the default
    digest_hour = models.PositiveSmallIntegerField(default=rules.DIGEST_HOUR)
    quiet_from = models.PositiveSmallIntegerField(null=True)
    quiet_to = models.PositiveSmallIntegerField(null=True)
    language = models.CharField(
        max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )

    objects = NoticeSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("消息设置")
        constraints = [
            models.CheckConstraint(
                name="activity_settings_digest_hour", condition=Q(digest_hour__lt=24)
            ),
            models.CheckConstraint(
                name="activity_settings_quiet_hours",
                condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | Q(quiet_from__lt=24, quiet_to__lt=24) & ~Q(quiet_from=F("quiet_to")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.member_id)

    @classmethod
    def of(cls, member: Member) -> "NoticeSettings":
        """The member's; the defaults, unsaved, of one who chose nothing."""
        kept = cls.objects.visible_to(member).first()
        return kept or cls(partner_id=member.partner_id, member=member)

    def choice(self, kind: str) -> MailChoice:
        its = kind_of(kind)
        chosen = self.mail.get(kind)
        known = chosen in MailChoice.values and not its.compulsory
        return MailChoice(chosen) if known else its.mail

    @property
    def quiet(self) -> rules.Quiet | None:
        if self.quiet_from is None or self.quiet_to is None:
            return None
        return rules.Quiet(self.quiet_from, self.quiet_to)

    def goes_at(self, notification: Notification, at: datetime) -> datetime:
        """When the e-mail of a notification may go; not before `at`. Security waits for nothing."""
        if notification.is_compulsory:
            return at
        daily = self.choice(notification.kind) == MailChoice.DAILY
        hour = self.digest_hour if daily else None
        return rules.goes_at(notification.created_at, at, digest_hour=hour, quiet=self.quiet)


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
