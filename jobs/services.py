"""Asking for jobs, ending them, and running them so that a killed worker loses nothing."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.utils.translation import gettext as _

from activity.services import close_notices, notify, record
from core import tenancy
from core.refusals import InvalidTransition, Refused
from org.models import Member, User

from . import approval
from .models import Job
from .progress import Cancelled, Progress, ask_to_stop

log = logging.getLogger(__name__)

MOST_UNFINISHED = 5  # of one member (benefits_org.md §5.2)
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Made:
    """The file of a job that came to its end."""

    path: Path
    rows: int


# Does the work of one kind: writes into the folder. Raises Refused with a sentence.
Work = Callable[[Job, Path, Progress], Made]
Now = Callable[[], datetime]
# Does the whole of a job by itself, in transactions of its own.
Runner = Callable[[Job, Now], None]


@transaction.atomic
def ask_job(
    kind: str,
    *,
    title: str,
    said: str,
    parameters: Mapping[str, Any],
    token: UUID,
    needs_approval: bool = False,
    by: Member,
    at: datetime,
    verb: str,
    undoes: Job | None = None,
) -> Job:
    """Queue a job, or let it wait for a second person's word; asked again with the same token,
    it is the same one. Raises Refused.

    Args:
        verb: under which the log has it.
        undoes: the batch that this one takes back.
    """
    _one_at_a_time(by)
    if same := Job.objects.filter(member=by, token=token).first():
        return same
    if Job.objects.filter(member=by).open().count() >= MOST_UNFINISHED:
        raise Refused(
            _("您有 %(n)d 个任务尚未完成，请稍后再试，或在任务中心取消不需要的任务。")
            % {"n": MOST_UNFINISHED}
        )
    approvers = approval.approvers_for(by) if needs_approval else []
    job = Job.objects.create(
        partner_id=by.partner_id,
        member=by,
        kind=kind,
        title=title[:100],
        said=said[:500],
        parameters=dict(parameters),
        token=token,
        needs_approval=needs_approval,
        state=Job.State.PENDING if needs_approval else Job.State.QUEUED,
        created_at=at,
        undoes=undoes,
    )
    record(verb, job, by=by, at=at, after={"job": job.title, "scope": job.said, **_told(job)})
    if needs_approval:
        approval.ask_approval(job, approvers, at=at)
    return job


def _one_at_a_time(by: Member) -> None:
    """Two requests of one member at once wait for each other, so that the limit holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('jobs.ask'), hashint8(%s))", [by.pk])


def _told(job: Job) -> dict[str, Any]:
    """What the log says of a job's parameters."""
    shown = ("format", "columns", "total")
    return {key: job.parameters[key] for key in shown if job.parameters.get(key)}


@transaction.atomic
def cancel_job(job: Job, *, by: Member, at: datetime) -> None:
    """取消: a queued one never runs, a running one stops and leaves nothing. Raises Refused."""
    job = Job.objects.owned_by(by).lock(job.pk)
    job.mark_cancelled(at=at)
    record("job.cancelled", job, by=by, at=at, after={"job": job.title})
    transaction.on_commit(lambda: ask_to_stop(job.pk))


@transaction.atomic
def retry_job(job: Job, *, by: User, at: datetime) -> Job:
    """重试 by the vendor: a failed one waits again, with all its attempts. Raises Refused.

    It is taken up by the next look at waiting jobs, within a minute.
    """
    job = Job.objects.lock(job.pk)
    reason = job.reason
    job.mark_waiting_again()
    record(
        "job.retried",
        job,
        by=by,
        at=at,
        partner_id=job.partner_id,
        before={"reason": reason},
        after={"job": job.title},
    )
    return job


# ---- running ----


def run_job(
    job_id: int,
    work: Mapping[str, Work],
    *,
    now: Now,
    runners: Mapping[str, Runner] = MappingProxyType({}),
) -> None:
    """Do a job that waits, or whose worker died. Called twice at once, one does nothing.

    What has a runner is left to it. Other work sees one moment: a transaction of its own that
    reads only. Whoever works holds a lock as long as it lives, by which others know that somebody
    is at it; held first, so that several wakings at once are one attempt.
    """
    with _alone(job_id) as alone:
        if not alone or not (job := _claim(job_id, at=now())):
            return
        if run := runners.get(job.kind):
            run(job, now)
        else:
            _make_file(job, work[job.kind], now)


