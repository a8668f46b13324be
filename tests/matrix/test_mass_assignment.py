"""T-INJ-4, T-TEN-3: a form takes its own fields, and only rows of one's own partner."""

import pytest
from django.db import transaction

from core import tenancy

from . import database, forms
from .actors import BY_NAME, Seat
from .asking import Interview
from .pages import Probe


class Posting(Interview):
    """Posts, looks at what is stored, and undoes it."""

    def stored(self, probe: Probe, sent: forms.Values) -> set[str]:
        with transaction.atomic():
            self.send(probe, sent)
            found = stored_now()
            transaction.set_rollback(True)
        self.seat.restore()
        return found


def stored_now() -> set[str]:
    with tenancy.vendor():
        return database.rows()


@pytest.mark.parametrize("name", ["yun", "jing", "zong", "operator"])
def test_fields_that_a_form_does_not_have_change_nothing(world, name):
    interview = Posting(Seat(BY_NAME[name], world), world)
    untouched, did_something = stored_now(), 0
    for probe in interview.own_posts():
        plainly = interview.stored(probe, interview.proper(probe))
        more = interview.smuggled | interview.proper(probe)
        with_more = interview.stored(probe, more)
        did_something += plainly != untouched
        for row in sorted(with_more - plainly - untouched):  # refusing all of it is as good
            interview.note(probe, f"stored {row}")
    assert did_something, "nothing was stored at all: the forms are filled in wrongly"
    assert not interview.problems, "\n".join(interview.problems)
    print(f"{name}: {did_something} pages stored something")
