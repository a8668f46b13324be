"""导入: upload a file, say which column is which, look at what it would change, confirm."""

from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock, patience
from core.access import MEGABYTE
from core.refusals import NotAllowed, Refused
from jobs.imports import books, rules, services
from jobs.imports.forms import CommitForm, MappingForm, UploadForm
from jobs.imports.kinds import ImportKind
from jobs.imports.models import Import
from org.gate import prove_if_asked, requires
from org.models import Member

from ..imports import KINDS
from ..tasks import run_job

_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_steps = require_http_methods(["GET", "HEAD", "POST"])


def _kind(request: Any, key: str) -> ImportKind:
    if (kind := KINDS.get(key)) is None:
        raise Http404
    if not (decision := kind.decide(request.member)):
        raise NotAllowed(decision)
    return kind


def _load(request: Any, pk: int) -> tuple[Import, ImportKind]:
    made = get_object_or_404(Import.objects.visible_to(request.member), pk=pk)
    return made, _kind(request, made.kind)


def _page(
    request: Any, kind: ImportKind, step: str, status: int = 200, **context: Any
) -> HttpResponse:
    request.belongs_to = kind.belongs_to
    context |= {"kind": kind, "step": step}
    return render(request, f"jobs/imports/{step}.html", context, status=status)


@requires(max_body=51 * MEGABYTE)
@_steps
def upload(request: Any, kind: str) -> HttpResponse:
    """The first step, and what was imported lately."""
    wanted, by = _kind(request, kind), request.member
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent)
    if form.is_valid():
        return redirect("jobs:import_columns", _start(form.cleaned_data["file"], wanted, by).pk)
    recent = Import.objects.visible_to(by).filter(kind=kind, committed_at__isnull=False)
    recent = recent.select_related("job", "member__user").order_by("-pk")[:5]
    context = {"form": form, "recent": recent, "columns": wanted.visible_columns(by)}
    return _page(request, wanted, "upload", 422 if form.is_bound else 200, **context)


def _start(file: Any, kind: ImportKind, by: Member) -> Import:
    read = {"headers": file.headers, "lines": file.lines_read}
    return services.start_import(kind, file, partner=by.partner, by=by, at=clock.now(), **read)


@requires()
@require_safe
def template(request: Any, kind: str) -> Any:
    wanted = _kind(request, kind)
    book = books.template(wanted, wanted.visible_columns(request.member))
    name = f"{wanted.title}.xlsx"
    return FileResponse(book, as_attachment=True, filename=name, content_type=_BOOK)


@requires()
@_steps
def columns(request: Any, pk: int) -> HttpResponse:
    """对应列: guessed, or as the member said of the same header before."""
    made, kind = _load(request, pk)
    sent = request.POST if request.method == "POST" else None
    form = MappingForm(sent, made=made, kind=kind, by=request.member)
    if form.is_valid():
        patience.take_time()
        who = {"by": request.member, "at": clock.now()}
        services.choose_columns(made, kind, form.mapping, **who)
        return redirect("jobs:import_preview", made.pk)
    return _page(request, kind, "columns", 422 if form.is_bound else 200, made=made, form=form)


@requires()
@_steps
def preview(request: Any, pk: int) -> HttpResponse:
    """What the file would change; POST does it, unless that is something else by now."""
    made, kind = _load(request, pk)
    if request.method == "POST":
        if kind.sensitive and (turned_away := prove_if_asked(request)):
            return turned_away
        made, is_done = _commit(request, made, kind)
        return _committed(made, kind) if is_done else _preview(request, made, kind, is_stale=True)
    if made.committed_at:
        return _committed(made, kind)
    return _preview(request, made, kind) if made.seal else redirect("jobs:import_columns", pk)


def _commit(request: Any, made: Import, kind: ImportKind) -> tuple[Import, bool]:
    form = CommitForm(request.POST)
    if not form.is_valid():
        raise Refused(_("导入请求无效，请刷新页面后重试。"))
    patience.take_time()
    seen = form.cleaned_data["seen"]
    return services.commit_import(made, kind, seen=seen, by=request.member, at=clock.now())


def _committed(made: Import, kind: ImportKind) -> HttpResponse:
    """A worker is woken; without a broker the job waits for the next minute's look."""
    if (job_id := made.job_id) is None:
        return redirect(kind.done_url(made))
    transaction.on_commit(lambda: run_job.delay(job_id=job_id), robust=True)
    return redirect("jobs:batch", job_id)


def _preview(
    request: Any, made: Import, kind: ImportKind, *, is_stale: bool = False
) -> HttpResponse:
    columns = services.columns_of(made, kind, request.member)
    labels = {column.key: column.label for column in kind.columns}
    first = made.preview.get("first", [])
    context = {
        "made": made,
        "counts": made.counts,
        "doable": made.counts.get("new", 0) + made.counts.get("changed", 0),
        "columns": columns,
        "first": [(n, new, [shown.get(c.key, "") for c in columns]) for n, new, shown in first],
        "wrong": [(n, labels.get(key, key), why) for n, key, why in made.wrong[: rules.MOST_SHOWN]],
        "most": rules.MOST_SHOWN,
        "is_stale": is_stale,
    }
    return _page(request, kind, "preview", 409 if is_stale else 200, **context)


@requires()
@require_safe
def errors(request: Any, pk: int) -> Any:
    """The lines that were not imported, to be corrected and sent again."""
    made, kind = _load(request, pk)
    book = books.errors(made, kind, kind.left(made, by=request.member))
    name = _("%(file)s-错误行.xlsx") % {"file": made.name.rpartition(".")[0] or made.name}
    return FileResponse(book, as_attachment=True, filename=name, content_type=_BOOK)
