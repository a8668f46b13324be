"""Batches: one deed to many rows, each through the service of one row, each once.

What the deed is, a `BulkAction` says (core/lists/bulk.py). The rows are chosen when the batch is
asked for; each is done in a transaction of its own that also writes what became of it, so that a
worker that takes over goes on where the killed one was.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from core import request_context, tenancy
from core.access import Decision, denied
from core.lists import BulkAction
from core.refusals import NotAllowed, Refused
from org.models import Member

from .models import Job, JobRow
from .progress import Cancelled, Progress
from .rows import Group, Planned, choose
from .services import Now, ask_job, fail_job, is_free, tell_asker

log = logging.getLogger(__name__)

MOST = 50_000  # rows of one batch
_AT_ONCE = 2_000
Actions = Mapping[str, BulkAction]


# ---- before ----


def preview(
    action: BulkAction, pks: Sequence[int], values: Any, *, by: Member, at: datetime
) -> list[Group]:
    """What would become of these rows now: the batch's own checks, asked without doing."""
    groups: dict[tuple[str, str], Group] = {}

    def note(pk: int, outcome: str, reason: str = "") -> None:
        groups.setdefault((outcome, reason), Group(outcome, reason)).add(pk)

    for start in range(0, len(pks), _AT_ONCE):
        some = pks[start : start + _AT_ONCE]
        gone = set(some)
        for subject in action.load(some, by=by):
            gone.discard(subject.pk)
            try:
                action.check(subject, values, by=by, at=at)
            except Refused as refusal:
                note(subject.pk, _outcome_of(refusal), str(refusal))
            else:
                note(subject.pk, JobRow.Outcome.DONE)
        for pk in sorted(gone):
            note(pk, JobRow.Outcome.SKIPPED, _("已不在您的数据范围内。"))
    return sorted(groups.values(), key=lambda g: (g.outcome != JobRow.Outcome.DONE, -g.count))


def _outcome_of(refusal: Refused) -> str:
    """The rules leave a row as it is: skipped. This person may not: failed."""
    return JobRow.Outcome.FAILED if isinstance(refusal, NotAllowed) else JobRow.Outcome.SKIPPED


# ---- asking ----


@transaction.atomic
def ask_batch(
    action: BulkAction,
    pks: Sequence[int],
    data: QueryDict,
    *,
    scope: str,
    token: UUID,
    by: Member,
    at: datetime,
) -> Job:
    """Queue a batch over these rows; asked again with the same token, it is the same one.

    Args:
        data: what was filled into the action's form.
        scope: in words, which rows they are.

    Raises NotAllowed, Refused.
    """
    if not (decision := action.decide(by)):
        raise NotAllowed(decision)
    check_size(len(pks))
    form = action.form(data, by=by, at=at)
    if not form.is_valid():
        raise Refused(_("填写的内容已不可用，请重新填写。"))
    said = _("；").join(filter(None, (action.said(action.values(form)), scope)))
    filled = {name: data.getlist(name) for name in form.fields}
    rows = [Planned(pk) for pk in pks]
    kept = {"data": filled}
    return _ask(action, rows, kept, said=said, token=token, by=by, at=at, verb="batch.asked")


def ask_planned(
    action: BulkAction, rows: Sequence[Planned], *, said: str, token: UUID, by: Member, at: datetime
) -> Job:
    """Queue a batch whose rows each bring what is to become of them, as an import's do."""
    return _ask(
        action, rows, {"data": {}}, said=said, token=token, by=by, at=at, verb="import.asked"
    )


def check_size(rows: int) -> None:
    """Raises Refused unless one batch takes so many rows."""
    if not rows:
        raise Refused(_("请先选择要操作的数据。"))
    if rows > MOST:
        raise Refused(
            _("一次最多操作 %(most)s 项，请缩小查询范围后分批操作。") % {"most": f"{MOST:,}"}
        )


