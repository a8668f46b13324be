"""客户消费: by customer and month (汇总), and line by line (明细)."""
