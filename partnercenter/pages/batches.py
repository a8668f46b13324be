"""批量操作 from a list: choose, preview, confirm; then what became of each row, and 撤销."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.lists.bulk import BulkAction
from core.refusals import NotAllowed, Refused
from customers.imports.notes import ACTION as IMPORT
from jobs import bulk
from jobs.imports.models import Import
from jobs.models import Job
from jobs.progress import percents
from org.gate import prove_if_asked, requires

from .. import batches
from ..batches import BatchList, Selection
from ..exports import list_at
from ..tasks import run_job


class BatchForm(forms.Form):
    """What every step carries on: the list, its address, the rows, the action."""

    key = forms.CharField(max_length=40)
    path = forms.RegexField(r"^(/[\w-]+)+/$", max_length=200)  # of the list, to go back to
    query = forms.CharField(required=False, max_length=4_000)
    action = forms.CharField(max_length=20)
    all = forms.BooleanField(required=False)
    also = forms.CharField(required=False)  # rows ticked before, on other pages
    step = forms.ChoiceField(
        required=False, choices=[(s, s) for s in ("choose", "preview", "confirm")]
    )
    seen = forms.CharField(required=False, max_length=16)
    token = forms.UUIDField(required=False)


class UndoForm(forms.Form):
    token = forms.UUIDField()


@requires()
@require_POST
def batch(request: Any) -> HttpResponse:
    """Each step sends on what the one before said; nothing is kept until the last."""
    asked, by, at = BatchForm(request.POST), request.member, clock.now()
    if not asked.is_valid():
        raise Refused(_("批量操作请求无效，请刷新页面后重试。"))
    said = asked.cleaned_data
    if same := Job.objects.visible_to(by).filter(member=by, token=said["token"]).first():
        return redirect("jobs:batch", same.pk)
    selection, action = _wanted(said, request)
    if action.sensitive and (turned_away := prove_if_asked(request)):
        return turned_away
    pks = selection.pks()
    bulk.check_size(len(pks))
    form = action.form(by=by, at=at)
    if said["step"] or not form.fields:
        form = action.form(request.POST, by=by, at=at)
    step = Step(request, said["path"], selection, action, pks, form)
    return step.answer(said["step"], seen=said["seen"], token=said["token"])


def _wanted(said: dict[str, Any], request: Any) -> tuple[Selection, BulkAction]:
    shown = list_at(said["key"], said["query"], request.member)
    action = batches.action_of(shown, said["action"])
    if not (decision := action.decide(request.member)):
        raise NotAllowed(decision)
    if shown.errors:
        raise Refused(" ".join(shown.errors))
    ticked = {*request.POST.getlist("pick"), *said["also"].split(",")}
    picked = sorted(int(pk) for pk in ticked if pk.isdecimal() and len(pk) < 19)
    return Selection(shown, picked, said["all"]), action


@dataclass(frozen=True)
class Step:
    """The page of a batch that is not asked for yet."""

    request: Any
    path: str
    selection: Selection
    action: BulkAction
    pks: list[int]
    form: forms.Form

    def answer(self, step: str, *, seen: str, token: UUID | None) -> HttpResponse:
        if step == "choose" or not self.form.is_bound or not self.form.is_valid():
            return self.choose()
        if step != "confirm":
            return self.preview()
        if seen != batches.seal(self.pks):
            return self.preview(is_stale=True)
        return self.confirm(token or uuid4())

    def confirm(self, token: UUID) -> HttpResponse:
        job = bulk.ask_batch(
            self.action,
            self.pks,
            self.request.POST,
            scope=self.selection.in_words(len(self.pks)),
            token=token,
            by=self.request.member,
            at=clock.now(),
        )
        return _queued(job)

    def choose(self) -> HttpResponse:
        """What the action asks once for all rows."""
        return self._page({"form": self.form}, status=422 if self.form.errors else 200)

    def preview(self, *, is_stale: bool = False) -> HttpResponse:
        """What would become of the rows, to be confirmed."""
        by, at = self.request.member, clock.now()
        values = self.action.values(self.form)
        groups = bulk.preview(self.action, self.pks, values, by=by, at=at)
        more = {
            "groups": batches.named_groups(groups, self.action, by),
            "done": sum(g.count for g in groups if g.outcome == "done"),
            "said": self.action.said(values),
            "foreseen": self.action.foresee(self.pks, by=by),
            "filled": [
                (name, value)
                for name in self.form.fields
                for value in self.request.POST.getlist(name)
            ],
            "seal": batches.seal(self.pks),
            "token": uuid4(),
            "is_stale": is_stale,
        }
        return self._page(more, status=409 if is_stale else 200)

    def _page(self, more: dict[str, Any], status: int) -> HttpResponse:
        carried = {
            "key": self.selection.shown.key,
            "path": self.path,
            "query": self.selection.shown.address(),
            "action": self.action.key,
            "all": "on" if self.selection.everything else "",
            "also": "" if self.selection.everything else ",".join(map(str, self.pks)),
        }
        context = {
            "action": self.action,
            "selection": self.selection,
            "scope": self.selection.in_words(len(self.pks)),
            "back": self.path + self.selection.shown.address(),
            "carried": [(name, value) for name, value in carried.items() if value],
            **more,
        }
        self.request.belongs_to = resolve(self.path).view_name  # the menu stays where the list is
        return render(self.request, "jobs/batch_ask.html", context, status=status)


@requires()
@require_safe
def result(request: Any, pk: int) -> HttpResponse:
    """What became of each row; while the batch runs, the page asks again."""
    jobs = Job.objects.visible_to(request.member).select_related("member__user", "undoes")
    job = get_object_or_404(jobs, pk=pk, kind=Job.Kind.BULK)
    shown = Results(request, job)
    if request.htmx and request.htmx.target == "batch":
        return render(request, "jobs/batch.html#batch", shown._context())
    return shown.respond()


class Results(BatchList):
    def extra_context(self) -> dict[str, Any]:
        job, by = self.job, self.member
        return {
            "job": job,
            "came_to": self.action.came_to(job.items.done()),
            "far": percents([job.pk]).get(job.pk),
            "undo": bulk.decide_undo(job, self.action, by, at=clock.now()),
            "undone_by": job.undone_by.order_by("pk").last(),
            "came_from": self._import() if job.parameters["action"] == IMPORT.key else None,
        }

    def _import(self) -> Import | None:
        """The file whose lines these are, while it lies here."""
        mine = Import.objects.visible_to(self.member).filter(job=self.job)
        return mine.exclude(file="").only("pk", "preview").first()


@requires()
@require_POST
def undo(request: Any, pk: int) -> HttpResponse:
    """撤销, row by row, by a batch of its own."""
    jobs = Job.objects.visible_to(request.member)
    job = get_object_or_404(jobs, pk=pk, kind=Job.Kind.BULK)
    asked = UndoForm(request.POST)
    if not asked.is_valid():
        raise Refused(_("批量操作请求无效，请刷新页面后重试。"))
    action = batches.ACTIONS[job.parameters["action"]]
    if action.sensitive and (turned_away := prove_if_asked(request)):
        return turned_away
    token = asked.cleaned_data["token"]
    return _queued(bulk.ask_undo(job, action, token=token, by=request.member, at=clock.now()))


def _queued(job: Job) -> HttpResponse:
    """A worker is woken; without a broker it waits for the next minute's look."""
    transaction.on_commit(lambda: run_job.delay(job_id=job.pk), robust=True)
    return redirect("jobs:batch", job.pk)
