"""客户分配: who has which customers, and who had them (customers_coupons.md §7.2)."""
