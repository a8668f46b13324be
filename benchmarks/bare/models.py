"""The table of users, with what signing in asks of it."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class User(AbstractBaseUser):
    name = models.CharField(max_length=64)
    email = models.EmailField()
    is_active = models.BooleanField()
    vendor_role = models.CharField(max_length=10)

    USERNAME_FIELD = "email"

    class Meta:
        app_label = "bare"
        managed = False
        db_table = "org_user"

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        return bool(self.vendor_role)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
