from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from org.models import Member, Partner, User


class AnnouncementQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "AnnouncementQuerySet":
        """Published, and the member is of those it is for; `is_read` says whether he has read it.

        An empty list of kinds, roles or partners means all of them.
        """
        read = AnnouncementRead.objects.filter(
            announcement=OuterRef("pk"), member=member, revision=OuterRef("revision")
        )
        return self.filter(
            Q(kinds=[]) | Q(kinds__contains=[member.partner.kind]),
            Q(roles=[]) | Q(roles__overlap=member.roles),
            Q(partner_ids=[]) | Q(partner_ids__contains=[member.partner_id]),
            state=Announcement.State.PUBLISHED,
        ).annotate(is_read=Exists(read))

    def on(self, day: date) -> "AnnouncementQuerySet":
        """What is up on that day in Beijing, from its start to midnight at its end."""
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day),
            Q(ends_on__isnull=True) | Q(ends_on__gte=day),
        )

    def unread(self) -> "AnnouncementQuerySet":
        return self.filter(is_read=False)


class Announcement(models.Model):
    """公告: one text by the vendor. Draft → published → withdrawn; a draft may be withdrawn too.

    A changed text is a new revision, which everybody has yet to read.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Level(models.TextChoices):
        NORMAL = "normal", _("普通")
        IMPORTANT = "important", _("重要")

    title = models.CharField(_("标题"), max_length=100)
    body = models.TextField(_("正文"), max_length=5000)
    title_en = models.CharField(_("英文标题"), max_length=150, blank=True, default="")
    body_en = models.TextField(_("英文正文"), max_length=8000, blank=True, default="")
    level = models.CharField(_("级别"), max_length=10, choices=Level, default=Level.NORMAL)
    kinds = ArrayField(
        models.CharField(max_length=20), verbose_name=_("伙伴类型"), default=list, blank=True
    )
    roles = ArrayField(
        models.CharField(max_length=30), verbose_name=_("角色"), default=list, blank=True
    )
    partner_ids = ArrayField(
        models.BigIntegerField(), verbose_name=_("指定伙伴"), default=list, blank=True
    )
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)
    # A number, as lists are ordered by it and go on after its last value.
    pinned = models.PositiveSmallIntegerField(
        _("置顶"), choices=((0, _("否")), (1, _("是"))), default=0
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(_("版本"), default=1)
    created_at = models.DateTimeField(_("创建时间"))
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("创建人")
    )
    published_at = models.DateTimeField(_("发布时间"), null=True)
    revised_at = models.DateTimeField(_("更新时间"), null=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)

    # Asked by `visible_to`.
    is_read: bool

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("公告")
        verbose_name_plural = pgettext_lazy("复数", "公告")
        constraints = [
            models.CheckConstraint(
                name="activity_announcement_state_and_times",
                condition=Q(state="draft", published_at__isnull=True, withdrawn_at__isnull=True)
                | Q(state="published", published_at__isnull=False, withdrawn_at__isnull=True)
                | Q(state="withdrawn", withdrawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="activity_announcement_level_is_known",
                condition=Q(level__in=["normal", "important"]),
            ),
            models.CheckConstraint(
                name="activity_announcement_pinned_or_not", condition=Q(pinned__in=[0, 1])
            ),
            models.CheckConstraint(
                name="activity_announcement_ends_after_start",
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("结束日期早于开始日期"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-pinned", "-published_at", "-id"],
                name="activity_announcement_up_idx",
                condition=Q(state="published"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def said_title(self) -> str:
        """In the reader's language, where the author wrote it."""
        return in_language(self.title, self.title_en)

    @property
    def said_body(self) -> str:
        return in_language(self.body, self.body_en)

    @property
    def is_important(self) -> bool:
        return self.level == self.Level.IMPORTANT

    def audience(self) -> models.QuerySet[Member]:
        """Whom it is for: the members of today, as `visible_to` asks of each."""
        rows = Member.objects.active()
        if self.kinds:
            rows = rows.filter(partner__kind__in=self.kinds)
        if self.roles:
            rows = rows.filter(roles__overlap=self.roles)
        if self.partner_ids:
            rows = rows.filter(partner__in=self.partner_ids)
        return rows

    def mark_published(self, *, at: datetime) -> None:
        if self.state != self.State.DRAFT:
            raise InvalidTransition(_("只有草稿可以发布。"))
        self.state, self.published_at = self.State.PUBLISHED, at
        self.save(update_fields=["state", "published_at"])

    def mark_withdrawn(self, *, at: datetime) -> None:
        if self.state == self.State.WITHDRAWN:
            raise InvalidTransition(_("该公告已撤回。"))
        self.state, self.withdrawn_at = self.State.WITHDRAWN, at
        self.save(update_fields=["state", "withdrawn_at"])


class AnnouncementReadQuerySet(models.QuerySet["AnnouncementRead"]):
    def visible_to(self, member: Member) -> "AnnouncementReadQuerySet":
        return self.filter(partner_id=member.partner_id, member=member)


class AnnouncementRead(models.Model):
    """公告阅读记录: the revision that a member has read last."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("成员")
    )
    announcement = models.ForeignKey(
        Announcement, on_delete=models.PROTECT, related_name="reads", verbose_name=_("公告")
    )
    revision = models.PositiveIntegerField(_("版本"))
    read_at = models.DateTimeField(_("阅读时间"))

    objects = AnnouncementReadQuerySet.as_manager()

    class Meta:
        verbose_name = _("公告阅读记录")
        verbose_name_plural = pgettext_lazy("复数", "公告阅读记录")
        constraints = [
            models.UniqueConstraint(
                name="activity_announcement_read_once", fields=["member", "announcement"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} v{self.revision}"


def in_language(chinese: str, english: str) -> str:
    return english if english and (get_language() or "").startswith("en") else chinese
