from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models, transaction
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from core.search import search_text
from org.models import Member, Partner, Scope
from org.permissions import ACCOUNT_MANAGER

from .accounts import models as _accounts  # noqa: F401  (its tables are the app's, too)
from .accounts.models import AccountUser, Fact
from .authorizations import models as _authorizations  # noqa: F401  (its tables are the app's)
from .freezing import models as _freezing  # noqa: F401  (its tables are the app's, too)
from .notes import models as _notes  # noqa: F401  (its tables are the app's, too)
from .proxies import models as _proxies  # noqa: F401  (its tables are the app's, too)
from .rules import RESOLD


class CloudAccount(models.Model):
    """云账号: the account at the cloud, whichever partner it belongs to. The vendor's row.

    What a partner sees of it is copied onto its `Customer` row, so that tenant rows stand alone.
    """

    number = models.CharField(_("客户ID"), max_length=64, unique=True)
    name = models.CharField(_("客户名称"), max_length=128, blank=True, default="")
    registered_on = models.DateField(_("注册日期"), null=True, blank=True)
    facts = ArrayField(
        models.CharField(max_length=20, choices=Fact),
        verbose_name=_("账号事实"),
        default=list,
        db_default=Value([], output_field=ArrayField(models.CharField(max_length=20))),
        blank=True,
    )
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("云账号")
        verbose_name_plural = pgettext_lazy("复数", "云账号")
        constraints = [
            models.CheckConstraint(
                name="customers_cloudaccount_facts_are_known",
                condition=Q(facts__contained_by=[fact.value for fact in Fact]),
            ),
        ]

    def __str__(self) -> str:
        return self.number


# Two rules over a customer, as conditions: also for rows that carry their customer's partner and
# account manager, as alerts do.


def in_scope(member: Member, *, resellers: bool = False) -> Q:
    """The tenancy rule: whose rows the member works with, by partner and data scope.

    Args:
        resellers: instead of the member's own, the customers of the distributor's resellers.
    """
    if resellers:
        return Q(partner__in=member.reseller_ids)
    ours = Q(partner_id=member.partner_id)
    if member.scope is Scope.OWN:
        return ours & Q(account_manager=member)
    if member.scope is Scope.TEAM:
        team = Member.objects.filter(partner_id=member.partner_id, director=member)
        return ours & Q(account_manager__in=team)
    return ours


def owned_by(member: Member) -> Q:
    """客户归属唯一责任人: the acting account manager, else the main account.

    A manager who left or is no 客户经理 any more stays on record and owns nothing.
    """
    ours = Q(partner_id=member.partner_id)
    mine = Q(account_manager=member) if member.is_account_manager else Q(pk__in=())
    if not member.is_main_account:
        return ours & mine
    return ours & (
        mine
        | Q(account_manager__isnull=True)
        | Q(account_manager__is_active=False)
        | Q(account_manager__user__is_active=False)
        | ~Q(account_manager__roles__contains=[ACCOUNT_MANAGER])
    )


class CustomerQuerySet(LockingQuerySet):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "CustomerQuerySet":
        """Every other app narrows its rows through this method."""
        return self.filter(in_scope(member, resellers=resellers))

    def of_account(self, place: AccountUser) -> "CustomerQuerySet":
        """The customer's side: its own associations, the present and former ones."""
        return self.filter(cloud_account_id=place.cloud_account_id)

    def associated(self) -> "CustomerQuerySet":
        return self.filter(disassociated_at__isnull=True)

    def in_arrears(self) -> "CustomerQuerySet":
        """欠费客户."""
        return self.associated().filter(arrears__gt=0)

    def owned_by(self, member: Member) -> "CustomerQuerySet":
        """Customers whose sole owner (客户归属唯一责任人) is this member."""
        return self.filter(owned_by(member))


