"""What can be imported of customers: a partner's own notes and assignments, the vendor's links."""
