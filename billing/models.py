from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Min, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.refusals import InvalidTransition
from customers.models import CloudAccount, Customer
from org.models import Member, Partner, Scope, User

from .bills import models as _bills  # noqa: F401  (its tables are the app's, too)
from .budgets import models as _budgets  # noqa: F401
from .consumption import models as _consumption  # noqa: F401
from .contracts import models as _contracts  # noqa: F401
from .funds import models as _funds  # noqa: F401
from .invoices import agreements as _agreements  # noqa: F401
from .invoices import models as _invoices  # noqa: F401
from .operations import models as _operations  # noqa: F401
from .orders import models as _orders  # noqa: F401
from .reports import models as _reports  # noqa: F401


def exact_amount(label: Any = "", *, null: bool = False) -> "models.DecimalField[Any, Any]":
    """A column that keeps a charge to its last digit."""
    return models.DecimalField(label, null=null, max_digits=38, decimal_places=18)


class ExchangeRate(models.Model):
    """汇率: how many CNY one unit of a currency is worth from a day on. Kept by the vendor."""

    currency = models.CharField(_("币种"), max_length=3)
    valid_from = models.DateField(_("生效日期"))
    rate = models.DecimalField(_("汇率"), max_digits=18, decimal_places=8)

    class Meta:
        verbose_name = _("汇率")
        verbose_name_plural = pgettext_lazy("复数", "汇率")
        constraints = [
            models.UniqueConstraint(
                name="billing_exchangerate_once_a_day", fields=["currency", "valid_from"]
            ),
            models.CheckConstraint(name="billing_exchangerate_positive", condition=Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.valid_from} {self.rate}"


class SubAccount(models.Model):
    """账单子账号: an account as a provider's billing file names it, and whose it is."""

    provider = models.CharField(_("云服务商"), max_length=100)
    number = models.CharField(_("子账号"), max_length=255)
    name = models.CharField(_("名称"), max_length=255, blank=True, default="")
    cloud_account = models.ForeignKey(
        CloudAccount,
        verbose_name=_("客户ID"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sub_accounts",
    )

    class Meta:
        verbose_name = _("账单子账号")
        verbose_name_plural = pgettext_lazy("复数", "账单子账号")
        constraints = [
            models.UniqueConstraint(name="billing_subaccount_once", fields=["provider", "number"])
        ]
        indexes = [  # the desk finds by how they begin
            models.Index(
                name=f"billing_subaccount_{field}_idx",
                fields=[field],
                opclasses=["varchar_pattern_ops"],
            )
            for field in ("number", "name")
        ]

    def __str__(self) -> str:
        return self.name or self.number


class Service(models.Model):
    """云服务: what was consumed, as the provider names it."""

    provider = models.CharField(_("云服务商"), max_length=100)
    name = models.CharField(_("名称"), max_length=200)
    category = models.CharField(_("类别"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("云服务")
        verbose_name_plural = pgettext_lazy("复数", "云服务")
        constraints = [
            models.UniqueConstraint(name="billing_service_once", fields=["provider", "name"])
        ]

    def __str__(self) -> str:
        return self.name


class ConsumptionFile(models.Model):
    """账单文件: one delivery of charges. A corrected delivery supersedes the one before."""

    class State(models.TextChoices):
        IMPORTED = "imported", _("已导入")
        SUPERSEDED = "superseded", _("已被替换")
        REFUSED = "refused", _("已拒绝")

    name = models.CharField(_("文件名"), max_length=255)
    digest = models.CharField(max_length=64)
    state = models.CharField(_("状态"), max_length=12, choices=State)
    reason = models.CharField(_("拒绝原因"), max_length=500, blank=True, default="")
    superseded_by = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="supersedes"
    )
    lines = models.PositiveIntegerField(_("行数"), default=0)
    bad_lines = models.PositiveIntegerField(_("错误行数"), default=0)
    errors = models.FileField(_("错误文件"), upload_to="billing/errors/", blank=True)
    # {"USD": {"Usage": "20.52"}}: what went in, as text so that no digit is lost.
    sums = models.JSONField(_("金额合计"), default=dict)
    first_day = models.DateField(_("起始日期"), null=True)
    last_day = models.DateField(_("截止日期"), null=True)
    imported_at = models.DateTimeField(_("导入时间"))
    imported_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("导入人")
    )

    class Meta:
        verbose_name = _("账单文件")
        verbose_name_plural = pgettext_lazy("复数", "账单文件")
        constraints = [
            models.UniqueConstraint(
                name="billing_consumptionfile_one_current_by_name",
                fields=["name"],
                condition=Q(state="imported"),
            )
        ]
        indexes = [models.Index(fields=["-imported_at", "-id"], name="billing_file_recent_idx")]

    def __str__(self) -> str:
        return self.name

    def mark_superseded(self) -> None:
        if self.state != self.State.IMPORTED:
            raise InvalidTransition(_("只有已导入的账单文件可以被替换"))
        self.state = self.State.SUPERSEDED
        self.save(update_fields=["state"])


class ChargeLine(models.Model):
    """账单明细: one line of a billing file, kept exactly. Partitioned by month of `day`."""

    class Category(models.TextChoices):
        USAGE = "Usage", _("使用")
        PURCHASE = "Purchase", _("购买")
        TAX = "Tax", _("税")
        CREDIT = "Credit", _("抵扣")
        ADJUSTMENT = "Adjustment", _("调整")
        REFUND = "Refund", _("退款")

    pk = models.CompositePrimaryKey("day", "id")
    day = models.DateField()
    id = models.BigIntegerField()
    file = models.ForeignKey(ConsumptionFile, on_delete=models.PROTECT, related_name="+")
    line_number = models.PositiveIntegerField()
    # The provider's own number of the charge, where it gives one: a later delivery replaces it.
    charge_id = models.CharField(max_length=100, blank=True, default="")
    sub_account = models.ForeignKey(SubAccount, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=12, choices=Category)
    currency = models.CharField(max_length=3)
    billed_cost = exact_amount()
    list_cost = exact_amount(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    region = models.CharField(max_length=100, blank=True, default="")
    resource = models.CharField(max_length=500, blank=True, default="")
    description = models.CharField(max_length=1000, blank=True, default="")
    # What a provider adds to FOCUS; the codes are explained in consumption/models.py.
    resource_name = models.CharField(max_length=200, blank=True, default="")
    order_number = models.CharField(max_length=64, blank=True, default="")
    charge_mode = models.PositiveSmallIntegerField(null=True)
    bill_type = models.PositiveSmallIntegerField(null=True)
    payment_status = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name = _("账单明细")
        verbose_name_plural = pgettext_lazy("复数", "账单明细")
        managed = False

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line_number}"


class ConsumptionQuerySet(models.QuerySet):
    first_day: str  # the column that says where the period of a row begins

    def visible_to(self, member: Member, *, resellers: bool = False) -> Self:
        """A manager sees a customer's figures from the day the customer was assigned to him."""
        if resellers:
            return self.filter(partner__in=member.reseller_ids)
        rows = self.filter(partner_id=member.partner_id)
        if member.scope is Scope.PARTNER:
            return rows
        if member.scope is Scope.OWN:
            return rows.since_assigned(member)
        return rows.filter(customer__in=Customer.objects.visible_to(member))

    def since_assigned(self, manager: Member) -> Self:
        """Figures of the manager's customers since each was assigned (§18.2.8)."""
        return self.filter(
            customer__account_manager=manager,
            customer__assignments__manager=manager,
            customer__assignments__ended_at__isnull=True,
            customer__assignments__started_at__date__lte=F(self.first_day),
        )


class DailyQuerySet(ConsumptionQuerySet):
    first_day = "day"


class MonthlyQuerySet(ConsumptionQuerySet):
    first_day = "month"  # so a manager sees whole months only


class DailyConsumption(models.Model):
    """客户消费（日）: what one customer consumed of one service on one Beijing day.

    Partitioned by month. `amount` is the sum of billed costs in its own currency, to the last
    digit; `amount_cny` is that at the day's exchange rate, or null without one.
    """

    pk = models.CompositePrimaryKey("customer", "day", "service", "currency")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount = exact_amount()
    amount_cny = models.DecimalField(max_digits=26, decimal_places=8, null=True)

    objects = DailyQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户消费（日）")
        verbose_name_plural = _("客户消费（日）")
        managed = False


class MonthlyConsumption(models.Model):
    """客户消费（月）: the daily figures added up. `month` is its first day."""

    pk = models.CompositePrimaryKey("customer", "month", "service", "currency")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount = exact_amount()
    amount_cny = models.DecimalField(max_digits=26, decimal_places=8, null=True)

    objects = MonthlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户消费（月）")
        verbose_name_plural = _("客户消费（月）")
        managed = False


class ConsumptionDayQuerySet(models.QuerySet["ConsumptionDay"]):
    def first_gap(self, since: date, until: date) -> date | None:
        """The first of these days that is not complete. Days before the first complete day of
        all are no gap: there was no data yet."""
        begun = self.aggregate(first=Min("day"))["first"] or until
        complete = set(self.filter(day__range=(since, until)).values_list("day", flat=True))
        days = (since + timedelta(days=n) for n in range((until - since).days + 1))
        return next((day for day in days if day >= begun and day not in complete), None)


class ConsumptionDay(models.Model):
    """消费数据日: a Beijing day whose figures are complete. Alerts look at complete days only."""

    day = models.DateField(_("日期"), primary_key=True)
    completed_at = models.DateTimeField(_("完成时间"))
    completed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )

    objects = ConsumptionDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("消费数据日")
        verbose_name_plural = pgettext_lazy("复数", "消费数据日")

    def __str__(self) -> str:
        return str(self.day)


class ResourceQuerySet(models.QuerySet["Resource"]):
    def visible_to(self, member: Member) -> "ResourceQuerySet":
        rows = self.filter(partner_id=member.partner_id)
        if member.scope is Scope.PARTNER:
            return rows
        return rows.filter(customer__in=Customer.objects.visible_to(member))

    def running(self) -> "ResourceQuerySet":
        return self.exclude(state=Resource.State.RELEASED)

    def first_expiries(self, customer_ids: Iterable[int]) -> "models.QuerySet[Any]":
        """资源到期: each of these customers, and the day its first running resource expires."""
        rows = self.running().filter(customer__in=list(customer_ids), expires_on__isnull=False)
        return rows.order_by().values_list("customer").annotate(models.Min("expires_on"))


class Resource(models.Model):
    """客户资源: a cloud resource that a customer has, as the vendor reports it each day."""

    class State(models.TextChoices):
        ACTIVE = "active", _("正常")
        GRACE = "grace", _("宽限期")
        RETENTION = "retention", _("保留期")
        RELEASED = "released", _("已释放")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="resources", verbose_name=_("客户")
    )
    number = models.CharField(_("资源ID"), max_length=128)
    name = models.CharField(_("资源名称"), max_length=128, blank=True, default="")
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="+", verbose_name=_("云服务")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ACTIVE)
    is_main = models.BooleanField(_("主资源"), default=True)
    is_stopped = models.BooleanField(_("已停止"), default=False, db_default=False)
    # The request that changed it last (services/resources.py).
    last_request = models.CharField(max_length=40, blank=True, default="", db_default="")
    auto_renew = models.BooleanField(_("自动续费"), default=False)
    # CNY a month at list price
    list_price = models.DecimalField(_("目录价"), max_digits=18, decimal_places=2)
    created_on = models.DateField(_("开通日期"))
    expires_on = models.DateField(_("到期日期"), null=True, blank=True)
    released_on = models.DateField(_("释放日期"), null=True, blank=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户资源")
        verbose_name_plural = pgettext_lazy("复数", "客户资源")
        constraints = [
            models.UniqueConstraint(name="billing_resource_once", fields=["customer", "number"]),
            models.CheckConstraint(
                name="billing_resource_released_on_iff_released",
                condition=Q(state="released", released_on__isnull=False)
                | (~Q(state="released") & Q(released_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="billing_resource_price_not_negative", condition=Q(list_price__gte=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_on"],
                name="billing_resource_expiring_idx",
                condition=Q(state="active", auto_renew=False),
            ),
            models.Index(
                fields=["released_on"],
                name="billing_resource_released_idx",
                condition=Q(state="released"),
            ),
            models.Index(
                fields=["state"],
                name="billing_resource_late_idx",
                condition=Q(state__in=["grace", "retention"]),
            ),
            models.Index(
                fields=["partner", "expires_on", "id"],
                name="billing_resource_by_expiry_idx",
                condition=~Q(state="released") & Q(expires_on__isnull=False),
            ),
            models.Index(
                fields=["partner", "-created_on", "-id"],
                name="billing_resource_on_demand_idx",
                condition=~Q(state="released") & Q(expires_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.number
