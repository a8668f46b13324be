"""代客操作: sessions inside a customer's account, and the log of all that was done in them."""
