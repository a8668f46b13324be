from collections.abc import Mapping
from datetime import datetime

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.refusals import InvalidTransition

from .users import User


class Standing(models.TextChoices):
    """How the vendor lets a partner sell as 转售; apart from 停用, which ends all acting."""

    NORMAL = "normal", _("正常")
    RESTRICTED = "restricted", _("受限")
    FROZEN = "frozen", _("冻结")


_STANDINGS = [standing.value for standing in Standing]


def worse(*standings: str) -> str:
    """What holds of several; the same as the database's `effective_standing`."""
    return max(standings, key=_STANDINGS.index)


def _standing(label: object) -> models.CharField:
    return models.CharField(
        label,  # type: ignore[arg-type]
        max_length=10,
        choices=Standing,
        default=Standing.NORMAL,
        db_default=Standing.NORMAL,
    )


class PartnerQuerySet(models.QuerySet["Partner"]):
    def active(self) -> "PartnerQuerySet":
        return self.filter(is_active=True)


class Partner(models.Model):
    """伙伴: a company that sells the cloud. The tenant of every row below.

    That `distributor` is one, and stays one, the database holds by a foreign key on its kind.
    """

    class Kind(models.TextChoices):
        DISTRIBUTOR = "distributor", _("总经销商")
        RESELLER = "reseller", _("云经销商")
        SOLUTION_PROVIDER = "solution_provider", _("解决方案提供商")

    class SalesModel(models.TextChoices):
        """How it sells on: the code is that of the association its customers have, beside 顾问销售.

        A reseller's is its distributor's, which the database holds by a foreign key on both.
        """

        RESALE = "resale", _("代售")
        POSTPAID = "postpaid", _("转售")

    name = models.CharField(_("名称"), max_length=100, unique=True)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    sales_model = models.CharField(
        _("销售模式"),
        max_length=10,
        choices=SalesModel,
        default=SalesModel.RESALE,
        db_default=SalesModel.RESALE,
    )
    credit_code = models.CharField(
        _("统一社会信用代码"), max_length=18, unique=True, null=True, blank=True
    )
    distributor = models.ForeignKey(
        "self",
        verbose_name=_("总经销商"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="resellers",
        limit_choices_to={"kind": "distributor"},
    )
    is_active = models.BooleanField(_("启用"), default=True)
    # A second person agrees before a file holds personal data unmasked (jobs/approval.py).
    exports_need_approval = models.BooleanField(
        _("导出个人信息需审批"), default=False, db_default=False
    )
    # 验证码验证: sensitive acts (customers_coupons.md §2.1) ask for the second factor again.
    sensitive_needs_code = models.BooleanField(
        _("敏感操作须再次验证"), default=False, db_default=False
    )
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    standing = _standing(_("经营状态"))
    # Its distributor's: a foreign key on both says so, and carries a change down.
    standing_above = _standing(_("总经销商的经营状态"))
    effective_standing = models.GeneratedField(
        verbose_name=_("生效的经营状态"),
        expression=Case(
            When(Q(standing="frozen") | Q(standing_above="frozen"), then=Value("frozen")),
            When(
                Q(standing="restricted") | Q(standing_above="restricted"),
                then=Value("restricted"),
            ),
            default=Value("normal"),
        ),
        output_field=models.CharField(max_length=10, choices=Standing),
        db_persist=True,
    )
    # Of the last change, the return to 正常 included.
    standing_since = models.DateTimeField(_("经营状态起始时间"), null=True, blank=True)
    standing_reason = models.CharField(
        _("经营状态的原因"), max_length=200, blank=True, default="", db_default=""
    )
    standing_by = models.ForeignKey(
        User,
        verbose_name=_("经营状态操作人"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    STANDING_STEPS: Mapping[str, tuple[str, ...]] = {
        Standing.NORMAL: (Standing.RESTRICTED, Standing.FROZEN),
        Standing.RESTRICTED: (Standing.FROZEN, Standing.NORMAL),
        Standing.FROZEN: (Standing.RESTRICTED, Standing.NORMAL),
    }

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("伙伴")
        verbose_name_plural = pgettext_lazy("复数", "伙伴")
        constraints = [
            models.CheckConstraint(
                name="org_partner_distributor_iff_reseller",
                condition=Q(kind="reseller", distributor__isnull=False)
                | (~Q(kind="reseller") & Q(distributor__isnull=True)),
                violation_error_message=_("云经销商必须且只能归属一个总经销商"),
            ),
            models.CheckConstraint(
                name="org_partner_kind_is_known",
                condition=Q(kind__in=["distributor", "reseller", "solution_provider"]),
            ),
            models.CheckConstraint(
                name="org_partner_sales_model_is_known",
                condition=Q(sales_model__in=["resale", "postpaid"]),
            ),
            models.CheckConstraint(
                name="org_partner_standing_is_known",
                condition=Q(standing__in=_STANDINGS, standing_above__in=_STANDINGS),
            ),
            models.CheckConstraint(
                name="org_partner_standing_says_why",
                condition=Q(standing="normal")
                | Q(standing_since__isnull=False) & ~Q(standing_reason=""),
            ),
            models.CheckConstraint(
                name="org_partner_nobody_stands_above",
                condition=Q(distributor__isnull=False) | Q(standing_above="normal"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_distributor(self) -> bool:
        return self.kind == self.Kind.DISTRIBUTOR

    @property
    def is_reseller(self) -> bool:
        return self.kind == self.Kind.RESELLER

    @property
    def is_postpaid(self) -> bool:
        """转售: budgets and freezing in place of 拨款."""
        return self.sales_model == self.SalesModel.POSTPAID

    @property
    def is_restricted(self) -> bool:
        """受限 or 冻结, by itself or with its distributor: its 转售 customers order nothing."""
        return self.effective_standing != Standing.NORMAL

    @property
    def is_frozen(self) -> bool:
        return self.effective_standing == Standing.FROZEN

    @property
    def stands_with_distributor(self) -> bool:
        """Whether what holds is its distributor's standing and not its own."""
        return self.effective_standing != self.standing

    def mark_standing(self, standing: str, reason: str, by: User | None, *, at: datetime) -> None:
        """Raises InvalidTransition unless this step is one of STANDING_STEPS."""
        if standing not in self.STANDING_STEPS[self.standing]:
            words = {"standing": self.get_standing_display()}
            raise InvalidTransition(_("该伙伴的经营状态是“%(standing)s”，不能执行此操作。") % words)
        self.standing, self.standing_reason = standing, reason
        self.standing_by, self.standing_since = by, at
        self.save(update_fields=["standing", "standing_reason", "standing_by", "standing_since"])
        self.refresh_from_db(fields=["effective_standing"])
