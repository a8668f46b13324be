"""T-INJ-4, T-TEN-3: a form takes its own fields, and only rows of one's own partner."""

from zlib import crc32

import pytest
from django.db import transaction

from core import tenancy

from . import database, forms
from .actors import BY_NAME, Seat
from .asking import Interview
from .database import BOOKKEEPING
from .pages import Probe
from .permissions import own_posts
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


PARTS = 3  # so that two processes share the work
PARTNERS, VENDOR = ("zong", "yun", "jing"), ("operator",)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("names", [PARTNERS, VENDOR], ids=["partners", "vendor"])
def test_fields_that_a_form_does_not_have_change_nothing(world, names, part):
    """Each form is sent by the first of these for whom it stores something."""
    stored: set[tuple[str, str]] = set()
    for name in names:
        interview = Posting(Seat(BY_NAME[name], world), world)
        for probe in own_posts(interview):
            if probe.form in stored or crc32(repr(probe.form).encode()) % PARTS != part:
                continue
            # Fields of the form that are left empty may be filled. A file is read but once.
            own = {field.name for field in interview.form_of(probe)}
            others = {name: value for name, value in interview.smuggled.items() if name not in own}
            written, with_more = interview.stored(probe, others | interview.proper(probe))
            if written:
                stored.add(probe.form)
                _written, plainly = interview.stored(probe, interview.proper(probe))
                for row in sorted(with_more - plainly):  # refusing all of it is as good
                    interview.note(probe, f"stored {row}")
        assert not interview.problems, "\n".join(interview.problems)
    assert len(stored) > 10, "hardly anything was stored: the forms are filled in wrongly"
