"""T-INJ-4, T-TEN-3: a form takes its own fields, and only rows of one's own partner."""

import pytest
from django.db import transaction

from core import tenancy

from . import database, forms
from .actors import BY_NAME, Seat
from .asking import Interview
from .database import BOOKKEEPING
from .pages import Probe
from .world import World


class Posting(Interview):
    """Posts, looks at what is stored, and undoes it."""

    def __init__(self, seat: Seat, world: World) -> None:
        super().__init__(seat, world)
        with tenancy.vendor():
            self._untouched = database.rows()

    def stored(self, probe: Probe, sent: forms.Values) -> tuple[set[str], set[str]]:
        """Tables that were written, and rows that are new in them."""
        with transaction.atomic():
            self.send(probe, sent)
            written = self._watch.changed() - BOOKKEEPING.keys()
            with tenancy.vendor():
                found = database.rows(written)
            transaction.set_rollback(True)
        self.seat.restore()
        return written, found - self._untouched


@pytest.mark.parametrize("name", ["yun", "jing", "zong", "operator"])
def test_fields_that_a_form_does_not_have_change_nothing(world, name):
    interview = Posting(Seat(BY_NAME[name], world), world)
    did_something = 0
    for probe in interview.own_posts():
        written, plainly = interview.stored(probe, interview.proper(probe))
        own = {field.name for field in interview.form_of(probe)}  # left empty they may be filled
        others = {name: value for name, value in interview.smuggled.items() if name not in own}
        more = others | interview.proper(probe)
        _written, with_more = interview.stored(probe, more)
        did_something += bool(written)
        for row in sorted(with_more - plainly):  # refusing all of it is as good
            interview.note(probe, f"stored {row}")
    assert did_something, "nothing was stored at all: the forms are filled in wrongly"
    assert not interview.problems, "\n".join(interview.problems)
    print(f"{name}: {did_something} pages stored something")
