"""欠费: customers who owe, and who is told."""
