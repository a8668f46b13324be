"""Bills, a customer's month and agreements as papers: how their addresses are filled."""

from collections.abc import Callable
from typing import Any

from billing.bills.models import PartnerBill
from billing.contracts.models import PaymentAgreement
from billing.invoices.models import Obligation


def fillers(seen: Callable[..., Any]) -> dict[tuple[str, str], Any]:
    return {
        ("bills:download_bill", "pk"): seen(PartnerBill),
        ("contracts:*", "pk"): seen(PaymentAgreement),
        ("invoices:download_statement", "pk"): seen(Obligation, direction="by_partner"),
    }
