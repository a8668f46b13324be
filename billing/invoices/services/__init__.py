"""Acts on invoices: what partners ask of the vendor and how the vendor handles it, what partners
issue themselves, titles, contracts, and what two partners settle between them."""
