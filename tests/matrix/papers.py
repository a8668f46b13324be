"""Bills, a customer's month and agreements as papers: how their addresses are filled."""

from billing.bills.models import PartnerBill
from billing.contracts.models import PaymentAgreement
from billing.invoices.models import Obligation

from .filling import seen

FILLERS = {
    ("bills:download_bill", "pk"): seen(PartnerBill),
    ("contracts:*", "pk"): seen(PaymentAgreement),
    ("invoices:download_statement", "pk"): seen(Obligation, direction="by_partner"),
}
