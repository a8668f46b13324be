"""What jobs do, by kind. Here, because the work needs the lists of every app."""

from jobs.models import Job
from jobs.services import Work

from .exports import export

WORK: dict[str, Work] = {Job.Kind.EXPORT: export}
