"""Which columns of a list a person sees, in which order, and how dense the rows are."""

from collections.abc import Sequence
from dataclasses import dataclass

from .columns import Actions, Column


@dataclass(frozen=True)
class Layout:
    """The first column says which row it is and the buttons end it: both stay where they are.

    Args:
        order: keys of the columns between them, as the person wants them.
        pinned: how many columns stay in sight while the others are scrolled.
    """

    order: Sequence[str] = ()
    hidden: frozenset[str] = frozenset()
    pinned: int = 1
    is_compact: bool = False

    def shown(self, columns: Sequence[Column]) -> list[Column]:
        wanted = [c for c in self.arranged(columns) if c.key not in self.hidden]
        return [*columns[:1], *wanted, *(c for c in columns[1:] if isinstance(c, Actions))]

    def arranged(self, columns: Sequence[Column]) -> list[Column]:
        """What may be moved and hidden, in order. A column that is new to the person stands
        behind the one that it was declared behind."""
        declared = movable(columns)
        known = {key: at for at, key in enumerate(self.order)}
        found = sorted((c for c in declared if c.key in known), key=lambda c: known[c.key])
        for at, column in enumerate(declared):
            if column.key not in known:
                found.insert(found.index(declared[at - 1]) + 1 if at else 0, column)
        return found

    def css(self, at: int) -> str:
        """What makes the column at this place stay in sight; the first one always does."""
        return f"pin pin-{at + 1}" if at < self.pinned > 1 else ""


def movable(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns[1:] if not isinstance(column, Actions)]
