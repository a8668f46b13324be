"""T-INJ-4, T-TEN-3: a form takes its own fields, and only rows of one's own partner."""

import pytest
import time_machine
from django.db import transaction

from core import tenancy
from tests.factories import NOW

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

    def posts(self) -> list[Probe]:
        """One proper POST for each page on which this person may do something."""
        found: dict[str, Probe] = {}
        for probe in self.probes:
            if probe.method == "POST" and probe.visible and not probe.htmx and not probe.forged:
                found.setdefault(f"{probe.page.name} {probe.path}", probe)
        return list(found.values())


def stored_now() -> set[str]:
    with tenancy.vendor():
        return database.rows()


@pytest.mark.parametrize("name", ["yun", "jing", "zong", "operator"])
def test_fields_that_a_form_does_not_have_change_nothing(world, name):
    with time_machine.travel(NOW, tick=False):
        interview = Posting(Seat(BY_NAME[name], world), world)
        untouched, did_something = stored_now(), 0
        for probe in interview.posts():
            plainly = interview.stored(probe, interview.proper(probe.page))
            more = interview.smuggled | interview.proper(probe.page)
            with_more = interview.stored(probe, more)
            did_something += plainly != untouched
            for row in sorted(with_more - plainly):
                interview.note(probe, f"stored {row}")
    assert did_something, "nothing was stored at all: the forms are filled in wrongly"
    assert not interview.problems, "\n".join(interview.problems)
    print(f"{name}: {did_something} pages stored something")