def _ask(
    action: BulkAction,
    rows: Sequence[Planned],
    parameters: Mapping[str, Any],
    *,
    said: str,
    token: UUID,
    by: Member,
    at: datetime,
    undoes: Job | None = None,
    verb: str,
) -> Job:
    language = translation.get_language() or settings.LANGUAGE_CODE
    job = ask_job(
        Job.Kind.BULK,
        title=_("撤销：%(what)s") % {"what": action.label} if undoes else str(action.label),
        said=said,
        parameters={
            **parameters,
            "action": action.key,
            "total": len(rows),
            "language": language,
        },
        token=token,
        by=by,
        at=at,
        verb=verb,
        undoes=undoes,
    )
    if not job.items.exists():
        choose(job, rows)
    return job


# ---- undoing ----


def decide_undo(job: Job, action: BulkAction, by: Member, *, at: datetime) -> Decision:
    """Whether the member may take this batch back."""
    if action.final:
        return denied(str(action.final))
    if job.undoes_id:
        return denied(_("撤销操作本身不能再撤销"), _("可以重新批量操作"))
    if job.is_unfinished or job.undo_until is None:
        return denied(_("任务结束后才能撤销"))
    if at > job.undo_until:
        return denied(_("已超过 24 小时，不能撤销"), _("可以重新批量操作"))
    if not job.items.done().exists():
        return denied(_("没有成功的数据，无需撤销"))
    if job.undone_by.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED]).exists():
        return denied(_("该任务已撤销过"))
    return action.decide(by)


@transaction.atomic
def ask_undo(job: Job, action: BulkAction, *, token: UUID, by: Member, at: datetime) -> Job:
    """撤销: queue a batch that takes each row back that has not moved on. Raises NotAllowed."""
    job = Job.objects.visible_to(by).lock(job.pk)
    if same := Job.objects.filter(member=by, token=token).first():
        return same
    if not (decision := decide_undo(job, action, by, at=at)):
        raise NotAllowed(decision)
    pks = list(job.items.done().values_list("subject_id", flat=True))
    said = _("任务 %(job)s 的 %(n)s 项") % {"job": job.pk, "n": f"{len(pks):,}"}
    rows = [Planned(pk) for pk in pks]
    return _ask(
        *(action, rows, {}), said=said, token=token, by=by, at=at, undoes=job, verb="batch.undone"
    )


# ---- running ----


class Stopped(Exception):
    """The batch does not go on; with a sentence when it is nobody's wish."""


def batch_id(job: Job) -> str:
    """The request id of all that a batch does: the log finds its lines by it."""
    return f"job-{job.pk}"


def run_batch(job: Job, now: Now, *, actions: Actions) -> None:
    """Do the rows that wait; `run_job` holds the job's lock meanwhile."""
    with (
        translation.override(job.parameters["language"]),
        request_context.running(batch_id(job)),
    ):
        try:
            _run(job, actions[job.parameters["action"]], now)
        except Cancelled:
            pass
        except (Stopped, Refused) as why:
            fail_job(job.pk, str(why), at=now())
        except (OperationalError, InterfaceError):
            raise  # the database is away: taken up again, as after a killed worker
        except Exception:
            log.exception("batch %s failed", job.pk)
            fail_job(job.pk, _("处理时出错，请重试；仍失败请联系系统管理员。"), at=now())
        else:
            _finish(job, at=now())
        announce(job.pk, actions, at=now())


def _run(job: Job, action: BulkAction, now: Now) -> None:
    progress = Progress(job.pk)
    with _as_asker(job) as by:
        deed = _Deed(job, action, None if job.undoes_id else _values(job, action, by, now()))
        progress.expect(job.items.count())
        progress.advance(job.items.exclude(outcome=JobRow.Outcome.WAITING).count())
    while pks := _waiting(job):
        for pk in pks:
            _do_row(pk, deed, now)
            progress.advance(1)


@dataclass(frozen=True)
class _Deed:
    job: Job
    action: BulkAction
    values: Any

    def do(self, row: JobRow, *, by: Member, at: datetime) -> Any:
        if self.job.undoes_id is None:
            values = self.action.values_of(row, self.values)
            return self.action.do(row.subject_id, values, by=by, at=at)
        done = JobRow.objects.get(job_id=self.job.undoes_id, subject_id=row.subject_id)
        return self.action.undo(row.subject_id, done, by=by, at=at)


