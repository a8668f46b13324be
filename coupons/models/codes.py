"""Words that several tables keep lists of."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise


class OrderType(models.TextChoices):
    NEW = "new", _("新购")
    RENEW = "renew", _("续订")
    CHANGE = "change", _("变更")


def codes(words: Sequence[tuple[str, Label]], label: Any) -> "ArrayField[list[str], list[str]]":
    return ArrayField(
        models.CharField(max_length=10, choices=list(words)),
        verbose_name=label,
        default=list,
        blank=True,
    )


def order_labels(codes: list[str]) -> list[str]:
    return [str(OrderType(code).label) for code in codes]
