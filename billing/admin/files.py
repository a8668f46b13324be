from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from billing import charges
from billing.models import ChargeLine, ConsumptionFile, SubAccount
from billing.services.imports import Imported, import_consumption
from billing.services.mapping import Mapped, map_from_file
from core import patience
from core.access import MEGABYTE
from core.admin import ButtonForm, button

from .shared import in_words, table, tell_errors, who
from .uploads import MAX_UPLOAD, UploadAdmin, not_too_large

_MAPPING_COLUMNS = _(
    "CSV：provider,sub_account,partner,customer_number,customer_name,association_type,associated_on"
)
SHOWN = 50  # unmapped sub-accounts on the page of a file


class UploadForm(forms.ModelForm):
    """A delivery: the billing file, and what the operator says about it."""

    file = forms.FileField(
        label=_("账单文件"),
        validators=[not_too_large],
        help_text=_(
            "FOCUS 1.0 格式的 CSV，可用 gzip 压缩，最大 50 MB；更大的请用命令导入。"
            "整个文件导入成功，或者什么都不改变。"
        ),
    )
    name = forms.CharField(
        label=_("账单名称"),
        max_length=255,
        required=False,
        help_text=_("默认为文件名。同名而内容不同的文件视为更正，替换此前的账单。"),
    )
    mapping = forms.FileField(
        label=_("映射文件"),
        required=False,
        validators=[not_too_large],
        help_text=_MAPPING_COLUMNS,
    )
    complete_from = forms.DateField(
        label=_("数据完整自"),
        required=False,
        widget=AdminDateWidget,
        help_text=_("默认为文件的首日。"),
    )
    complete_through = forms.DateField(
        label=_("数据完整至"),
        required=False,
        widget=AdminDateWidget,
        help_text=_("此日及以前的账单已全部导入；预警只看数据完整的日期。留空则不标记。"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("complete_from") and not data.get("complete_through"):
            self.add_error("complete_through", _("请填写截止日期"))
        return data


class MappingForm(ButtonForm):
    mapping = forms.FileField(
        label=_("映射文件"), validators=[not_too_large], help_text=_MAPPING_COLUMNS
    )


@admin.register(ConsumptionFile)
class ConsumptionFileAdmin(UploadAdmin):
    """账单文件: add = upload; the page of a file says what became of it."""

    max_body = MAX_UPLOAD + 10 * MEGABYTE  # with its mapping file
    form = UploadForm
    list_display = ("name", "state", "lines", "bad_lines", "first_day", "last_day", "imported_at")
    list_filter = ("state",)
    buttons = ("map_file",)
    upload_title = _("导入账单")
    upload_fields = ("file", "name", "complete_from", "complete_through", "mapping")
    result_fields = (
        *("name", "state", "reason", "superseded", "lines", "amounts", "period"),
        *("bad", "unmapped", "imported_at", "imported_by"),
    )

    def create(self, request: HttpRequest, data: dict[str, Any]) -> ConsumptionFile:
        upload, mapping = data["file"], data["mapping"]
        patience.take_time()
        imported = import_consumption(
            upload.file,
            name=data["name"] or upload.name,
            complete_from=data["complete_from"],
            complete_through=data["complete_through"],
            mapping_stream=mapping.file if mapping else None,
            **who(request),
        )
        request.imported = imported  # type: ignore[attr-defined]
        return imported.file

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        imported: Imported = request.imported
        self.message_user(request, *_sentence(imported))
        if imported.completed is not None:
            self.message_user(request, _("标记数据完整 %(n)d 天。") % {"n": imported.completed})
        if imported.mapped:
            self.message_user(request, _mapped(imported.mapped))
            tell_errors(request, imported.mapped.errors)
        return HttpResponseRedirect(self._page_of(obj))

    @button(
        _("导入映射文件"),
        explain=_("按 CSV 文件把账单子账号映射到客户；不限于这份账单的子账号，消费立即归入客户。"),
        form=MappingForm,
    )
    def map_file(self, request: HttpRequest, file: ConsumptionFile, data: dict[str, Any]) -> str:
        patience.take_time()
        mapped = map_from_file(data["mapping"].file, **who(request))
        tell_errors(request, mapped.errors)
        return _mapped(mapped)

    # ---- result ----

    @admin.display(description=_("金额合计"))
    def amounts(self, file: ConsumptionFile) -> str:
        rows = [
            (currency, ChargeLine.Category(category).label, amount)
            for currency, categories in file.sums.items()
            for category, amount in categories.items()
        ]
        return table((_("币种"), _("费用类别"), _("金额")), rows)

    @admin.display(description=_("计费日期（北京时间）"))
    def period(self, file: ConsumptionFile) -> str:
        if not file.first_day:
            return "—"
        words = {"first": file.first_day, "last": file.last_day, "days": charges.days_of(file)}
        return _("%(first)s 至 %(last)s，其中 %(days)d 天有账单") % words

    @admin.display(description=_("被替换为"))
    def superseded(self, file: ConsumptionFile) -> str:
        by = file.superseded_by
        return format_html('<a href="{}">{}</a>', self._page_of(by), by) if by else "—"

    @admin.display(description=_("未映射的子账号"))
    def unmapped(self, file: ConsumptionFile) -> str:
        rows = list(charges.unmapped_of(file).order_by("pk")[: SHOWN + 1])
        if not rows:
            return str(_("没有"))
        charged = charges.of_sub_accounts(row.pk for row in rows)
        lines = [
            (_mapping_link(row), row.provider, row.name, each.lines, in_words(each.sums))
            for row in rows[:SHOWN]
            if (each := charged[row.pk])
        ]
        head = (_("子账号"), _("云服务商"), _("名称"), _("行数"), _("金额"))
        everything = reverse("admin:billing_subaccount_changelist") + "?mapped=no"
        return format_html(
            '{}<a href="{}">{}</a>', table(head, lines), everything, _("全部未映射的子账号")
        )


def _mapping_link(sub_account: SubAccount) -> str:
    url = reverse("admin:billing_subaccount_do", args=[sub_account.pk, "map"])
    return format_html('<a href="{}">{}</a>', url, sub_account.number)


def _mapped(mapped: Mapped) -> str:
    words = {"n": mapped.mapped, "created": mapped.created}
    return str(_("映射子账号 %(n)d 个，新建客户 %(created)d 个。") % words)


def _sentence(imported: Imported) -> tuple[str, int]:
    file = imported.file
    if imported.refused:
        refused = _("文件被拒绝，没有改变任何数据：%(why)s") % {"why": file.reason}
        return str(refused), messages.ERROR
    if not imported.changed:
        same = _("与已导入的“%(name)s”内容相同，没有改变任何数据。") % {"name": file.name}
        return str(same), messages.INFO
    words = {"lines": file.lines, "replaced": imported.replaced}
    done = _("已导入 %(lines)d 行，替换此前的 %(replaced)d 行。") % words
    return str(done), messages.SUCCESS
