"""Files that operators upload: add = upload, and the page of one says what became of it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.access import MEGABYTE
from core.admin import VendorAdmin

from .shared import ONE_SAVE, OPERATOR

MAX_UPLOAD = 50 * MEGABYTE  # larger files are for the commands


def not_too_large(file: UploadedFile) -> None:
    if (file.size or 0) > MAX_UPLOAD:
        raise ValidationError(_("文件超过 50 MB，请用命令导入"))


class UploadAdmin(VendorAdmin):
    """A file with `bad_lines`, which are kept in `errors` to be downloaded."""

    addable_by = OPERATOR
    ordering = ("-imported_at", "-pk")
    search_fields = ("name__contains",)  # files are a few a day
    upload_title: Any
    upload_fields: tuple[str, ...]
    upload_notes: tuple[str, ...] = ()  # of these, what only explains
    result_fields: tuple[str, ...]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.result_fields if obj else (*self.upload_fields, *self.upload_notes)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.result_fields if obj else self.upload_notes

    @property
    def _errors_url(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_errors"

    def get_urls(self) -> list[Any]:
        errors = path(
            "<path:object_id>/errors/",
            self.admin_site.admin_view(self.errors_view),
            name=self._errors_url,
        )
        return [errors, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, {"title": self.upload_title, **ONE_SAVE})

    @admin.display(description=_("错误行"))
    def bad(self, file: Any) -> str:
        if not file.errors:
            return str(file.bad_lines)
        url = reverse(f"admin:{self._errors_url}", args=[file.pk])
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
