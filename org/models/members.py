from enum import Enum
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.access import ALLOWED, Decision, denied
from core.locking import LockingQuerySet

from .. import permissions
from ..permissions import ACCOUNT_DIRECTOR, ACCOUNT_MANAGER, PARTNER_ADMIN, SYSTEM_ADMIN
from .partners import Partner
from .users import User


class Scope(Enum):
    """数据范围: which of the partner's customers a member works with."""

    OWN = "own"
    TEAM = "team"
    PARTNER = "partner"


class RoleQuerySet(LockingQuerySet):
    def of_outer_member(self) -> "RoleQuerySet":
        """Inside a subquery over members: the custom roles of each."""
        code_is_among_roles = Func(
            F("code"),
            models.OuterRef("roles"),
            template="%(expressions)s)",
            arg_joiner=" = ANY (",
            output_field=models.BooleanField(),
        )
        return self.filter(code_is_among_roles, partner=models.OuterRef("partner"))


class Role(models.Model):
    """自定义角色: a named set of permissions that a partner made for itself."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="roles", verbose_name=_("伙伴")
    )
    code = models.CharField(_("编码"), max_length=30)
    name = models.CharField(_("名称"), max_length=30)
    permissions = ArrayField(
        models.CharField(max_length=40), verbose_name=_("权限项"), default=list, blank=True
    )

    objects = RoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("自定义角色")
        verbose_name_plural = pgettext_lazy("复数", "自定义角色")
        constraints = [
            models.UniqueConstraint(name="org_role_code_is_unique", fields=["partner", "code"]),
            models.UniqueConstraint(
                name="org_role_name_is_unique",
                fields=["partner", "name"],
                violation_error_message=_("已有同名角色"),
            ),
            models.CheckConstraint(
                name="org_role_code_is_custom", condition=Q(code__startswith="custom-")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MemberQuerySet(LockingQuerySet):
    def active(self) -> "MemberQuerySet":
        return self.filter(is_active=True, user__is_active=True, partner__is_active=True)

    def visible_to(self, member: "Member") -> "MemberQuerySet":
        return self.filter(partner_id=member.partner_id)

    def of_user(self, user: User) -> "MemberQuerySet":
        """The person's own places, one per partner that they may act for."""
        return self.active().filter(user=user).select_related("partner").order_by("partner__name")

    def account_managers(self) -> "MemberQuerySet":
        return self.active().filter(roles__contains=[ACCOUNT_MANAGER])

    def holding(self, permission: str, *, partner_id: int) -> "MemberQuerySet":
        """The partner's active members whose roles hold the permission."""
        own = Role.objects.filter(partner_id=partner_id).values_list("code", "permissions")
        roles = [(preset.code, preset.permissions) for preset in permissions.PRESETS.values()]
        codes = [code for code, held in [*roles, *own] if permission in permissions.complete(held)]
        return self.active().filter(partner_id=partner_id, roles__overlap=codes)

    def main_accounts(self) -> "MemberQuerySet":
        return self.filter(roles__contains=[PARTNER_ADMIN])

    def acting(self) -> "MemberQuerySet":
        """Members with all that a request asks of them, in one query."""
        from allauth.mfa.models import Authenticator

        custom = Role.objects.of_outer_member().annotate(
            item=Func(F("permissions"), function="unnest")
        )
        factors = Authenticator.objects.filter(user=models.OuterRef("user")).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        return self.select_related("user", "partner").annotate(
            custom_permissions=ArraySubquery(custom.values("item")),
            has_second_factor=models.Exists(factors),
        )


