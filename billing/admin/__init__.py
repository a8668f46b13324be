"""The vendor's desk for billing: files, whose sub-accounts they name, rates, complete days."""

from . import files, funds, kept, sub_accounts

__all__ = ["files", "funds", "kept", "sub_accounts"]
