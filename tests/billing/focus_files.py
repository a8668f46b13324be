"""FOCUS files for tests: small ones made of keyword-only charges, and the real one."""

import csv
import gzip
import io
import os
from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from billing.models import ChargeLine, ConsumptionFile, SubAccount
from billing.services.imports import Imported, import_consumption
from billing.services.mapping import Wish, map_sub_account
from customers.models import Customer
from tests.factories import NOW

_numbers = count(1)
_HERE = Path(__file__).resolve()
SAMPLE = Path(
    os.environ.get("FOCUS_SAMPLE")
    or _HERE.parents[3] / "shared" / "data" / "focus_1_0_sample_1000.csv"
)
needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason=f"{SAMPLE} is not there")

COLUMNS = (
    "BilledCost",
    "BillingCurrency",
    "ChargeCategory",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ListCost",
    "ProviderName",
    "RegionId",
    "ResourceId",
    "ServiceCategory",
    "ServiceName",
    "SubAccountId",
    "SubAccountName",
    "Tags",
)
_DEFAULTS = {
    "BilledCost": "1.50",
    "BillingCurrency": "USD",
    "ChargeCategory": "Usage",
    "ChargeDescription": "Compute, per hour",
    "ChargePeriodStart": "2026-10-05 08:00:00",
    "ChargePeriodEnd": "2026-10-05 09:00:00",
    "ListCost": "NULL",
    "ProviderName": "AWS",
    "RegionId": "us-west-2",
    "ResourceId": "NULL",
    "ServiceCategory": "Compute",
    "ServiceName": "EC2",
    "SubAccountId": "111122223333",
    "SubAccountName": "Nimbus",
    "Tags": '{"env": "prod", "team": "core"}',
}


def charge(**cells: str) -> dict[str, str]:
    """One line, by column name. `day` sets both ends of the period within that UTC day."""
    if day := cells.pop("day", ""):
        cells["ChargePeriodStart"], cells["ChargePeriodEnd"] = f"{day} 08:00:00", f"{day} 09:00:00"
    return _DEFAULTS | cells


def focus_csv(
    *charges: dict[str, str],
    columns: Sequence[str] = COLUMNS,
    line_end: str = "\n",
    quoting: Any = csv.QUOTE_NONNUMERIC,
) -> bytes:
    """The lines as a file. Columns that only some charges have are added at the front."""
    extra = [name for each in charges for name in each if name not in columns]
    names = [*dict.fromkeys(extra), *columns]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator=line_end, quoting=quoting, restval="NULL")
    writer.writeheader()
    writer.writerows(charges)
    return out.getvalue().encode()


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def deliver(content: bytes, name: str = "", **options: Any) -> Imported:
    """Import the content as a file of its own, or under `name`."""
    name = name or f"bill-{next(_numbers)}.csv"
    return import_consumption(io.BytesIO(content), name=name, by=None, at=NOW, **options)


def owned_by(customer: Customer, number: str = "111122223333", provider: str = "AWS") -> SubAccount:
    """Map a sub-account, known to a billing file or not yet, to the customer."""
    sub_account, _ = SubAccount.objects.get_or_create(provider=provider, number=number)
    return map_sub_account(sub_account, Wish(customer.number), by=None, at=NOW)


def stored_amounts(**condition: Any) -> list[Decimal]:
    rows = ChargeLine.objects.filter(**condition).order_by("line_number", "id")
    return list(rows.values_list("billed_cost", flat=True))


def nothing_stored() -> bool:
    imported = ConsumptionFile.objects.exclude(state="refused")
    return not (imported.exists() or ChargeLine.objects.exists() or SubAccount.objects.exists())
