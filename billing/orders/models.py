"""客户订单 and 订单资源明细 (customers_coupons.md §13), with the enumerations of the vendor."""

from datetime import datetime

from django.db import models
from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.models import Customer
from ledger.models import Transfer
from org.models import Member, Partner, Scope


def in_scope(member: Member, *, resellers: bool = False) -> Q:
    """Rows of customers that the member works with; of former ones, whom nobody has, too."""
    if resellers:
        return Q(partner__in=member.reseller_ids)
    ours = Q(partner_id=member.partner_id)
    if member.scope is Scope.PARTNER:
        return ours
    return ours & Q(customer__in=Customer.objects.visible_to(member).order_by())


class OrderQuerySet(LockingQuerySet):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "OrderQuerySet":
        return self.filter(in_scope(member, resellers=resellers))

    def waiting(self) -> "OrderQuerySet":
        """待付订单: the customer chose that the partner pays, and nobody answered yet."""
        return self.filter(WAITING)

    def waiting_for_partner(self, customer: Customer | OuterRef) -> "OrderQuerySet":
        """What keeps this customer from being let go (§6.2)."""
        return self.waiting().filter(customer=customer)


class Order(models.Model):
    """客户订单: what a customer ordered, as the vendor reports it; yearly and monthly orders only.

    The vendor's side makes and keeps the row. Of the partner's are only the columns `proxy_…`, and
    the step from 待支付 to 处理中 that a payment makes.
    """

    class Status(models.IntegerChoices):
        REVIEWING = 1, _("待审核")
        REFUNDING = 2, _("待退款")
        PROCESSING = 3, _("处理中")
        CANCELLED = 4, _("已取消")
        DONE = 5, _("已完成")
        UNPAID = 6, _("待支付")
        UNCONFIRMED = 9, _("待确认")
        SHIPPING = 10, _("待发货")
        RECEIVING = 11, _("待收货")
        PICKING_UP = 12, _("待上门取货")
        EXCHANGING = 13, _("换新中")

    class Type(models.IntegerChoices):
        NEW = 1, _("开通")
        RENEWAL = 2, _("续订")
        CHANGE = 3, _("变更")
        UNSUBSCRIPTION = 4, _("退订")
        TO_ON_DEMAND = 10, _("包年/包月转按需")
        TO_PERIOD = 11, _("按需转包年/包月")
        TRIAL = 13, _("试用")
        FROM_TRIAL = 14, _("转商用")
        ADJUSTMENT = 15, _("费用调整")

    class Source(models.IntegerChoices):
        CUSTOMER = 1, _("客户")
        AGENT = 2, _("代理")
        CONTRACT = 3, _("合同")
        DISTRIBUTOR = 4, _("分销商")
        RESOURCE_DELETED = 5, _("页面删除资源")
        ENTERED_LATER = 6, _("补录")
        COMPENSATION = 7, _("补偿")
        AUTOMATIC = 8, _("系统自动")

    class Proxy(models.TextChoices):
        NONE = "", _("无需代支付")
        WAITING = "waiting", _("待伙伴支付")
        PAID = "paid", _("伙伴已支付")
        REFUSED = "refused", _("伙伴已驳回")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="orders", verbose_name=_("客户")
    )
    number = models.CharField(_("订单号"), max_length=64, unique=True)
    status = models.PositiveSmallIntegerField(_("订单状态"), choices=Status)
    type = models.PositiveSmallIntegerField(_("订单类型"), choices=Type)
    source = models.PositiveSmallIntegerField(
        _("订单来源"), choices=Source, default=Source.CUSTOMER
    )
    service = models.ForeignKey(
        "billing.Service",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("产品类型"),
    )
    # CNY; before and after discounts, without coupons and cards
    official_amount = models.DecimalField(_("官网价"), max_digits=18, decimal_places=2)
    amount = models.DecimalField(_("优惠后金额"), max_digits=18, decimal_places=2)
    created_at = models.DateTimeField(_("下单时间"))
    paid_at = models.DateTimeField(_("支付时间"), null=True, blank=True)
    starts_at = models.DateTimeField(_("生效时间"), null=True, blank=True)
    is_outdated = models.BooleanField(_("规格已变更"), default=False)
    contract = models.CharField(_("合同编号"), max_length=64, blank=True, default="")
    enterprise_project = models.CharField(_("企业项目"), max_length=128, blank=True, default="")
    proxy_state = models.CharField(
        _("代支付"), max_length=8, choices=Proxy, blank=True, default=Proxy.NONE
    )
    proxy_asked_at = models.DateTimeField(_("申请代支付时间"), null=True, blank=True)
    proxy_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    proxy_by = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("处理人")
    )
    proxy_reason = models.CharField(_("驳回原因"), max_length=255, blank=True, default="")
    proxy_transfer = models.OneToOneField(
        Transfer,
        null=True,
        on_delete=models.PROTECT,
        related_name="order",
        verbose_name=_("资金变动"),
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户订单")
        verbose_name_plural = pgettext_lazy("复数", "客户订单")
        constraints = [
            models.CheckConstraint(
                name="billing_order_status_is_known",
                condition=Q(status__in=[1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13]),
            ),
            models.CheckConstraint(
                name="billing_order_type_is_known",
                condition=Q(type__in=[1, 2, 3, 4, 10, 11, 13, 14, 15]),
            ),
            models.CheckConstraint(
                name="billing_order_source_is_known", condition=Q(source__range=(1, 8))
            ),
            models.CheckConstraint(
                name="billing_order_proxy_is_asked_then_answered",
                condition=Q(proxy_state="", proxy_at__isnull=True, proxy_by__isnull=True)
                | Q(
                    proxy_state="waiting",
                    proxy_asked_at__isnull=False,
                    proxy_at__isnull=True,
                    proxy_by__isnull=True,
                )
                | Q(
                    proxy_state__in=["paid", "refused"],
                    proxy_asked_at__isnull=False,
                    proxy_at__isnull=False,
                    proxy_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="billing_order_reason_iff_refused",
                condition=Q(proxy_state="refused") & ~Q(proxy_reason="")
                | ~Q(proxy_state="refused") & Q(proxy_reason=""),
            ),
            models.CheckConstraint(
                name="billing_order_transfer_iff_paid",
                condition=Q(proxy_state="paid", proxy_transfer__isnull=False)
                | ~Q(proxy_state="paid") & Q(proxy_transfer__isnull=True),
            ),
            models.CheckConstraint(
                name="billing_order_partner_pays_something",
                condition=Q(proxy_state="") | Q(amount__gt=0),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="billing_order_idx"),
            models.Index(
                fields=["partner", "status", "-created_at", "-id"],
                name="billing_order_status_idx",
            ),
            models.Index(
                fields=["partner", "-created_at", "-id"],
                name="billing_order_waiting_idx",
                condition=Q(status=6, proxy_state="waiting"),
            ),
            models.Index(fields=["customer", "-created_at"], name="billing_order_customer_idx"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.UNPAID and self.proxy_state == self.Proxy.WAITING

    def check_waiting(self) -> None:
        """Raises InvalidTransition unless the partner may still answer."""
        if self.proxy_state == self.Proxy.PAID:
            raise InvalidTransition(_("该订单已由伙伴支付。"))
        if self.proxy_state == self.Proxy.REFUSED:
            raise InvalidTransition(_("该订单已驳回，客户可以自行支付。"))
        if not self.is_waiting:
            raise InvalidTransition(_("该订单不在等待伙伴支付。"))

    @property
    def why_not_cancelled(self) -> str:
        """Why it cannot be cancelled any more; nothing while it is unpaid."""
        if self.status == self.Status.CANCELLED:
            return str(_("该订单已取消。"))
        if self.status != self.Status.UNPAID or self.proxy_state == self.Proxy.PAID:
            return str(_("该订单已支付或已处理，不能取消。"))
        return ""

    def mark_cancelled(self) -> None:
        if said := self.why_not_cancelled:
            raise InvalidTransition(said)
        self.status = self.Status.CANCELLED
        self.save(update_fields=["status"])

    def mark_paid_by_partner(self, transfer_id: int, *, by: Member, at: datetime) -> None:
        self.check_waiting()
        self.status, self.paid_at = self.Status.PROCESSING, at
        self.proxy_transfer_id = transfer_id
        self._answer(self.Proxy.PAID, by, at)

    def mark_refused_by_partner(self, reason: str, *, by: Member, at: datetime) -> None:
        self.check_waiting()
        self.proxy_reason = reason
        self._answer(self.Proxy.REFUSED, by, at)

    def _answer(self, state: str, by: Member, at: datetime) -> None:
        self.proxy_state, self.proxy_by, self.proxy_at = state, by, at
        self.save(
            update_fields=[
                *("status", "paid_at"),
                *("proxy_state", "proxy_at", "proxy_by", "proxy_reason", "proxy_transfer"),
            ]
        )


WAITING = Q(status=Order.Status.UNPAID, proxy_state=Order.Proxy.WAITING)


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "OrderLineQuerySet":
        return self.filter(in_scope(member, resellers=resellers))


class OrderLine(models.Model):
    """订单资源明细: one resource of an order and until when it was ordered."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户")
    )
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="lines", verbose_name=_("订单")
    )
    number = models.CharField(_("订单行"), max_length=64)
    service = models.ForeignKey(
        "billing.Service",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("产品类型"),
    )
    resource_number = models.CharField(_("资源ID"), max_length=128, blank=True, default="")
    resource_name = models.CharField(_("资源名称"), max_length=128, blank=True, default="")
    amount = models.DecimalField(_("优惠后金额"), max_digits=18, decimal_places=2)
    effective_on = models.DateField(_("生效日期"), null=True, blank=True)
    expires_on = models.DateField(_("失效日期"))
    is_renewed = models.BooleanField(_("已续订"), default=False)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("订单资源明细")
        verbose_name_plural = pgettext_lazy("复数", "订单资源明细")
        constraints = [
            models.UniqueConstraint(name="billing_orderline_once", fields=["order", "number"])
        ]
        indexes = [
            models.Index(fields=["partner", "expires_on", "id"], name="billing_orderline_idx"),
            models.Index(fields=["customer", "expires_on"], name="billing_orderline_of_idx"),
        ]

    def __str__(self) -> str:
        return self.number
