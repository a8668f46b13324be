"""代客操作 on resources: what is asked in a customer's account, and who carries it out."""
