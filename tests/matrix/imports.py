"""Files that were sent: one of each member with customers, and the vendor's own."""

from datetime import timedelta
from typing import Any

from jobs.imports.models import Import
from org.models import Member
from org.permissions import CUSTOMERS_ASSIGN, CUSTOMERS_LABEL, CUSTOMERS_REMARK
from tests.factories import NOW

WRITES = {CUSTOMERS_ASSIGN, CUSTOMERS_LABEL, CUSTOMERS_REMARK}  # one of them lets import


def of_member(customer: Any, manager: Any) -> None:
    by = manager or Member.objects.main_accounts().filter(partner=customer.partner).first()
    _make(partner_id=customer.partner_id, member=by, kind="customers")


def of_vendor(user: Any, partner: Any) -> None:
    _make(partner=partner, user=user, kind="associations")


def _make(**fields: Any) -> None:
    Import.objects.create(
        name="x",
        headers=["word"],
        fingerprint="0" * 64,
        lines=1,
        preview={"counts": {}, "first": [[2, True, {"name": "word"}]]},
        wrong=[[3, "word", "word"]],
        created_at=NOW,
        expires_at=NOW + timedelta(days=3),
        **fields,
    )
