"""The vendor's desk for billing: files, whose sub-accounts they name, rates, complete days; bills,
invoices and contracts."""

from . import budgets, files, funds, invoices, kept, sub_accounts

__all__ = ["budgets", "files", "funds", "invoices", "kept", "sub_accounts"]
