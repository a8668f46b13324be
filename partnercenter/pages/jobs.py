"""任务中心, and the export button of every list."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity import verbs
from activity.services import record
from core import clock
from core.refusals import InvalidTransition, NotAllowed, Refused
from jobs import services
from jobs.approval import decide_approval, refuse_job
from jobs.lists import JobList
from jobs.models import Job
from org.gate import requires

from .. import exports


class ExportForm(forms.Form):
    key = forms.ChoiceField(choices=[(key, key) for key in exports.EXPORTABLE])
    query = forms.CharField(required=False, max_length=4_000)
    file_format = forms.ChoiceField(choices=exports.FORMATS.items())
    revealed = forms.BooleanField(required=False)
    token = forms.UUIDField()


@requires()
def job_list(request: Any) -> HttpResponse:
    return JobList(request).respond()


@requires(reach_resellers=True)
@require_POST
def ask_export(request: Any) -> HttpResponse:
    """导出 from a list: what the page shows, as a file in 任务中心."""
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise Refused(_("导出请求无效，请刷新页面后重试。"))
    job = exports.ask_export(**form.cleaned_data, by=request.member, at=clock.now())
    said = _("已开始导出，完成后请到任务中心下载。")
    if job.state == Job.State.PENDING:
        said = _("已提交审批，通过后开始导出；进度见任务中心。")
    if request.htmx:
        return HttpResponse(
            status=204,
            headers={"HX-Trigger": json.dumps({"toast": {"target": "body", "text": said}})},
        )
    messages.success(request, said)
    return redirect("jobs:job_list")


@requires()
@require_POST
def cancel(request: Any, pk: int) -> HttpResponse:
    job = get_object_or_404(Job.objects.owned_by(request.member), pk=pk)
    services.cancel_job(job, by=request.member, at=clock.now())
    messages.success(request, _("任务已取消。"))
    return redirect("jobs:job_list")


class ApprovalForm(forms.Form):
    verdict = forms.ChoiceField(choices=[("approve", ""), ("refuse", "")])
    reason = forms.CharField(required=False, max_length=500)


@requires()
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: Any, pk: int) -> HttpResponse:
    """审批: what somebody else wants to take out, and the word on it."""
    rows = Job.objects.visible_to(request.member).filter(needs_approval=True)
    job = get_object_or_404(rows.select_related("member__user"), pk=pk)
    if job.state != Job.State.PENDING:
        raise InvalidTransition(_("该导出已审批、取消或失效，无需再处理。"))
    if request.method == "POST":
        return _decide(request, job)
    columns = verbs.changes({}, {"columns": job.parameters["columns"]})
    decision = decide_approval(job, request.member)
    context = {"job": job, "columns": columns[0][2], "decision": decision}
    return render(request, "jobs/approval.html", context)


def _decide(request: Any, job: Job) -> HttpResponse:
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        raise Refused(_("审批请求无效，请刷新页面后重试。"))
    who = {"by": request.member, "at": clock.now()}
    if form.cleaned_data["verdict"] == "approve":
        exports.approve_export(job, **who)
        messages.success(request, _("已通过，导出已开始。"))
    else:
        refuse_job(job, reason=form.cleaned_data["reason"], **who)
        messages.success(request, _("已拒绝，申请人已收到通知。"))
    return redirect("jobs:job_list")


@requires(reach_resellers=True)
@require_safe
def download(request: Any, pk: int) -> Any:
    """The file, for whoever still may see what is in it; each fetch is recorded."""
    made = Job.objects.owned_by(request.member).filter(kind=Job.Kind.EXPORT)
    job = get_object_or_404(made, pk=pk, state=Job.State.DONE)
    if not (decision := exports.decide_download(job, request.member)):
        raise NotAllowed(decision)
    if not job.file.storage.exists(job.file.name):
        raise Http404
    after = {"job": job.title, "scope": job.said, "columns": job.parameters["columns"]}
    record("job.downloaded", job, by=request.member, at=clock.now(), after=after)
    name = f"{job.title}-{clock.day_of(job.created_at):%Y%m%d}-{job.pk}.{job.parameters['format']}"
    return FileResponse(job.file.open(), as_attachment=True, filename=name)
