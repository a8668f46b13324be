"""发票抬头: one is valid at a time."""

from datetime import datetime
from typing import Any

from django.db import transaction

from activity.services import record
from org.models import Member

from ..models import InvoiceTitle
from .shared import must_manage

FIELDS = ("kind", "name", "tax_number", "bank", "bank_account", "address", "telephone")


@transaction.atomic
def set_title(*, by: Member, at: datetime, **fields: Any) -> InvoiceTitle:
    """设置发票抬头: the former one stays with what was issued to it. Raises NotAllowed."""
    must_manage(by)
    mine = InvoiceTitle.objects.visible_to(by).valid()
    known = mine.select_for_update(no_key=True, of=("self",)).first()
    if known and all(getattr(known, name) == fields[name] for name in FIELDS):
        return known
    if known:
        known.retired_at = at
        known.save(update_fields=["retired_at"])
    title = InvoiceTitle.objects.create(partner_id=by.partner_id, set_by=by, set_at=at, **fields)
    before = {"title": known.name, "tax_number": known.tax_number} if known else {}
    after = {"title": title.name, "tax_number": title.tax_number}
    record("invoice_title.set", title, by=by, at=at, before=before, after=after)
    return title
