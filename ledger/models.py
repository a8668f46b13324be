from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Sign
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from org.models import Member, Partner

CENT = Decimal("0.01")
LARGEST = Decimal("9999999999.99")  # of a single transfer


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "AccountQuerySet":
        """The partner's own accounts, or those of a distributor's resellers."""
        if resellers:
            return self.filter(partner__in=member.reseller_ids)
        return self.filter(partner_id=member.partner_id)


class Account(models.Model):
    """账户: an amount of CNY that has a place. Whose it is beyond the partner, its owner knows.

    The row is opened and its balance written by two functions of the database alone
    (migration 0002); nobody else may. Only the floor is set by the vendor's side.
    """

    class Kind(models.TextChoices):
        CASH = "cash", _("充值账户")
        CREDIT = "credit", _("信用账户")
        ALLOCATION = "allocation", _("伙伴拨款账户")
        VENDOR = "vendor", _("厂商账户")  # where money comes from and goes to
        SUSPENSE = "suspense", _("待清算账户")
        # Of coupons, owned by their quota or by the coupon (coupons/models).
        QUOTA = "quota", _("券额度")
        COUPON = "coupon", _("券")
        COUPON_HELD = "coupon_held", _("订单锁定的券")
        COUPON_USED = "coupon_used", _("已使用的券")
        COUPON_LOST = "coupon_lost", _("已核销的券")

    ONE_EACH = (Kind.CASH, Kind.CREDIT)  # a partner has one of each
    WITHOUT_FLOOR = (Kind.VENDOR, Kind.SUSPENSE)

    partner = models.ForeignKey(
        Partner,
        verbose_name=_("伙伴"),
        null=True,  # the vendor's own
        on_delete=models.PROTECT,
        related_name="accounts",
    )
    kind = models.CharField(_("账户类型"), max_length=20, choices=Kind)
    balance = models.DecimalField(_("余额"), max_digits=18, decimal_places=2, db_default=0)
    # Below it no transfer may bring the balance: 0, minus the limit of a credit account, or none.
    floor = models.DecimalField(_("下限"), max_digits=18, decimal_places=2, null=True)
    opened_at = models.DateTimeField(_("开户时间"), db_default=Now())

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("账户")
        verbose_name_plural = pgettext_lazy("复数", "账户")
        constraints = [
            models.CheckConstraint(
                name="ledger_account_not_below_floor",
                condition=Q(floor__isnull=True) | Q(balance__gte=F("floor")),
            ),
            models.CheckConstraint(
                name="ledger_account_floor_is_zero_or_below",
                condition=Q(floor__lte=0) | Q(floor__isnull=True, kind__in=["vendor", "suspense"]),
            ),
            models.UniqueConstraint(
                name="ledger_account_one_of_each",
                fields=["partner", "kind"],
                condition=Q(kind__in=["cash", "credit"]),
            ),
            models.UniqueConstraint(
                name="ledger_account_vendor_has_one_of_each",
                fields=["kind"],
                condition=Q(partner__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def available(self) -> Decimal:
        """What may leave it, down to its floor."""
        return self.balance - (self.floor or 0)


class Transfer(models.Model):
    """资金变动: an amount went from one account to another. Never edited, never deleted.

    Its key is made from its cause ("reclaim:17"): the same cause moves money once.
    """

    class Kind(models.TextChoices):
        RECHARGE = "recharge", _("充值")
        CONSUME = "consume", _("消费")
        REFUND = "refund", _("退款")
        FREEZE = "freeze", _("冻结")
        TRANSFER = "transfer", _("转账")
        ADJUST = "adjust", _("调账")
        ALLOCATE = "allocate", _("伙伴拨款")
        RECLAIM = "reclaim", _("伙伴回收")
        RETURN = "return", _("解绑/切换回收")
        SWITCH = "switch", _("交易模式变更")
        GRANT = "grant", _("授予券额度")
        GIVE = "give", _("发放券额度")
        TAKE = "take", _("回收券额度")
        ISSUE = "issue", _("发放券")
        COUPON_RECLAIM = "coupon_reclaim", _("回收券")
        COUPON_HOLD = "coupon_hold", _("订单锁定券")
        COUPON_USE = "coupon_use", _("使用券")
        COUPON_RELEASE = "coupon_release", _("释放券")
        COUPON_REFUND = "coupon_refund", _("退还券")

    key = models.CharField(_("幂等键"), max_length=128, unique=True)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    # Nothing is looked up by these: what an account did, its entries tell. So no index of theirs
    # is written with every transfer.
    source = models.ForeignKey(
        Account,
        verbose_name=_("转出账户"),
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,  # its entries have one, and a trigger compares
        db_index=False,
    )
    target = models.ForeignKey(
        Account,
        verbose_name=_("转入账户"),
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # Whose the two accounts are: either may read the transfer.
    source_partner = models.ForeignKey(
        Partner,
        verbose_name=_("转出方"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    target_partner = models.ForeignKey(
        Partner,
        verbose_name=_("转入方"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    amount = models.DecimalField(_("金额"), max_digits=18, decimal_places=2)
    at = models.DateTimeField(_("时间"))
    member = models.ForeignKey(  # null: the system or the vendor, of whom 操作日志 says more
        Member,
        verbose_name=_("操作人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    memo = models.CharField(_("备注"), max_length=255, blank=True, default="")

    class Meta:
        verbose_name = _("资金变动")
        verbose_name_plural = pgettext_lazy("复数", "资金变动")
        constraints = [
            models.CheckConstraint(
                name="ledger_transfer_amount_is_positive", condition=Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="ledger_transfer_between_two", condition=~Q(source=F("target"))
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """交易号, as the partner quotes it."""
        return transfer_number(self.kind, self.pk)


def transfer_number(kind: str, pk: int) -> str:
    return f"{_PREFIXES.get(kind, 'TR')}{pk:012d}"


_PREFIXES: dict[str, str] = {
    Transfer.Kind.ALLOCATE: "AD",
    Transfer.Kind.RECLAIM: "RE",
    Transfer.Kind.RETURN: "UN",
}


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, member: Member, *, resellers: bool = False) -> "EntryQuerySet":
        if resellers:
            return self.filter(partner__in=member.reseller_ids)
        return self.filter(partner_id=member.partner_id)


class Entry(models.Model):
    """分录: one account's side of a transfer. Never edited, never deleted.

    A transfer has two, of opposite amounts: the database looks at its end (migration 0002), and
    the unique index leaves no room for a third.
    """

    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    partner = models.ForeignKey(  # the account's
        Partner,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    amount = models.DecimalField(_("金额"), max_digits=18, decimal_places=2)
    balance_after = models.DecimalField(_("余额"), max_digits=18, decimal_places=2)
    at = models.DateTimeField(_("时间"))

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("分录")
        verbose_name_plural = pgettext_lazy("复数", "分录")
        constraints = [
            models.UniqueConstraint("transfer", Sign("amount"), name="ledger_entry_one_a_side"),
            models.CheckConstraint(name="ledger_entry_moves_something", condition=~Q(amount=0)),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="ledger_entry_by_account_idx"),
            models.Index(
                fields=["account", "at"], include=["amount"], name="ledger_entry_as_of_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount}"
