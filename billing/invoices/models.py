"""Tables of 发票管理: who owes an invoice to whom, and the invoices that settle it."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.bills.models import fen
from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from customers.models import Customer
from org.models import Member, Partner, Scope

from . import rules


class Direction(models.TextChoices):
    """开票方向: from whom to whom."""

    TO_PARTNER = "to_partner", _("厂商开给伙伴")
    BY_PARTNER = "by_partner", _("伙伴开给客户")
    TO_CUSTOMER = "to_customer", _("厂商开给客户")


class ObligationQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> Self:
        """Those of the partner's customers and bills, and those that it has to issue for its
        resellers. Who works with some customers only sees theirs."""
        ours = Q(partner_id=member.partner_id)
        if member.scope is not Scope.PARTNER:
            return self.filter(ours, customer__in=Customer.objects.visible_to(member))
        return self.filter(ours | Q(issuer_id=member.partner_id))

    def of_cloud_account(self, cloud_account_id: int) -> Self:
        """What is owed to the customer itself, whichever partners it had."""
        return self.filter(customer__cloud_account=cloud_account_id)


class Obligation(models.Model):
    """开票关系: who owes whom an invoice for a month, and over how much.

    Made with the month's bills and not changed afterwards. `issuer` is the partner that issues,
    nobody where the vendor does; of a reseller's customer that is the distributor.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("客户")
    )
    issuer = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("开票伙伴")
    )
    issuer_name = models.CharField(_("开票伙伴"), max_length=100, blank=True, default="")
    # Whom it is issued to, as of then.
    receiver_number = models.CharField(_("客户ID"), max_length=64, blank=True, default="")
    receiver_name = models.CharField(_("收票方"), max_length=128)
    month = models.DateField(_("账期"))
    association_type = models.CharField(_("关联类型"), max_length=10, choices=Customer.Association)
    direction = models.CharField(_("开票方向"), max_length=12, choices=Direction)
    amount = fen(_("应开票金额"))
    made_at = models.DateTimeField(_("出账时间"))

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("开票关系")
        verbose_name_plural = pgettext_lazy("复数", "开票关系")
        constraints = [
            models.UniqueConstraint(
                name="billing_obligation_of_customer_once",
                fields=["customer", "month", "association_type"],
            ),
            models.UniqueConstraint(
                name="billing_obligation_of_bill_once",
                fields=["partner", "month"],
                condition=Q(direction="to_partner"),
            ),
            # What an invoice points at: its amount is the whole, its issuer the one named here.
            models.UniqueConstraint(
                name="billing_obligation_whole", fields=["id", "direction", "amount"]
            ),
            models.UniqueConstraint(name="billing_obligation_issuer", fields=["id", "issuer"]),
            models.CheckConstraint(
                name="billing_obligation_amount_not_negative", condition=Q(amount__gte=0)
            ),
            models.CheckConstraint(
                name="billing_obligation_is_of_a_month", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="billing_obligation_follows_its_association",
                condition=Q(
                    direction="to_partner",
                    association_type__in=["resale", "postpaid"],
                    customer__isnull=True,
                    issuer__isnull=True,
                )
                | Q(
                    direction="by_partner",
                    association_type__in=["resale", "postpaid"],
                    customer__isnull=False,
                    issuer__isnull=False,
                )
                | Q(
                    direction="to_customer",
                    association_type="referral",
                    customer__isnull=False,
                    issuer__isnull=True,
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-month", "-id"], name="billing_obligation_ours_idx"),
            models.Index(
                fields=["partner", "direction", "-month", "-id"], name="billing_obligation_tab_idx"
            ),
            models.Index(
                fields=["partner", "receiver_number"], name="billing_obligation_number_idx"
            ),
            models.Index(
                fields=["issuer", "-month", "-id"],
                name="billing_obligation_issuer_idx",
                condition=Q(issuer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.receiver_number or self.partner_id}"

    @property
    def living_invoice(self) -> "Invoice | None":
        """The one that was asked for or issued and is not over."""
        return next((i for i in self.invoices.all() if i.state not in Invoice.OVER), None)

    @property
    def is_bill(self) -> bool:
        return self.direction == Direction.TO_PARTNER


class InvoiceTitleQuerySet(models.QuerySet["InvoiceTitle"]):
    def visible_to(self, member: Member) -> Self:
        return self.filter(partner_id=member.partner_id)

    def valid(self) -> Self:
        return self.filter(retired_at__isnull=True)


class InvoiceTitle(models.Model):
    """发票抬头: to whom the vendor's invoices are made out. One is valid; a change is a new one,
    and what was issued keeps the former."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("企业")
        ORGANISATION = "organisation", _("组织")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    kind = models.CharField(_("抬头类型"), max_length=12, choices=Kind)
    name = models.CharField(_("发票抬头"), max_length=100)
    tax_number = models.CharField(_("纳税人识别号"), max_length=20, blank=True, default="")
    bank = models.CharField(_("开户银行"), max_length=100, blank=True, default="")
    bank_account = models.CharField(_("基本账户号"), max_length=40, blank=True, default="")
    address = models.CharField(_("注册地址"), max_length=200, blank=True, default="")
    telephone = models.CharField(_("注册电话"), max_length=30, blank=True, default="")
    set_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(_("设置时间"))
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    objects = InvoiceTitleQuerySet.as_manager()

    class Meta:
        verbose_name = _("发票抬头")
        verbose_name_plural = pgettext_lazy("复数", "发票抬头")
        constraints = [
            models.UniqueConstraint(
                name="billing_invoicetitle_one_is_valid",
                fields=["partner"],
                condition=Q(retired_at__isnull=True),
            ),
            models.CheckConstraint(
                name="billing_invoicetitle_company_has_tax_number",
                condition=~Q(kind="company") | ~Q(tax_number=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InvoiceQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> Self:
        """As its obligation is."""
        ours = Q(partner_id=member.partner_id)
        if member.scope is not Scope.PARTNER:
            seen = Obligation.objects.visible_to(member)
            return self.filter(ours, obligation__in=seen)
        return self.filter(ours | Q(issuer_id=member.partner_id))

    def living(self) -> Self:
        """Asked for or issued: for their obligation there is no other."""
        return self.exclude(state__in=Invoice.OVER)


class Invoice(models.Model):
    """发票: one way to settle an obligation, asked of the vendor or issued by the partner.

    It is always over the whole of it, and at most one of an obligation lives: so what is asked
    for and issued is never more than what is owed. The steps are in rules.STEPS.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        REVIEWING = "reviewing", _("待审核")
        ISSUING = "issuing", _("开票中")
        WITHDRAWING = "withdrawing", _("撤销中")
        ISSUING_KEPT = "issuing_kept", _("开票中（撤销失败）")
        TO_SIGN = "to_sign", _("待签收")
        ISSUED = "issued", _("已开票")
        RETURNING = "returning", _("退票中")
        ISSUED_KEPT = "issued_kept", _("已开票（退票驳回）")
        RETURNED = "returned", _("已退票")
        WITHDRAWN = "withdrawn", _("已撤销")

    class Medium(models.TextChoices):
        DIGITAL = "digital", _("数电发票")
        ELECTRONIC = "electronic", _("电子发票")
        PAPER = "paper", _("纸质发票")

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("增值税普通发票")
        SPECIAL = "special", _("增值税专用发票")

    OVER = (State.RETURNED, State.WITHDRAWN)
    NUMBERED = (State.TO_SIGN, State.ISSUED, State.RETURNING, State.ISSUED_KEPT, State.RETURNED)

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    obligation = models.ForeignKey(
        Obligation, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("开票关系")
    )
    direction = models.CharField(_("开票方向"), max_length=12, choices=Direction)
    issuer = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("开票伙伴")
    )
    amount = fen(_("发票金额"))
    state = models.CharField(_("状态"), max_length=12, choices=State)
    state_at = models.DateTimeField(_("状态时间"))
    title = models.ForeignKey(
        InvoiceTitle,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("发票抬头"),
    )
    medium = models.CharField(_("发票介质"), max_length=10, choices=Medium)
    kind = models.CharField(_("发票类型"), max_length=10, choices=Kind)
    mailbox = models.EmailField(_("接收邮箱"), blank=True, default="")
    address = models.CharField(_("邮寄地址"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("创建时间"))
    asked_by = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("申请人")
    )
    number = models.CharField(_("发票号码"), max_length=40, blank=True, default="")
    issued_on = models.DateField(_("开票日期"), null=True)
    courier = models.CharField(_("快递单号"), max_length=40, blank=True, default="")
    # Why the vendor rejected, kept or refused, as the state says.
    reason = models.CharField(_("处理意见"), max_length=200, blank=True, default="")
    return_reason = models.CharField(_("退票原因"), max_length=200, blank=True, default="")

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("发票")
        verbose_name_plural = pgettext_lazy("复数", "发票")
        constraints = [
            models.UniqueConstraint(
                name="billing_invoice_one_lives",
                fields=["obligation"],
                condition=~Q(state__in=["returned", "withdrawn"]),
                violation_error_message=_("已有未退票的发票或开票申请"),
            ),
            models.UniqueConstraint(
                name="billing_invoice_vendors_number_once",
                fields=["number"],
                condition=Q(direction="to_partner") & ~Q(number=""),
            ),
            models.UniqueConstraint(
                name="billing_invoice_partners_number_once",
                fields=["issuer", "number"],
                condition=Q(direction="by_partner"),
            ),
            models.CheckConstraint(
                name="billing_invoice_amount_positive", condition=Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="billing_invoice_numbered_once_issued",
                condition=Q(
                    state__in=["to_sign", "issued", "returning", "issued_kept", "returned"],
                    issued_on__isnull=False,
                )
                & ~Q(number="")
                | Q(
                    state__in=[
                        *("draft", "reviewing", "issuing"),
                        *("withdrawing", "issuing_kept", "withdrawn"),
                    ],
                    issued_on__isnull=True,
                    number="",
                ),
            ),
            models.CheckConstraint(
                name="billing_invoice_asked_of_the_vendor_or_issued_by_a_partner",
                condition=Q(
                    direction="to_partner",
                    issuer__isnull=True,
                    title__isnull=False,
                    asked_by__isnull=False,
                )
                | Q(
                    direction="by_partner",
                    issuer__isnull=False,
                    title__isnull=True,
                    asked_by__isnull=True,
                    state__in=["issued", "returned"],
                ),
            ),
            models.CheckConstraint(
                name="billing_invoice_returned_for_a_reason",
                condition=~Q(state__in=["returning", "returned"]) | ~Q(return_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="billing_invoice_ours_idx"),
            # What is asked of the vendor is a dozen a year among thousands that a partner issues.
            models.Index(
                fields=["partner", "-created_at", "-id"],
                name="billing_invoice_asked_idx",
                condition=Q(direction="to_partner"),
            ),
            models.Index(
                fields=["issuer", "-created_at", "-id"],
                name="billing_invoice_issuer_idx",
                condition=Q(issuer__isnull=False),
            ),
            models.Index(fields=["state", "-id"], name="billing_invoice_state_idx"),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    def mark(self, step: str, *, at: datetime, **facts: Any) -> None:
        """One step of rules.STEPS, with what it brings along. Raises InvalidTransition."""
        sources, target = rules.STEPS[step]
        if self.state not in sources:
            words = {"state": self.get_state_display()}
            raise InvalidTransition(_("发票目前为“%(state)s”，不能执行此操作。") % words)
        if target == "issued" and step == "issue" and self.medium == self.Medium.PAPER:
            target = "to_sign"
        changed = {"state": target, "state_at": at, **facts}
        for name, value in changed.items():
            setattr(self, name, value)
        self.save(update_fields=list(changed))
