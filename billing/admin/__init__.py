"""The vendor's desk for billing: files, whose sub-accounts they name, rates, complete days; bills,
invoices and contracts."""

from . import budgets, contracts, files, funds, invoices, kept, reports, requests, sub_accounts

__all__ = [
    "budgets",
    "contracts",
    "files",
    "funds",
    "invoices",
    "kept",
    "reports",
    "requests",
    "sub_accounts",
]
