"""What an import of one kind is: its columns, and what its lines would change."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.access import Decision
from core.lists.columns import Label


class BadCell(Exception):
    """A cell that cannot be used; carries the reason."""


@dataclass(frozen=True)
class ImportColumn:
    """One thing that a line may say.

    Args:
        names: further headers by which its column is guessed.
        parse: what the cell's text means. Raises BadCell.
    """

    key: str
    label: Label
    help: Label = ""
    names: tuple[str, ...] = ()
    example: Label = ""
    is_required: bool = False
    parse: Callable[[str], Any] = str


@dataclass(frozen=True)
class Wrong:
    """A line that is not imported: which of its cells, and why."""

    line: int
    key: str
    reason: str


@dataclass(frozen=True)
class Line:
    """A line whose cells can be used; empty ones are left out."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What a line would do to one row. Of a new row `before` is empty."""

    line: int
    subject: int | str  # a row's id, or what a new one is called
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    shown: Mapping[str, str] = field(default_factory=dict)  # by column, for the preview

    @property
    def is_new(self) -> bool:
        return not self.before


@dataclass
class Plan:
    """What an import would do: made for the preview, and again by the commit."""

    changes: list[Change] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    unchanged: int = 0

    def counts(self) -> dict[str, int]:
        new = sum(change.is_new for change in self.changes)
        return {
            "new": new,
            "changed": len(self.changes) - new,
            "unchanged": self.unchanged,
            "wrong": len(self.wrong),
        }

    def seal(self) -> str:
        """Says that this is what a preview showed."""
        whole = hashlib.sha256()
        for change in self.changes:
            said = [change.subject, change.before, change.after]
            whole.update(json.dumps(said, sort_keys=True, default=str).encode())
        whole.update(json.dumps([[w.line, w.key] for w in self.wrong]).encode())
        return whole.hexdigest()[:32]


class ImportKind:
    """Subclass and declare. The first column says which row a line is about."""

    key: str
    title: Label
    help: Label
    columns: Sequence[ImportColumn]
    belongs_to: str = ""  # the page under which the menu shows it
    sensitive: bool = False  # asks for the second factor again where the partner says so

    def decide(self, by: Any) -> Decision:
        """Whether this person may import it at all."""
        raise NotImplementedError

    def visible_columns(self, by: Any) -> Sequence[ImportColumn]:
        """The columns that this person may write."""
        return self.columns

    def plan(self, lines: Iterable[Line], made: Any, *, by: Any, at: datetime) -> Plan:
        """What these lines would do now; `wrong` gets those that cannot be done."""
        raise NotImplementedError

    def commit(self, made: Any, plan: Plan, *, by: Any, at: datetime) -> None:
        """Do it, or queue it. Raises Refused."""
        raise NotImplementedError

    def done_url(self, made: Any) -> str:
        """Where to look at what was done, of a kind that needs no job for it."""
        return ""

    def left(self, made: Any, *, by: Any) -> Mapping[str, str]:
        """Which rows were not done after all, by what the first column calls them, and why."""
        return {}
