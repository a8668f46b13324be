"""合同商务: 线上合同, which a partner makes itself. 线下合同 are in invoices/agreements.py."""
