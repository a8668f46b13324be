"""预算 of 转售 customers: what they may spend, how much of it they have, and who is told."""
