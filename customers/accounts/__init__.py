"""云账号 on the customer's side: its users, their door and what they are told."""
