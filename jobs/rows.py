"""The rows of a batch before it runs: as a preview groups them, and as they are chosen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from .models import Job, JobRow

_EXAMPLES = 3


@dataclass
class Group:
    """Rows of a preview that end alike, for the same reason; the first few stand for them."""

    outcome: str
    reason: str
    count: int = 0
    examples: list[int] = field(default_factory=list)

    def add(self, pk: int) -> None:
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(pk)

    @property
    def label(self) -> str:
        return str(JobRow.Outcome(self.outcome).label)


@dataclass(frozen=True)
class Planned:
    """A row that is chosen: as it was seen, and what it is to become if each row has its own."""

    pk: int
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


# 100,000 of them while somebody waits: one statement.
_CHOOSE = """
    INSERT INTO jobs_jobrow (partner_id, job_id, subject_id, outcome, reason, before, after)
    SELECT %s, %s, subject, 'waiting', '', before, after
    FROM unnest(%s::bigint[], %s::jsonb[], %s::jsonb[]) AS row (subject, before, after)
    ORDER BY subject
"""


def choose(job: Job, rows: Sequence[Planned]) -> None:
    """Write down which rows the batch is about."""
    values = (
        [row.pk for row in rows],
        [json.dumps(row.before) for row in rows],
        [json.dumps(row.after) for row in rows],
    )
    with connection.cursor() as cursor:
        cursor.execute(_CHOOSE, [job.partner_id, job.pk, *values])
