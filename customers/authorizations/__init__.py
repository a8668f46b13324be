"""客户授权: what a customer lets its partner do inside its account, and until when."""
