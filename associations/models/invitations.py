from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.models import CloudAccount, Customer
from org.models import Member, Partner, Scope, User

from .. import rules


class InvitationQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "InvitationQuerySet":
        """Within the member's data scope: his own, his managers', or everybody's."""
        ours = self.filter(partner_id=member.partner_id)
        if member.scope is Scope.PARTNER:
            return ours
        if member.scope is Scope.OWN:
            return ours.filter(invited_by=member)
        team = Member.objects.filter(partner_id=member.partner_id, director=member)
        return ours.filter(Q(invited_by=member) | Q(invited_by__in=team))


class Invitation(models.Model):
    """客户邀请: an open hand of one partner; what the customer becomes is said in it.

    An e-mail invites one customer for seven days. A link, which is also a QR code, invites
    whoever opens it, until it ends or is revoked. The address of either is made from the row's
    number (links.py), so that nothing secret is stored.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("邮件邀请")
        LINK = "link", _("链接与二维码")

    class State(models.TextChoices):
        OPEN = "open", _("待客户处理")
        ACCEPTED = "accepted", _("已关联")
        REFUSED = "refused", _("客户已拒绝")
        REVOKED = "revoked", _("已撤销")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    channel = models.CharField(_("邀请方式"), max_length=10, choices=Channel)
    association_type = models.CharField(_("关联类型"), max_length=10, choices=Customer.Association)
    name = models.CharField(_("客户名称"), max_length=128, blank=True, default="")
    email = models.EmailField(_("邮箱"), blank=True, default="")
    label = models.CharField(
        _("自定义标签"), max_length=rules.LABEL_LONGEST, blank=True, default=""
    )
    invited_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("邀请人")
    )
    manager = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户经理")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(_("邀请时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    expires_at = models.DateTimeField(_("失效时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户邀请")
        verbose_name_plural = pgettext_lazy("复数", "客户邀请")
        constraints = [
            models.CheckConstraint(
                name="associations_invitation_channel",
                condition=Q(channel="email", expires_at__isnull=False) & ~Q(email="")
                | Q(channel="link", email=""),
            ),
            models.CheckConstraint(
                name="associations_invitation_state",
                condition=Q(state="open", ended_at__isnull=True)
                | Q(state__in=["accepted", "refused", "revoked"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="associations_invitation_type_is_one_of_three",
                condition=Q(association_type__in=["referral", "resale", "postpaid"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "-created_at", "-id"], name="associations_invitation_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}-{self.pk}"

    @property
    def is_email(self) -> bool:
        return self.channel == self.Channel.EMAIL

    def is_over(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at

    def mark_ended(self, state: str, *, at: datetime) -> None:
        if self.state != self.State.OPEN:
            raise InvalidTransition(
                _("该邀请已结束：%(state)s") % {"state": self.get_state_display()}
            )
        self.state, self.ended_at = state, at
        self.save(update_fields=["state", "ended_at"])

    def mark_sent(self, *, at: datetime, until: datetime) -> None:
        if self.state != self.State.OPEN or not self.is_email:
            raise InvalidTransition(
                _("该邀请已结束：%(state)s") % {"state": self.get_state_display()}
            )
        self.sent_at, self.expires_at = at, until
        self.save(update_fields=["sent_at", "expires_at"])


class InvitationAnswerQuerySet(models.QuerySet["InvitationAnswer"]):
    def visible_to(self, member: Member) -> "InvitationAnswerQuerySet":
        return self.filter(invitation__in=Invitation.objects.visible_to(member))


class InvitationAnswer(models.Model):
    """邀请结果: what one cloud account answered, or why it could not be associated."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("已关联")
        REFUSED = "refused", _("已拒绝")
        FAILED = "failed", _("关联失败")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    invitation = models.ForeignKey(
        Invitation, on_delete=models.PROTECT, related_name="answers", verbose_name=_("邀请")
    )
    cloud_account = models.ForeignKey(
        CloudAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("云账号")
    )
    account_name = models.CharField(_("客户名称"), max_length=128)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome)
    bars = ArrayField(models.CharField(max_length=30), verbose_name=_("失败原因"), default=list)
    words = models.CharField(_("客户说明"), max_length=rules.REASON_LONGEST, blank=True, default="")
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户")
    )
    at = models.DateTimeField(_("时间"))

    objects = InvitationAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("邀请结果")
        verbose_name_plural = pgettext_lazy("复数", "邀请结果")
        constraints = [
            models.CheckConstraint(
                name="associations_answer_outcome",
                condition=Q(outcome="accepted", customer__isnull=False, bars=[])
                | Q(outcome="refused", customer__isnull=True, bars=[]) & ~Q(words="")
                | Q(outcome="failed", customer__isnull=True) & ~Q(bars=[]),
            ),
        ]
        indexes = [
            models.Index(fields=["invitation", "-at", "-id"], name="associations_answer_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id}-{self.outcome}"