def _values(job: Job, action: BulkAction, by: Member, at: datetime) -> Any:
    data = QueryDict(mutable=True)
    for name, values in job.parameters["data"].items():
        data.setlist(name, values)
    form = action.form(data, by=by, at=at)
    if not form.is_valid():
        raise Stopped(_("填写的内容已不可用，请重新填写。"))
    return action.values(form)


def _waiting(job: Job) -> list[int]:
    with tenancy.tenant(job.partner_id, user_id=job.member.user_id):
        waiting = job.items.waiting().order_by("pk")
        return list(waiting.values_list("pk", flat=True)[:500])


def _do_row(pk: int, deed: _Deed, now: Now) -> None:
    """One row, and what became of it, in one transaction."""
    at = now()
    try:
        with _as_asker(deed.job) as by:
            row = _take(pk)
            change = deed.do(row, by=by, at=at)
            row.mark(JobRow.Outcome.DONE, at=at, before=change.before, after=change.after)
    except (OperationalError, InterfaceError):
        raise
    except Refused as refusal:
        _note(pk, deed, _outcome_of(refusal), str(refusal), at)
    except (Cancelled, Stopped):
        raise
    except Exception:
        log.exception("row %s of batch %s failed", pk, deed.job.pk)
        _note(pk, deed, JobRow.Outcome.FAILED, _("处理时出错，请单独处理该项。"), at)


@contextmanager
def _as_asker(job: Job) -> Iterator[Member]:
    """A transaction of whoever asked, with the rights of this moment. Raises Stopped."""
    with tenancy.tenant(job.partner_id, user_id=job.member.user_id):
        member = Member.objects.active().acting().filter(pk=job.member_id).first()
        if member is None:
            raise Stopped(_("任务的创建人已停用，其余数据未执行。"))
        yield member


def _take(pk: int) -> JobRow:
    """The row, held until it is done. Raises Cancelled when its job is not wanted any more."""
    wanted = JobRow.objects.waiting().filter(pk=pk, job__state=Job.State.RUNNING)
    row = wanted.lock_all().first()
    if row is None:
        raise Cancelled
    return row


def _note(pk: int, deed: _Deed, outcome: str, reason: str, at: datetime) -> None:
    """What was refused changed nothing; that it was, is written after it."""
    with tenancy.tenant(deed.job.partner_id, user_id=deed.job.member.user_id):
        _take(pk).mark(outcome, at=at, reason=reason)


def _finish(job: Job, *, at: datetime) -> None:
    with tenancy.vendor():
        job = Job.objects.select_related("member").lock(job.pk)
        if job.is_unfinished:
            found = Counter(job.items.values_list("outcome", flat=True))
            job.mark_worked(rows=found.total(), reason=in_words(found), at=at)
            tell_asker(job, at=at)


def in_words(found: Mapping[str, int]) -> str:
    """`成功 20，跳过 3，失败 2`"""
    return _("成功 %(done)s，跳过 %(skipped)s，失败 %(failed)s") % {
        key: f"{found.get(key, 0):,}" for key in ("done", "skipped", "failed")
    }


# ---- after ----


def announce(job_id: int, actions: Actions, *, at: datetime) -> None:
    """Tell those concerned of a batch that is over, once, however it ended."""
    with tenancy.vendor():
        job = Job.objects.select_related("member").lock(job_id)
        if job.is_unfinished or job.told_at:
            return
        actions[job.parameters["action"]].tell(job, job.items.done(), at=at)
        job.told_at = at
        job.save(update_fields=["told_at"])


def announce_ended(actions: Actions, *, at: datetime) -> None:
    """Batches whose worker died, or that were cancelled, with nobody left to tell of them."""
    with tenancy.vendor():
        ids = list(Job.objects.untold().order_by("pk").values_list("pk", flat=True))
        ids = [pk for pk in ids if is_free(pk)]
    for pk in ids:
        announce(pk, actions, at=at)
