"""客户订单: orders of customers as the vendor reports them, and paying for them (代支付)."""
