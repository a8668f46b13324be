"""公告: what the vendor says to partners, to whom, and who has read it (decision 0018)."""
