"""What can be done to many rows of a list at once, one by one (ui.md 6).

An action is declared once, on its list (`actions = (AssignCustomers(),)`): the page gets check
boxes and the batch bar, and jobs/bulk.py previews it, runs it and undoes it through these words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet

from ..access import Decision
from .columns import Label


@dataclass(frozen=True)
class Change:
    """What one row was and became: what an undo needs."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


class BulkAction:
    """Subclass and declare. `check` and `do` raise what the service of one row raises."""

    key: str
    label: Label
    help: Label = ""
    fields_template: str = "ui/fields.html"  # of the form
    sensitive: bool = False  # asks for the second factor again where the partner says so
    final: Label = ""  # why a batch of it cannot be undone; without, it can be for 24 hours

    def decide(self, by: Any) -> Decision:
        """Whether this member may do it at all."""
        raise NotImplementedError

    def form(self, data: Any = None, *, by: Any, at: datetime) -> forms.Form:
        """What is asked once for the whole batch; a form without fields asks nothing."""
        return forms.Form(data)

    def values(self, form: forms.Form) -> Any:
        """What the form says, as `check` and `do` take it."""
        return None

    def said(self, values: Any) -> str:
        """The values in words."""
        return ""

    def load(self, pks: Sequence[int], *, by: Any) -> QuerySet[Any]:
        """These rows with all that `check` looks at, as far as the member sees them."""
        raise NotImplementedError

    def check(self, subject: Any, values: Any, *, by: Any, at: datetime) -> None:
        """Raises what `do` would raise; asks nothing of the database."""
        raise NotImplementedError

    def values_of(self, row: Any, values: Any) -> Any:
        """What `do` gets of a row: the batch's values, unless each row brings its own."""
        return values

    def do(self, pk: int, values: Any, *, by: Any, at: datetime) -> Change:
        raise NotImplementedError

    def undo(self, pk: int, done: Any, *, by: Any, at: datetime) -> Change:
        """Back to what it was before `done`, unless the row has moved on. Raises Refused."""
        raise NotImplementedError

    def names(self, pks: Sequence[int], *, by: Any) -> Mapping[int, str]:
        """What these rows are called on the preview and in the result, masked."""
        raise NotImplementedError

    def foresee(self, pks: Sequence[int], *, by: Any) -> str:
        """What it comes to for these rows together, in words, on the preview."""
        return ""

    def came_to(self, rows: QuerySet[Any]) -> str:
        """The same of the rows that were done, on the result."""
        return ""

    def tell(self, job: Any, rows: QuerySet[Any], *, at: datetime) -> None:
        """Tell whom the batch concerns, once; `rows` are those that were done."""


def named(actions: Iterable[BulkAction]) -> dict[str, BulkAction]:
    return {action.key: action for action in actions}
