from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
