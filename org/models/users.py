from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class VendorRole(models.TextChoices):
    REVIEWER = "reviewer", _("审核员")
    OPERATOR = "operator", _("运营")
    AUDITOR = "auditor", _("审计员")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower() if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """用户: who signs in: for partners through memberships, for the vendor, or for a customer."""

    name = models.CharField(_("姓名"), max_length=64)
    # null, not "": many people have none, and a unique column takes many nulls
    email = models.EmailField(_("邮箱"), null=True, blank=True)  # noqa: DJ001
    phone = models.CharField(_("手机号"), max_length=20, null=True, blank=True, unique=True)
    is_active = models.BooleanField(_("启用"), default=True)
    vendor_role = models.CharField(
        _("厂商角色"), max_length=10, choices=VendorRole, blank=True, default=""
    )
    # Who signs in for a cloud account is on the customers' side for good (decision 0021).
    is_customer = models.BooleanField(_("客户侧用户"), default=False, db_default=False)
    must_change_password = models.BooleanField(_("首次登录需修改密码"), default=False)
    password_changed_at = models.DateTimeField(_("密码修改时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = pgettext_lazy("复数", "用户")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="org_user_email_is_unique",
                violation_error_message=_("该邮箱已被使用"),
            ),
            models.CheckConstraint(
                name="org_user_can_be_addressed",
                condition=Q(email__isnull=False) | Q(phone__isnull=False),
                violation_error_message=_("邮箱和手机号至少填写一项"),
            ),
            models.CheckConstraint(
                name="org_user_vendor_role_is_known",
                condition=Q(vendor_role__in=["", *VendorRole.values]),
            ),
            models.CheckConstraint(
                name="org_user_customers_hold_no_vendor_role",
                condition=Q(is_customer=False) | Q(vendor_role=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    @property
    def is_vendor(self) -> bool:
        return bool(self.vendor_role)

    # Django admin asks these three; the vendor's site answers per page (core/admin.py).
    @property
    def is_staff(self) -> bool:
        return self.is_active and self.is_vendor

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
