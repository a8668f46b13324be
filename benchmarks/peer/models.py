"""The product's tables as a stock admin would have them."""

from django.conf import settings
from django.db import models


class Partner(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        managed = False
        db_table = "org_partner"

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)

    class Meta:
        managed = False
        db_table = "org_member"

    def __str__(self) -> str:
        return self.user.name


def _choices(*words: str) -> list[tuple[str, str]]:
    return [(word, word) for word in words]


class Customer(models.Model):
    partner = models.ForeignKey(Partner, models.PROTECT)
    number = models.CharField(max_length=64)
    name = models.CharField(max_length=128)
    account_name = models.CharField(max_length=64)
    phone = models.CharField(max_length=20)
    email = models.EmailField()
    type = models.CharField(max_length=10, choices=_choices("none", "person", "company"))
    verified = models.CharField(
        max_length=10, choices=_choices("none", "reviewing", "failed", "verified")
    )
    level = models.PositiveSmallIntegerField()
    association_type = models.CharField(max_length=10, choices=_choices("referral", "resale"))
    associated_at = models.DateTimeField()
    account_manager = models.ForeignKey(Member, models.PROTECT, null=True)
    available_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)

    class Meta:
        managed = False
        db_table = "customers_customer"

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    partner = models.ForeignKey(Partner, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT)
    scenario = models.CharField(
        max_length=20,
        choices=_choices(
            *("spending_drop", "no_spending", "mass_release", "no_login", "leaving", "expiring"),
            *("low_balance", "arrears"),
        ),
    )
    alert_class = models.CharField(max_length=10, choices=_choices("churn", "resource"))
    subject = models.CharField(max_length=160)
    cause = models.CharField(max_length=60)
    facts = models.JSONField()
    raised_on = models.DateField()
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=_choices("pending", "handled", "lapsed"))
    handled_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "followups_alert"

    def __str__(self) -> str:
        return self.scenario