class Member(models.Model):
    """组织成员: one person's place in one partner, with its roles."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="members", verbose_name=_("伙伴")
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("用户")
    )
    roles = ArrayField(models.CharField(max_length=30), verbose_name=_("角色"))
    director = models.ForeignKey(
        "self",
        verbose_name=_("客户经理主管"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="managers",
    )
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    # Found by `acting()` and by org.gate.reach, for the member of a request.
    has_second_factor: bool
    reseller_ids: list[int]
    # Of those of them that are restricted or frozen.
    reseller_standings: dict[int, str]

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("组织成员")
        verbose_name_plural = pgettext_lazy("复数", "组织成员")
        constraints = [
            models.UniqueConstraint(
                name="org_member_once_a_partner",
                fields=["partner", "user"],
                violation_error_message=_("该用户已是此伙伴的成员"),
            ),
            models.UniqueConstraint(
                name="org_member_one_main_account",
                fields=["partner"],
                condition=Q(roles__contains=[PARTNER_ADMIN]),
                violation_error_message=_("每个伙伴只有一个主账号"),
            ),
            models.CheckConstraint(
                name="org_member_one_to_three_roles",
                condition=Q(roles__len__gte=1, roles__len__lte=permissions.MAX_ROLES),
                violation_error_message=_("每名成员须有 1 至 3 个角色"),
            ),
            models.CheckConstraint(
                name="org_member_system_admin_alone",
                condition=~Q(roles__contains=[SYSTEM_ADMIN]) | Q(roles__len=1),
                violation_error_message=_("系统管理员不能与其他角色同时分配"),
            ),
            models.CheckConstraint(
                name="org_member_manager_or_director",
                condition=~Q(roles__contains=[ACCOUNT_MANAGER, ACCOUNT_DIRECTOR]),
                violation_error_message=_("客户经理与客户经理主管不能同时分配"),
            ),
            models.CheckConstraint(
                name="org_member_only_managers_have_directors",
                condition=Q(director__isnull=True) | Q(roles__contains=[ACCOUNT_MANAGER]),
                violation_error_message=_("只有客户经理有主管"),
            ),
        ]
        indexes = [models.Index(fields=["user"], name="org_member_user_idx")]

    def __str__(self) -> str:
        return self.user.name

    @cached_property
    def permissions(self) -> frozenset[str]:
        custom = getattr(self, "custom_permissions", None)
        if custom is None:
            wanted = Role.objects.filter(partner_id=self.partner_id, code__in=self.roles)
            custom = [p for codes in wanted.values_list("permissions", flat=True) for p in codes]
        return permissions.granted(self.roles, custom)

    @cached_property
    def scope(self) -> Scope:
        """A manager with any other role works for the whole partner (customers_coupons.md §2)."""
        if self.roles == [ACCOUNT_MANAGER]:
            return Scope.OWN
        return Scope.TEAM if self.roles == [ACCOUNT_DIRECTOR] else Scope.PARTNER

    @property
    def reads_as(self) -> tuple[int, Scope, int | None]:
        """Members of whom this is the same see the same rows (`visible_to`)."""
        return (self.partner_id, self.scope, None if self.scope is Scope.PARTNER else self.pk)

    @property
    def is_account_manager(self) -> bool:
        return self.is_active and self.user.is_active and ACCOUNT_MANAGER in self.roles

    @property
    def is_main_account(self) -> bool:
        return PARTNER_ADMIN in self.roles

    def holds(self, permission: str) -> bool:
        """`may`, where nobody asks why: a menu."""
        return permission in self.permissions

    def may(self, permission: str) -> Decision:
        """Whether this member's roles hold the permission; otherwise why not, and who can help."""
        if self.holds(permission):
            return ALLOWED
        label = permissions.LABELS[permission]
        return denied(
            gettext("您的角色没有“%(label)s”权限") % {"label": label},
            gettext("请联系主账号或系统管理员为您分配角色"),
        )

    def role_labels(self) -> list[str]:
        """The names of the roles; a custom role shows its own, to whom the partner is open."""
        custom = dict(
            Role.objects.filter(partner_id=self.partner_id, code__in=self.roles).values_list(
                "code", "name"
            )
            if any(code not in permissions.PRESETS for code in self.roles)
            else ()
        )
        presets = permissions.PRESETS
        return [
            str(presets[code].label if code in presets else custom.get(code, gettext("自定义角色")))
            for code in self.roles
        ]
