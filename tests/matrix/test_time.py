"""T-TIME: every page opens at the edges of days, months and years, as Beijing counts them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from .actors import BY_NAME, Seat
from .asking import Interview
from .test_figures import pages_of

BEIJING = ZoneInfo("Asia/Shanghai")
EDGES = {
    "the last second of a year": datetime(2026, 12, 31, 23, 59, 59, tzinfo=BEIJING),
    "the end of a month of 31 days": datetime(2027, 5, 31, 23, 59, 59, tzinfo=BEIJING),
    "a leap day": datetime(2028, 2, 29, 12, tzinfo=BEIJING),
    "a day that UTC has not begun": datetime(2026, 12, 1, 0, 30, tzinfo=BEIJING),
}


ASKED = [*(("jing", edge) for edge in EDGES), ("operator", "a leap day")]


@pytest.mark.parametrize(("name", "edge"), ASKED)
def test_every_page_opens(world, name, edge):
    with time_machine.travel(EDGES[edge], tick=False):
        interview = Interview(Seat(BY_NAME[name], world), world)
        opened = pages_of(interview)
    assert len(opened) > 15
    assert not interview.problems, "\n".join(interview.problems)
