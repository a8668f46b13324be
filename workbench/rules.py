"""What a view may be called, and how many there are."""

MOST_VIEWS = 50  # of one member on one list
MOST_PINNED_VIEWS = 8
MOST_PINNED_COLUMNS = 3
NAME_LENGTH = 40
QUERY_LENGTH = 4_000  # what an export takes as well


def address_of(pk: int, query: str) -> str:
    """A view's address on its list: the whole state, and by which name it goes."""
    return f"?view={pk}" + (f"&{query}" if query else "")


def tidy_name(name: str) -> str:
    """Without stray blanks, control characters and marks that turn the writing direction.

    The joiner that holds an emoji together stays.
    """
    seen = "".join(c for c in name if c.isprintable() or c.isspace() or c == "\u200d")
    return " ".join(seen.split())
