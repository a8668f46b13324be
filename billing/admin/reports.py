"""日报文件: orders, their lines, resources and facts of accounts, by file. Add = upload."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core import patience
from core.access import MEGABYTE
from core.admin import VendorAdmin

from ..reports.models import ReportFile
from ..reports.services import REPORTS, take_report
from .shared import ONE_SAVE, OPERATOR, table, tell_errors, who

MAX_UPLOAD = 50 * MEGABYTE  # larger files are for the commands


def _not_too_large(file: UploadedFile) -> None:
    if (file.size or 0) > MAX_UPLOAD:
        raise ValidationError(_("文件超过 50 MB，请用命令导入"))


class ReportForm(forms.ModelForm):
    file = forms.FileField(
        label=_("文件"),
        validators=[_not_too_large],
        help_text=_(
            "CSV，可用 gzip 压缩，最大 50 MB。错误的行不导入，可下载；再次导入同一文件不改变数据。"
        ),
    )


@admin.register(ReportFile)
class ReportFileAdmin(VendorAdmin):
    addable_by = OPERATOR
    max_body = MAX_UPLOAD + MEGABYTE
    form = ReportForm
    ordering = ("-imported_at", "-pk")
    list_display = ("name", "kind", "lines", "changed", "bad_lines", "imported_at", "imported_by")
    list_filter = ("kind",)
    list_select_related = ("imported_by",)
    search_fields = ("name__contains",)  # files are a few a day
    _result = ("name", "kind", "lines", "changed", "bad", "imported_at", "imported_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._result if obj else ("kind", "file", "columns")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._result if obj else ("columns",)

    def get_urls(self) -> list[Any]:
        errors = path(
            "<path:object_id>/errors/",
            self.admin_site.admin_view(self.errors_view),
            name="billing_reportfile_errors",
        )
        return [errors, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, {"title": _("导入日报"), **ONE_SAVE})

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

    @admin.display(description=_("错误行"))
    def bad(self, file: ReportFile) -> str:
        if not file.errors:
            return str(file.bad_lines)
        url = reverse("admin:billing_reportfile_errors", args=[file.pk])
        return format_html('{} <a href="{}">{}</a>', file.bad_lines, url, _("下载错误文件"))

    def errors_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The lines that were not taken, as a download."""
        file = self.get_object(request, object_id)
        if file is None or not file.errors:
            raise Http404
        name = f"{file.name}.errors.csv"
        return FileResponse(
            file.errors.open("rb"), as_attachment=True, filename=name, content_type="text/csv"
        )