class Customer(models.Model):
    """客户: a cloud account while it belongs to one partner. Leaving and returning is a new row.

    Beyond the constraints below, the database holds that `number` is the cloud account's, and
    that `account_manager` is who has the open assignment (decision 0005).
    """

    class Association(models.TextChoices):
        REFERRAL = "referral", _("顾问销售")
        RESALE = "resale", _("代售")
        POSTPAID = "postpaid", _("转售")

    class Verified(models.TextChoices):
        NONE = "none", _("未实名")
        REVIEWING = "reviewing", _("审核中")
        FAILED = "failed", _("不通过")
        VERIFIED = "verified", _("已实名")

    class Type(models.TextChoices):
        NONE = "none", _("无类型")
        PERSON = "person", _("个人")
        COMPANY = "company", _("企业")

    class Source(models.TextChoices):
        INVITATION = "invitation", _("线上邀请")
        LINK = "link", _("通用链接")
        API = "api", _("API 创建")
        IMPORT = "import", _("账单映射")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="customers", verbose_name=_("伙伴")
    )
    cloud_account = models.ForeignKey(
        CloudAccount,
        on_delete=models.PROTECT,
        related_name="associations",
        verbose_name=_("云账号"),
    )
    number = models.CharField(_("客户ID"), max_length=64)
    name = models.CharField(_("客户名称"), max_length=128)
    account_name = models.CharField(_("账号名"), max_length=64)
    phone = models.CharField(_("移动电话"), max_length=20, blank=True, default="")
    email = models.EmailField(_("邮箱"), blank=True, default="")
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, default="")
    type = models.CharField(_("客户类型"), max_length=10, choices=Type, default=Type.NONE)
    verified = models.CharField(
        _("实名认证状态"), max_length=10, choices=Verified, default=Verified.NONE
    )
    level = models.PositiveSmallIntegerField(_("客户等级"), default=0)
    association_type = models.CharField(_("关联类型"), max_length=10, choices=Association)
    source = models.CharField(
        _("关联来源"), max_length=10, choices=Source, default=Source.INVITATION
    )
    associated_at = models.DateTimeField(_("关联时间"))
    disassociated_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    account_manager = models.ForeignKey(
        Member,
        verbose_name=_("客户经理"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customers",
    )
    # What the vendor reports of the account each day (billing/facts.py); CNY, two places.
    available_amount = models.DecimalField(
        _("可用额度"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    arrears = models.DecimalField(_("欠费金额"), max_digits=18, decimal_places=2, default=0)
    last_login_on = models.DateField(_("最近登录"), null=True, blank=True)
    disassociation_requested_on = models.DateField(_("申请解除关联日期"), null=True, blank=True)
    search_text = models.TextField(editable=False, default="")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户")
        verbose_name_plural = pgettext_lazy("复数", "客户")
        constraints = [
            models.UniqueConstraint(
                name="customers_customer_one_partner_at_a_time",
                fields=["cloud_account"],
                condition=Q(disassociated_at__isnull=True),
                violation_error_message=_("该账号已关联其他伙伴"),
            ),
            models.CheckConstraint(
                name="customers_customer_leaves_after_joining",
                condition=Q(disassociated_at__isnull=True)
                | Q(disassociated_at__gte=models.F("associated_at")),
            ),
            models.CheckConstraint(
                name="customers_customer_amount_only_for_resale",
                condition=Q(available_amount__isnull=True) | Q(association_type="resale"),
            ),
            models.CheckConstraint(
                name="customers_customer_arrears_not_negative", condition=Q(arrears__gte=0)
            ),
            models.CheckConstraint(
                name="customers_customer_level_v0_to_v5", condition=Q(level__lte=5)
            ),
            models.CheckConstraint(
                name="customers_customer_association_is_one_of_three",
                condition=Q(association_type__in=["referral", "resale", "postpaid"]),
            ),
            models.CheckConstraint(
                name="customers_customer_type_is_known",
                condition=Q(type__in=["none", "person", "company"]),
            ),
            models.CheckConstraint(
                name="customers_customer_verified_is_known",
                condition=Q(verified__in=["none", "reviewing", "failed", "verified"]),
            ),
            models.CheckConstraint(
                name="customers_customer_source_is_known",
                condition=Q(source__in=["invitation", "link", "api", "import"]),
            ),
            models.CheckConstraint(
                name="customers_customer_former_has_no_manager",
                condition=Q(disassociated_at__isnull=True) | Q(account_manager__isnull=True),
            ),
            ExclusionConstraint(
                name="customers_customer_associations_do_not_overlap",
                expressions=[
                    ("cloud_account", RangeOperators.EQUAL),
                    (
                        Func(
                            "associated_at",
                            "disassociated_at",
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "-associated_at", "-id"],
                name="customers_by_partner_idx",
                condition=Q(disassociated_at__isnull=True),
            ),
            models.Index(
                fields=["account_manager", "-associated_at", "-id"],
                name="customers_by_manager_idx",
                condition=Q(disassociated_at__isnull=True),
            ),
            # Whose customers a manager's alerts are: answered without the table. It holds the
            # partner because every query behind a policy asks for that, too.
            models.Index(
                fields=["account_manager", "partner"],
                include=["id"],
                name="customers_of_manager_idx",
            ),
            models.Index(fields=["partner", "number"], name="customers_by_number_idx"),
            models.Index(
                fields=["partner", "-arrears", "-id"],
                name="customers_in_arrears_idx",
                condition=Q(disassociated_at__isnull=True, arrears__gt=0),
            ),
            models.Index(fields=["partner", "phone"], name="customers_by_phone_idx"),
        ]

    def __str__(self) -> str:
        return self.number  # the desk prints it in titles and columns, where no name may stand

    def fill_search(self) -> None:
        """Call before saving a row whose names changed."""
        self.search_text = search_text(self.name, self.account_name)

    @property
    def is_resold(self) -> bool:
        """代售 or 转售: the partner is whom the customer buys from."""
        return self.association_type in RESOLD

    @property
    def has_acting_manager(self) -> bool:
        manager = self.account_manager
        return bool(manager and manager.is_account_manager)

    @property
    def assignment_changed_at(self) -> datetime | None:
        """When it was last given to somebody or taken back."""
        last = self.assignments.order_by("-started_at", "-pk").first()
        return (last.ended_at or last.started_at) if last else None

    def owners(self) -> list[Member]:
        """客户归属唯一责任人: the account manager, or the main account without one."""
        if self.account_manager and self.has_acting_manager:
            return [self.account_manager]
        return list(Member.objects.main_accounts().filter(partner_id=self.partner_id))

    def is_owned_by(self, member: Member) -> bool:
        if self.has_acting_manager:
            return self.account_manager_id == member.pk
        return member.is_main_account and member.partner_id == self.partner_id

    @transaction.atomic
    def mark_disassociated(self, *, at: datetime) -> None:
        """The association ends, and with it the assignment; history keeps who had the customer."""
        if self.disassociated_at:
            raise InvalidTransition(_("该客户已解除关联"))
        self.assignments.current().update(ended_at=at)
        self.disassociated_at, self.account_manager = at, None
        self.save(update_fields=["disassociated_at", "account_manager"])

    def mark_switched(self, association_type: str) -> None:
        """The customer stays, and buys in another way from now on."""
        if self.disassociated_at or self.association_type == association_type:
            raise InvalidTransition(_("该客户已解除关联，或已是此关联类型"))
        self.association_type = association_type
        if association_type != self.Association.RESALE:
            self.available_amount = None
        self.save(update_fields=["association_type", "available_amount"])


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, member: Member) -> "AssignmentQuerySet":
        customers = Customer.objects.visible_to(member)
        return self.filter(partner_id=member.partner_id, customer__in=customers)

    def current(self) -> "AssignmentQuerySet":
        return self.filter(ended_at__isnull=True)


class Assignment(models.Model):
    """客户分配: the time during which one account manager had the customer.

    Consumption counts for the manager from `started_at`, performance (业绩) from the next day
    (customers_coupons.md §7.1: the docs differ; decision 0005).
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("客户")
    )
    manager = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("客户经理")
    )
    started_at = models.DateTimeField(_("开始时间"))
    performance_from = models.DateField(_("业绩起算日"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    assigned_by = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("分配人")
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户分配记录")
        verbose_name_plural = pgettext_lazy("复数", "客户分配记录")
        constraints = [
            models.UniqueConstraint(
                name="customers_assignment_one_manager_at_a_time",
                fields=["customer"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="customers_assignment_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-started_at"], name="customers_assignment_idx"),
            models.Index(
                fields=["partner", "-started_at", "-id"], name="customers_assignment_time_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} → {self.manager_id}"
