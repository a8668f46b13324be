"""日报文件: orders, their lines, resources and facts of accounts, by file. Add = upload."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from core import patience
from core.access import MEGABYTE

from ..reports.models import ReportFile
from ..reports.services import REPORTS, take_report
from .shared import table, tell_errors, who
from .uploads import MAX_UPLOAD, UploadAdmin, not_too_large


class ReportForm(forms.ModelForm):
    file = forms.FileField(
        label=_("文件"),
        validators=[not_too_large],
        help_text=_(
            "CSV，可用 gzip 压缩，最大 50 MB。错误的行不导入，可下载；再次导入同一文件不改变数据。"
        ),
    )


@admin.register(ReportFile)
class ReportFileAdmin(UploadAdmin):
    max_body = MAX_UPLOAD + MEGABYTE
    form = ReportForm
    list_display = ("name", "kind", "lines", "changed", "bad_lines", "imported_at", "imported_by")
    list_filter = ("kind",)
    list_select_related = ("imported_by",)
    upload_title = _("导入日报")
    upload_fields = ("kind", "file")
    upload_notes = ("columns",)
    result_fields = ("name", "kind", "lines", "changed", "bad", "imported_at", "imported_by")

    def create(self, request: HttpRequest, data: dict[str, Any]) -> ReportFile:
        patience.take_time()
        upload = data["file"]
        file, taken = take_report(data["kind"], upload.file, name=upload.name, **who(request))
        words = {"lines": file.lines, "changed": file.changed}
        self.message_user(request, _("导入 %(lines)s 行，更新 %(changed)s 条。") % words)
        tell_errors(request, taken.errors)
        return file

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(self._page_of(obj))

    @admin.display(description=_("文件的列"))
    def columns(self, file: ReportFile) -> str:
        rows = [
            (kind.label, *(", ".join(c.name for c in some) for some in (r.required, r.optional)))
            for kind, r in REPORTS.items()
        ]
        return table((_("内容"), _("必填列"), _("选填列")), rows)
