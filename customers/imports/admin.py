"""导入关联客户 on the vendor's desk: the same steps, as pages and buttons of one row."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock, patience
from core.access import MEGABYTE
from core.admin import ButtonForm, VendorAdmin, button
from core.masking import mask_name
from jobs.imports import books, services
from jobs.imports.forms import MappingForm, SheetField
from jobs.imports.models import Import
from jobs.imports.rules import MOST_SHOWN

from .associations import Associations, undo_import

KIND = Associations()
_OPERATOR = ("operator",)


class UploadForm(forms.ModelForm):
    file = SheetField(
        label=_l("文件"),
        help_text=_l("Excel（.xlsx）或 CSV（UTF-8、GB18030），第一行是表头；最大 50 MB、10 万行。"),
    )


class ColumnsForm(ButtonForm, MappingForm):
    def __init__(self, *args: Any, subject: Import, **kwargs: Any) -> None:
        who = {"made": subject, "kind": KIND, "by": subject.user}
        super().__init__(*args, subject=subject, **who, **kwargs)


class SeenForm(ButtonForm):
    """Carries which preview the operator saw; a colleague may have made another one since."""

    seen = forms.CharField(label="", max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, subject: Import, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        self.fields["seen"].initial = subject.seal


def _masked(shown: Mapping[str, str]) -> Iterator[str]:
    """As everywhere on the desk, names are masked."""
    for key, text in shown.items():
        yield mask_name(text) if key in ("name", "account_name") else text


@admin.register(Import)
class ImportAdmin(VendorAdmin):
    """导入: add = upload; the row's page shows the preview, its buttons are the further steps."""

    readable_by = _OPERATOR
    addable_by = _OPERATOR
    max_body = 51 * MEGABYTE
    form = UploadForm
    ordering = ("-pk",)
    list_display = ("name", "partner", "user", "lines", "created_at", "committed_at", "undone_at")
    list_select_related = ("partner", "user")
    buttons = ("choose", "commit", "undo")
    _upload = ("partner", "file")
    _result = (*list_display, "sums", "first", "bad", "expires_at")
    autocomplete_fields = ("partner",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """The vendor's own: what members import is theirs."""
        return super().get_queryset(request).filter(user__isnull=False, kind=KIND.key)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._result if obj else self._upload

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._result if obj else ()

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("template/", view(self.template_view), name="jobs_import_template"),
            path("<path:object_id>/errors/", view(self.errors_view), name="jobs_import_errors"),
            *super().get_urls(),
        ]

    # ---- steps ----

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        once = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {"title": KIND.title, **once})

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Import:
        file = data["file"]
        read: dict[str, Any] = {"headers": file.headers, "lines": file.lines_read}
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        return services.start_import(KIND, file, partner=data["partner"], **read, **who)

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        do = reverse("admin:jobs_import_do", args=[obj.pk, "choose"])
        return HttpResponseRedirect(do)

    @button(
        _l("对应列并预览"),
        explain=_l("确认文件中的哪一列是什么；预览不改变任何数据。"),
        form=ColumnsForm,
        shown=lambda made: not made.committed_at and bool(made.file),
    )
    def choose(self, request: Any, made: Import, data: dict[str, Any]) -> str:
        patience.take_time()
        mapping = {key: int(place) for key, place in data.items() if place}
        services.choose_columns(made, KIND, mapping, by=request.user, at=clock.now())
        return _("预览已更新，确认后点击“导入”。")

    @button(
        _l("导入"),
        explain=_l("按预览关联客户：整个文件一起导入，中途出错则什么都不改变。24 小时内可以撤销。"),
        form=SeenForm,
        shown=lambda made: bool(made.seal) and not made.committed_at and bool(made.file),
    )
    def commit(self, request: Any, made: Import, data: dict[str, Any]) -> str:
        patience.take_time()
        who = {"by": request.user, "at": clock.now()}
        made, is_done = services.commit_import(made, KIND, seen=data["seen"], **who)
        if not is_done:
            return _("预览之后数据有变化，没有导入；请核对新的预览后再导入。")
        return _("已关联客户 %(n)d 个。") % {"n": len(made.done)}

    @button(
        _l("撤销"),
        explain=_l("这次导入的客户视为从未关联；已分配客户经理或已解除关联的保留。"),
        shown=lambda made: bool(made.committed_at) and not made.undone_at,
    )
    def undo(self, request: Any, made: Import, data: dict[str, Any]) -> str:
        taken, kept = undo_import(made, by=request.user, at=clock.now())
        return _("已撤销 %(taken)d 个客户，保留 %(kept)d 个。") % {"taken": taken, "kept": kept}

    # ---- what the row's page shows ----

    @admin.display(description=_l("预览"))
    def sums(self, made: Import) -> str:
        if not made.seal:
            return _("尚未预览")
        words = made.counts
        return _("新增 %(new)d，无变化 %(unchanged)d，有误 %(wrong)d") % words

    @admin.display(description=_l("前几行导入后"))
    def first(self, made: Import) -> str:
        lines = made.preview.get("first", [])
        told = ((_("、").join(_masked(shown)),) for _number, _is_new, shown in lines)
        return format_html_join("", "<p>{}</p>", told)

    @admin.display(description=_l("有误的行"))
    def bad(self, made: Import) -> str:
        if not made.wrong:
            return _("没有")
        url = reverse("admin:jobs_import_errors", args=[made.pk])
        told = (
            (_("第 %(line)d 行：%(reason)s") % {"line": line, "reason": reason},)
            for line, _key, reason in made.wrong[:MOST_SHOWN]
        )
        link = format_html('<a href="{}">{}</a>', url, _("下载错误行"))
        return format_html_join("", "<p>{}</p>", told) + link

    # ---- files ----

    def template_view(self, request: HttpRequest) -> FileResponse:
        book = books.template(KIND, KIND.columns)
        return FileResponse(book, as_attachment=True, filename=f"{KIND.title}.xlsx")

    def errors_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        made = self.get_object(request, object_id)
        if made is None or not made.file or not self._has_role(request, _OPERATOR):
            raise Http404
        book = books.errors(made, KIND, {})
        name = _("%(file)s-错误行.xlsx") % {"file": made.name.rpartition(".")[0] or made.name}
        return FileResponse(book, as_attachment=True, filename=name)
