"""Planting: ids from a group's own range, and a mark in every text, as rows are made."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections, models
from django.db.models.signals import pre_save

from customers.models import CloudAccount, Customer

from . import marks

# Texts that are codes, or that no page could ever show: they keep what they have.
UNMARKED = {
    "org.User.password",
    "activity.Activity.verb",
    "activity.Activity.subject_type",
    "activity.Activity.request_id",
    "activity.Activity.session",
    "activity.ActivitySeal.lines_hash",
    "activity.ActivitySeal.previous_hash",
    "activity.ActivitySeal.hash",
    "activity.Notification.kind",
    "activity.Notification.cause",  # a code
    "activity.NoticeSettings.mail",  # codes
    "associations.AssociationChange.effects",  # codes
    "associations.Invitation.email",  # empty for links; marked in associations.py
    "customers.AccountNotice.kind",
    "customers.Authorization.commitment_version",  # codes: which text was signed
    "customers.Authorization.letter_version",
    "customers.SignedLetter.version",
    "customers.ProxyRight.letter_version",
    "customers.ProxyRight.reason",  # empty until it is withdrawn; marked in delegation.py
    "billing.ConsumptionFile.digest",
    "billing.Invoice.number",  # empty until it is issued
    "billing.PaymentAgreement.checksum",  # of a file
    "billing.PaymentAgreement.version",  # codes: which text was agreed to
    "customers.UserInvitation.email",  # in lower case; marked in associations.py
    "customers.UserInvitation.ended_how",
    "billing.Settlement.objection",  # empty until somebody objects
    "billing.Service.provider",
    "billing.Service.name",
    "billing.Service.category",
    "billing.ExchangeRate.currency",
    "billing.ChargeLine.currency",
    "billing.DailyConsumption.currency",
    "billing.MonthlyConsumption.currency",
    "billing.ResourceRequest.parameters",  # codes and figures
    "billing.Order.proxy_reason",  # there is one only where it was refused
    "customers.Customer.search_text",  # written from the names
    "followups.Alert.snoozed_figure",  # figures
    "ledger.Transfer.key",  # a code
    "followups.Rule.parameters",  # figures
    "followups.AlertHandling.lost_reasons",  # codes
    "followups.Attachment.content_type",
    "billing.ConsumptionFile.sums",  # figures
    "jobs.Job.parameters",  # codes
    "workbench.SavedView.list_key",
    "workbench.SavedView.query",  # an address
    "workbench.Arrangement.list_key",
    "jobs.Import.kind",
    "jobs.Import.fingerprint",
    "jobs.Import.mapping",  # places
    "jobs.Import.seal",
    "jobs.Import.done",  # ids
    "jobs.JobRow.before",  # ids
    "jobs.JobRow.after",  # ids
    "coupons.Certificate.figures",  # codes and figures
    "coupons.Certificate.broken",  # numbers of quotas
    "coupons.Certificate.previous",  # digests
    "coupons.Certificate.digest",
    "coupons.CouponRecord.reason",  # there is one only where it failed
}


def has_number(model: type[models.Model]) -> bool:
    pk = model._meta.pk
    return isinstance(pk, models.AutoField | models.BigAutoField)


@cache
def _sequences() -> list[str]:
    numbered = [*filter(has_number, marks.own_models()), Authenticator, UserSession]
    with connections["owner"].cursor() as cursor:
        found = []
        for model in numbered:
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
            found.append(cursor.fetchone()[0])
    return found


_NOBODYS = 880_000_000_000  # what requests make: such an id is no mark
_given: dict[str, int] = {}  # ids handed out so far; the world is built in one go
_group: list[str] = []  # whose rows are being made
_numbers = itertools.count(1)


def mark(field: str) -> str:
    """A text for a column that is not ours, marked as if it were this field of ours."""
    return marks.text(_group[-1], field, next(_numbers))


@contextmanager
def marking() -> Iterator[None]:
    """Rows of ours that are made inside carry marks."""
    pre_save.connect(_mark)
    try:
        yield
    finally:
        pre_save.disconnect(_mark)


@contextmanager
def ids_of(group: str) -> Iterator[None]:
    """Rows made inside get ids from the group's range.

    Sequences stand outside every transaction, and only their owner may set them.
    """
    _given[group] = _given.get(group, 0) + 500
    _set_sequences(marks.first_id(group) + _given[group])
    _group.append(group)
    yield
    _group.pop()
    _set_sequences(_NOBODYS)


def _set_sequences(to: int) -> None:
    with connections["owner"].cursor() as cursor:
        for name in _sequences():
            cursor.execute("SELECT setval(%s, %s, false)", [name, to])


def reset_ids() -> None:
    """Leave the sequences as another test would find them."""
    _given.clear()
    _set_sequences(1_000_000)


def _mark(sender: type[models.Model], instance: Any, **kwargs: Any) -> None:
    """Before a row is first written: marks in place of its texts."""
    if sender not in marks.own_models() or not instance._state.adding or not _group:
        return
    n = next(_numbers)
    for each in sender._meta.concrete_fields:
        name = f"{sender._meta.label}.{each.name}"
        if isinstance(each, models.GenericIPAddressField):
            setattr(instance, each.name, marks.address(_group[-1]))
        elif name in marks.fields() and not each.choices and name not in UNMARKED:
            value = getattr(instance, each.name)
            setattr(instance, each.name, _marked(_group[-1], name, each, value, n))
    if isinstance(instance, Customer):
        instance.fill_search()
        account = CloudAccount.objects.filter(pk=instance.cloud_account_id)
        account.update(number=instance.number)  # the two are one number


def _marked(group: str, name: str, each: Any, value: Any, n: int) -> Any:
    if isinstance(each, models.JSONField):
        return _words_marked(value, marks.text(group, name, n))
    if isinstance(each, models.FileField):
        content = ContentFile(marks.text(group, name, n).encode())
        return default_storage.save(f"{marks.text(group, name, n)}.txt", content)
    if each.name == "email":
        return marks.email(group, name, n)
    if each.name == "phone":
        return marks.phone(group, n)
    if name == "org.Role.code":
        return value if value != "custom-any" else f"custom-{marks.text(group, name, n)}"
    return marks.text(group, name, n)[: each.max_length]


def _words_marked(value: Any, mark: str) -> Any:
    if isinstance(value, dict):
        return {key: _words_marked(inner, mark) for key, inner in value.items()}
    if isinstance(value, list):
        return [_words_marked(inner, mark) for inner in value]
    return mark if isinstance(value, str) and re.search(r"[a-z]", value) else value