def _make_file(job: Job, work: Work, now: Now) -> None:
    with TemporaryDirectory(prefix="job-") as folder:
        try:
            with tenancy.snapshot():
                made = work(job, Path(folder), Progress(job.pk))
        except Cancelled:
            return
        except Refused as refusal:
            fail_job(job.pk, str(refusal), at=now())
        except Exception:
            log.exception("job %s failed", job.pk)
            fail_job(job.pk, _("处理时出错，请重试；仍失败请联系系统管理员。"), at=now())
        else:
            _finish(job.pk, made, at=now())


LOCKS = 20262  # the first key of the locks that running jobs hold; the second is hashint8(id)
_NOBODY_IS_AT_IT = """
    SELECT NOT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted
            AND classid = %s AND objid = hashint8(%s)::oid AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""


@contextmanager
def _alone(job_id: int) -> Iterator[bool]:
    """Hold the job's lock, whatever transactions its work takes.

    A connection of its own holds it, in a transaction that does nothing else: so it ends with the
    worker, behind a pool of connections too.
    """
    holder = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashint8(%s))", [LOCKS, job_id])
            held = cursor.fetchone()[0]
        yield held
    finally:
        with suppress(DatabaseError):
            holder.rollback()  # at once: closing alone is noticed a moment later
        holder.close()


def _claim(job_id: int, *, at: datetime) -> Job | None:
    """The job, running; None when it is over."""
    with tenancy.vendor():
        job = Job.objects.select_related("member__user", "partner").lock(job_id)
        if not job.is_unfinished:
            return None
        if job.attempts >= MOST_ATTEMPTS:
            job.mark_failed(reason=_("多次中断，未能完成。请缩小范围后重试。"), at=at)
            tell_asker(job, at=at)
            return None
        job.state, job.attempts = Job.State.RUNNING, job.attempts + 1
        job.save(update_fields=["state", "attempts"])
        return job


def is_free(job_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_NOBODY_IS_AT_IT, [LOCKS, job_id])
        return cursor.fetchone()[0]


def _finish(job_id: int, made: Made, *, at: datetime) -> None:
    """The file is stored first: whoever sees the job done can fetch it."""
    with made.path.open("rb") as content:
        name = default_storage.save(
            f"jobs/{at:%Y/%m}/{uuid4().hex}{made.path.suffix}", File(content)
        )
    try:
        with tenancy.vendor():
            job = Job.objects.select_related("member").lock(job_id)
            size = made.path.stat().st_size
            job.mark_done(rows=made.rows, file=name, size=size, at=at)
            tell_asker(job, at=at)
    except InvalidTransition:  # cancelled while its last rows were written
        default_storage.delete(name)
    except BaseException:
        default_storage.delete(name)
        raise


def fail_job(job_id: int, reason: str, *, at: datetime) -> None:
    with tenancy.vendor():
        job = Job.objects.select_related("member").lock(job_id)
        if job.is_unfinished:
            job.mark_failed(reason=reason, at=at)
            tell_asker(job, at=at)


def tell_asker(job: Job, *, at: datetime) -> None:
    ended = "done" if job.state == Job.State.DONE else "failed"
    kind = {
        ("export", "done"): "job.done",
        ("export", "failed"): "job.failed",
        ("bulk", "done"): "batch.done",
        ("bulk", "failed"): "batch.failed",
    }[job.kind, ended]
    said: dict[str, Any] = {"title": job.title, "reason": job.reason, "job": job.pk}
    key = cause = f"job:{job.pk}"
    notify([job.member], kind, key=key, cause=cause, at=at, **said)


# ---- housekeeping ----


def waiting_jobs() -> list[int]:
    """Jobs that nobody is at: queued, or left by a worker that died."""
    with tenancy.vendor():
        ids = Job.objects.unfinished().order_by("pk").values_list("pk", flat=True)
        return [pk for pk in ids if is_free(pk)]


def forget_old_files(*, at: datetime) -> int:
    """Delete the files whose days are over; returns how many. The jobs stay as a record."""
    with tenancy.vendor():
        old = list(Job.objects.outdated(at).order_by("pk").values_list("pk", flat=True))
    return sum(_forget(pk, at=at) for pk in old)


def _forget(job_id: int, *, at: datetime) -> bool:
    with tenancy.vendor():
        job = Job.objects.lock(job_id)
        if job.state != Job.State.DONE:
            return False
        name = job.file.name
        job.mark_expired()
        close_notices(f"job:{job_id}", at=at)
        transaction.on_commit(lambda: default_storage.delete(name))
    return True
