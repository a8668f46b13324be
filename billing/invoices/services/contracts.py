"""线下合同, kept by the vendor's operators."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core.refusals import Refused
from org.models import User

from ..agreements import Contract

FIELDS = ("name", "signed_on", "starts_on", "ends_on", "amount")


@transaction.atomic
def create_contract(*, by: User, at: datetime, **fields: Any) -> Contract:
    _check(fields)
    if Contract.objects.filter(number=fields["number"]).exists():
        raise Refused(_("已有合同编码为 %(number)s 的合同。") % {"number": fields["number"]})
    contract = Contract.objects.create(**fields)
    record(
        "contract.created", contract, by=by, at=at, partner=contract.partner, after=_told(contract)
    )
    return contract


@transaction.atomic
def change_contract(contract: Contract, *, by: User, at: datetime, **fields: Any) -> Contract:
    """Partner and code stay: another code is another contract."""
    _check(fields)
    contract = Contract.objects.select_for_update(no_key=True, of=("self",)).get(pk=contract.pk)
    before = _told(contract)
    for name in FIELDS:
        setattr(contract, name, fields[name])
    if _told(contract) == before:
        return contract
    contract.save(update_fields=FIELDS)
    record(
        "contract.changed",
        contract,
        by=by,
        at=at,
        partner=contract.partner,
        before=before,
        after=_told(contract),
    )
    return contract


def _check(fields: dict[str, Any]) -> None:
    if fields["ends_on"] < fields["starts_on"]:
        raise Refused(_("失效日期早于生效日期。"))


def _told(contract: Contract) -> dict[str, str]:
    amount = contract.amount
    return {
        "contract": contract.number,
        "name": contract.name,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat(),
        "amount": "" if amount is None else f"{amount:.2f}",
    }
