"""任务中心, and the export button of every list."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from activity.services import record
from core import clock
from core.refusals import NotAllowed, Refused
from jobs import services
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
    exports.ask_export(**form.cleaned_data, by=request.member, at=clock.now())
    said = _("已开始导出，完成后请到任务中心下载。")
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
    job = get_object_or_404(Job.objects.visible_to(request.member), pk=pk)
    services.cancel_job(job, by=request.member, at=clock.now())
    messages.success(request, _("任务已取消。"))
    return redirect("jobs:job_list")


@requires(reach_resellers=True)
@require_safe
def download(request: Any, pk: int) -> Any:
    """The file, for whoever still may see what is in it; each fetch is recorded."""
    made = Job.objects.visible_to(request.member).filter(kind=Job.Kind.EXPORT)
    job = get_object_or_404(made, pk=pk, state=Job.State.DONE)
    if not (decision := exports.decide_download(job, request.member)):
        raise NotAllowed(decision)
    if not job.file.storage.exists(job.file.name):
        raise Http404
    after = {"job": job.title, "scope": job.said, "columns": job.parameters["columns"]}
    record("job.downloaded", job, by=request.member, at=clock.now(), after=after)
    name = f"{job.title}-{clock.day_of(job.created_at):%Y%m%d}-{job.pk}.{job.parameters['format']}"
    return FileResponse(job.file.open(), as_attachment=True, filename=name)
