"""资金: partners' and customers' accounts, 拨款 and 回收 between them (decision 20)."""
