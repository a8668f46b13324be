from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.locking import LockingQuerySet
from org.models import Member, Partner

from .rules import MOST_PINNED_COLUMNS, NAME_LENGTH, QUERY_LENGTH


class SavedViewQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "SavedViewQuerySet":
        """One's own, and what colleagues share."""
        return self.filter(Q(member=member) | Q(is_shared=True), partner_id=member.partner_id)


class SavedView(models.Model):
    """视图: a name for an address of a list."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="views")
    list_key = models.CharField(_("列表"), max_length=40)
    name = models.CharField(_("名称"), max_length=NAME_LENGTH)
    # The query string without its `?`: tab, filters, size.
    query = models.CharField(_("条件"), max_length=QUERY_LENGTH, blank=True, default="")
    is_shared = models.BooleanField(_("共享"), default=False)
    created_at = models.DateTimeField(_("创建时间"))

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("视图")
        verbose_name_plural = _("视图")
        constraints = [
            models.UniqueConstraint(
                name="workbench_view_name_is_unique", fields=["member", "list_key", "name"]
            ),
            models.CheckConstraint(name="workbench_view_has_a_name", condition=~Q(name="")),
        ]
        indexes = [
            models.Index(
                fields=["partner", "list_key"],
                name="workbench_view_shared_idx",
                condition=Q(is_shared=True),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ArrangementQuerySet(LockingQuerySet):
    def of(self, member: Member, list_key: str) -> "ArrangementQuerySet":
        return self.filter(partner_id=member.partner_id, member=member, list_key=list_key)


class Arrangement(models.Model):
    """列表设置: how one member has arranged one list for himself."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="arrangements")
    list_key = models.CharField(_("列表"), max_length=40)
    column_order = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    hidden_columns = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    pinned_columns = models.PositiveSmallIntegerField(default=1)
    is_compact = models.BooleanField(default=False)
    default_view = models.ForeignKey(
        SavedView, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Views come and go: an id that leads to none is passed over.
    pinned_views = ArrayField(models.BigIntegerField(), default=list, blank=True)

    objects = ArrangementQuerySet.as_manager()

    class Meta:
        verbose_name = _("列表设置")
        verbose_name_plural = _("列表设置")
        constraints = [
            # One default view a list, because there is one row.
            models.UniqueConstraint(
                name="workbench_arrangement_once_a_list", fields=["member", "list_key"]
            ),
            models.CheckConstraint(
                name="workbench_arrangement_pinned_columns",
                condition=Q(pinned_columns__gte=1, pinned_columns__lte=MOST_PINNED_COLUMNS),
            ),
        ]

    def __str__(self) -> str:
        return self.list_key
