from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from org.models import Member, Partner, User

KEPT = timedelta(days=3)  # how long the file lies here
UNDO_WITHIN = timedelta(hours=24)


class ImportQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "ImportQuerySet":
        """One's own; the main account sees all of the partner's. Never the vendor's."""
        ours = self.filter(partner_id=member.partner_id, member__isnull=False)
        return ours if member.is_main_account else ours.filter(member=member)

    def outdated(self, at: datetime) -> "ImportQuerySet":
        return self.filter(expires_at__lte=at).exclude(file="")


class Import(models.Model):
    """导入: a file that somebody sent, what its columns are, and what it would change.

    The preview is kept, so that its page asks for nothing; the commit reads the file again.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    # Who sent it: a member, or the vendor's staff.
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("导入人")
    )
    kind = models.CharField(max_length=40)
    name = models.CharField(_("文件"), max_length=255)
    file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    headers = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64)  # of the headers
    lines = models.PositiveIntegerField(_("行数"))
    mapping = models.JSONField(default=dict)  # column → its place in the file
    preview = models.JSONField(default=dict)  # counts and first rows
    wrong = models.JSONField(default=list)  # [line, column, reason]
    seal = models.CharField(max_length=32, blank=True, default="")
    done = models.JSONField(default=list)  # ids of the rows that the vendor's import made
    # A commit that is sent twice makes one job.
    token = models.UUIDField(default=uuid4, editable=False)
    job = models.OneToOneField(
        "jobs.Job",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,  # SameTenant's constraint is stricter
    )
    created_at = models.DateTimeField(_("上传时间"))
    committed_at = models.DateTimeField(_("导入时间"), null=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)
    expires_at = models.DateTimeField(_("文件保留至"))

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("导入")
        verbose_name_plural = pgettext_lazy("复数", "导入")
        constraints = [
            models.CheckConstraint(
                name="jobs_import_by_member_or_vendor",
                condition=Q(member__isnull=True) ^ Q(user__isnull=True),
            ),
            models.CheckConstraint(
                name="jobs_import_undone_after_commit",
                condition=Q(undone_at__isnull=True) | Q(committed_at__isnull=False),
            ),
        ]
        indexes = [
            # What the same person said of the same header before.
            models.Index(fields=["member", "kind", "-id"], name="jobs_import_member_idx"),
            models.Index(
                fields=["expires_at"], name="jobs_import_expires_idx", condition=~Q(file="")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def counts(self) -> dict[str, int]:
        return self.preview.get("counts", {})

    @property
    def undo_until(self) -> datetime | None:
        return self.committed_at + UNDO_WITHIN if self.committed_at else None

    def mark_mapped(self, mapping: dict[str, int]) -> None:
        self.mapping = mapping
        self.save(update_fields=["mapping"])

    def mark_previewed(self, preview: dict[str, Any], wrong: list[Any], seal: str) -> None:
        self.preview, self.wrong, self.seal = preview, wrong, seal
        self.save(update_fields=["preview", "wrong", "seal"])

    def mark_committed(
        self, *, at: datetime, job: Any = None, done: list[int] | None = None
    ) -> None:
        self.committed_at, self.job, self.done = at, job, done or []
        self.save(update_fields=["committed_at", "job", "done"])

    def mark_undone(self, *, at: datetime) -> None:
        self.undone_at = at
        self.save(update_fields=["undone_at"])

    def mark_expired(self) -> None:
        """The file is gone, and what was read from it."""
        self.file, self.preview, self.wrong = "", {"counts": self.counts}, []
        self.save(update_fields=["file", "preview", "wrong"])
