"""The peer: Django's own admin changelists on the same tables, filters on choice fields only."""
