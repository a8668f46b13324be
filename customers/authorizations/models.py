from collections.abc import Mapping
from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from org.models import Member, Partner, User

from ..accounts.models import AccountUser
from ..rules import RESOLD
from . import rules
from .scopes import Scope


class AuthorizationQuerySet(LockingQuerySet):
    def visible_to(self, who: Member | AccountUser) -> "AuthorizationQuerySet":
        """A member's: of the customers he may see. A customer's: its own."""
        if isinstance(who, AccountUser):
            return self.filter(cloud_account_id=who.cloud_account_id)
        from ..models import Customer

        customers = Customer.objects.visible_to(who)
        return self.filter(partner_id=who.partner_id, customer__in=customers)

    def live(self) -> "AuthorizationQuerySet":
        return self.filter(state__in=Authorization.LIVE)

    def asked(self) -> "AuthorizationQuerySet":
        return self.filter(state=Authorization.State.ASKED)

    def in_force(self, on: date) -> "AuthorizationQuerySet":
        """Granted, not past its last day, and the customer still one who may grant it."""
        return self.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=on),
            state=Authorization.State.GRANTED,
            customer__disassociated_at__isnull=True,
            customer__association_type__in=RESOLD,
        )


class Authorization(models.Model):
    """客户授权: asked for by the partner, granted or refused by the customer, ended by a word,
    by time, or with the association.

    An extension is a request of its own beside the one in force, and takes its place when it is
    granted. The rows are written by the vendor's side for both (customers/accounts/sides.py).
    """

    class State(models.TextChoices):
        ASKED = "asked", _("待处理")
        GRANTED = "granted", _("已授权")
        REFUSED = "refused", _("已拒绝")
        CANCELLED = "cancelled", _("已取消")
        LAPSED = "lapsed", _("已失效")
        REVOKED = "revoked", _("已撤销")
        EXPIRED = "expired", _("已到期")

    LIVE = (State.ASKED, State.GRANTED)
    STEPS: Mapping[str, tuple[str, ...]] = {
        State.ASKED: (State.GRANTED, State.REFUSED, State.CANCELLED, State.LAPSED),
        State.GRANTED: (State.REVOKED, State.LAPSED, State.EXPIRED),
    }

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        related_name="authorizations",
        verbose_name=_("客户"),
    )
    cloud_account = models.ForeignKey(
        "customers.CloudAccount", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASKED)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), verbose_name=_("授权范围"))
    days = models.PositiveSmallIntegerField(_("授权天数"), null=True)
    note = models.CharField(_("申请说明"), max_length=rules.REASON_LONGEST, blank=True, default="")
    commitment_version = models.CharField(_("承诺书版本"), max_length=10)
    asked_at = models.DateTimeField(_("申请时间"))
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("申请人")
    )
    answer_by = models.DateTimeField(_("处理期限"))
    letter_version = models.CharField(_("授权书版本"), max_length=10, blank=True, default="")
    granted_at = models.DateTimeField(_("授权时间"), null=True)
    granted_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("授权人")
    )
    expires_on = models.DateField(_("到期日期"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    ended_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("结束人")
    )
    reason = models.CharField(_("原因"), max_length=rules.REASON_LONGEST, blank=True, default="")

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户授权")
        verbose_name_plural = pgettext_lazy("复数", "客户授权")
        constraints = [
            models.UniqueConstraint(
                name="customers_authorization_one_asked",
                fields=["customer"],
                condition=Q(state="asked"),
                violation_error_message=_("该客户已有一条待处理的授权申请"),
            ),
            models.UniqueConstraint(
                name="customers_authorization_one_granted",
                fields=["customer"],
                condition=Q(state="granted"),
                violation_error_message=_("该客户已有生效中的授权"),
            ),
            models.CheckConstraint(
                name="customers_authorization_scopes",
                condition=Q(scopes__contained_by=list(rules.BUNDLE), scopes__contains=["view"]),
            ),
            models.CheckConstraint(
                name="customers_authorization_days",
                condition=Q(days__isnull=True) | Q(days__gte=1, days__lte=rules.LONGEST),
            ),
            models.CheckConstraint(
                name="customers_authorization_state",
                condition=Q(state="asked", granted_at__isnull=True, ended_at__isnull=True)
                | Q(state="granted", granted_at__isnull=False, ended_at__isnull=True)
                | Q(state__in=["refused", "cancelled"])
                & Q(granted_at__isnull=True, ended_at__isnull=False)
                | Q(state__in=["revoked", "expired"])
                & Q(granted_at__isnull=False, ended_at__isnull=False)
                | Q(state="lapsed", ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="customers_authorization_letter_iff_granted",
                condition=Q(granted_at__isnull=True, granted_by__isnull=True, letter_version="")
                | Q(granted_at__isnull=False, granted_by__isnull=False) & ~Q(letter_version=""),
            ),
            models.CheckConstraint(
                name="customers_authorization_refused_with_reason",
                condition=~Q(state__in=["refused", "revoked"]) | ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "-asked_at", "-id"], name="customers_authorization_idx"
            ),
            models.Index(
                fields=["cloud_account", "-asked_at", "-id"], name="customers_auth_account_idx"
            ),
            models.Index(
                fields=["state", "expires_on"],
                name="customers_auth_live_idx",
                condition=Q(state__in=["asked", "granted"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}-{self.pk}"

    @property
    def is_asked(self) -> bool:
        return self.state == self.State.ASKED

    @property
    def is_granted(self) -> bool:
        return self.state == self.State.GRANTED

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]

    def is_in_force(self, on: date) -> bool:
        return self.is_granted and (self.expires_on is None or self.expires_on >= on)

    def mark_granted(
        self,
        scopes: list[str],
        days: int | None,
        *,
        expires_on: date | None,
        by: User,
        at: datetime,
    ) -> None:
        self._step(self.State.GRANTED)
        self.scopes, self.days, self.expires_on = scopes, days, expires_on
        self.granted_at, self.granted_by = at, by
        self.letter_version = rules.LETTERS[rules.CONSENT].version
        self.save()

    def mark_ended(self, state: str, *, reason: str, by: User | None, at: datetime) -> None:
        """拒绝, 取消, 失效, 撤销, 到期."""
        self._step(state)
        self.ended_at, self.ended_by = at, by
        self.reason = reason[: rules.REASON_LONGEST]
        self.save(update_fields=["state", "ended_at", "ended_by", "reason"])

    def _step(self, to: str) -> None:
        if to not in self.STEPS.get(self.state, ()):
            state = self.get_state_display()
            raise InvalidTransition(
                _("该授权的状态是“%(state)s”，不能执行此操作") % {"state": state}
            )
        self.state = to


class SignedLetter(models.Model):
    """承诺书: who signed which version of which letter for a partner. Kept for good."""

    class Kind(models.TextChoices):
        COMMITMENT = rules.COMMITMENT, _("代客操作承诺书")
        DELEGATION = rules.DELEGATION, _("总经销商代客操作承诺书")

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("伙伴")
    )
    kind = models.CharField(_("承诺书"), max_length=12, choices=Kind)
    version = models.CharField(_("版本"), max_length=10)
    text = models.TextField(_("内容"))
    signed_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("签署人")
    )
    signed_at = models.DateTimeField(_("签署时间"))

    class Meta:
        verbose_name = _("承诺书")
        verbose_name_plural = pgettext_lazy("复数", "承诺书")
        constraints = [
            models.UniqueConstraint(
                name="customers_signedletter_once", fields=["partner", "kind", "version"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class ProxyRightQuerySet(LockingQuerySet):
    def open(self) -> "ProxyRightQuerySet":
        return self.filter(withdrawn_at__isnull=True)

    def visible_to(self, member: Member) -> "ProxyRightQuerySet":
        """What the member's partner has given to its resellers."""
        return self.filter(distributor_id=member.partner_id)


class ProxyRight(models.Model):
    """代客操作权限: a distributor lets one of its resellers act for customers, until withdrawn."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="proxy_rights", verbose_name=_("云经销商")
    )
    distributor = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("总经销商")
    )
    letter_version = models.CharField(_("承诺书版本"), max_length=10)
    given_at = models.DateTimeField(_("开通时间"))
    given_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("开通人")
    )
    withdrawn_at = models.DateTimeField(_("收回时间"), null=True)
    withdrawn_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("收回人")
    )
    reason = models.CharField(_("原因"), max_length=rules.REASON_LONGEST, blank=True, default="")

    objects = ProxyRightQuerySet.as_manager()

    class Meta:
        verbose_name = _("代客操作权限")
        verbose_name_plural = pgettext_lazy("复数", "代客操作权限")
        constraints = [
            models.UniqueConstraint(
                name="customers_proxyright_one_open",
                fields=["partner"],
                condition=Q(withdrawn_at__isnull=True),
                violation_error_message=_("该云经销商已有代客操作权限"),
            ),
            models.CheckConstraint(
                name="customers_proxyright_withdrawn_with_reason",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.partner_id)
