"""What jobs do, by kind. Here, because the work needs the lists of every app."""

from functools import partial

from jobs.bulk import run_batch
from jobs.models import Job
from jobs.services import Runner, Work

from .batches import ACTIONS
from .exports import export

WORK: dict[str, Work] = {Job.Kind.EXPORT: export}
RUNNERS: dict[str, Runner] = {Job.Kind.BULK: partial(run_batch, actions=ACTIONS)}
