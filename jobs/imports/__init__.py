"""Imports: a file that somebody sends becomes changes of rows.

What may be imported a kind declares (kinds.py); upload, columns, preview and commit are the same
for all (services.py). docs/mechanisms/imports.md shows how a kind is added.
"""
