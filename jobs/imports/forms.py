from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import sheets

from .kinds import ImportKind
from .models import Import


class SheetField(forms.FileField):
    """A workbook or CSV file, looked into; its header and lines stand on it as `read`."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        try:
            if file.size > sheets.LARGEST:
                raise sheets.NotReadable(_("文件超过 50 MB，请拆分后导入。"))
            with sheets.opened(file, file.name) as sheet:
                if not sheet.count:
                    raise sheets.NotReadable(_("文件只有表头，没有数据。"))
                file.headers, file.lines_read = sheet.headers, sheet.count
        except sheets.NotReadable as why:
            raise forms.ValidationError(str(why)) from None
        return file


class UploadForm(forms.Form):
    file = SheetField(
        label=_("文件"),
        help_text=_("Excel（.xlsx）或 CSV（UTF-8、GB18030），第一行是表头；最大 50 MB、10 万行。"),
        error_messages={
            "required": _("请选择要导入的文件。"),
            "empty": _("文件是空的。"),
            "max_length": _("文件名过长。"),
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )


class MappingForm(forms.Form):
    """Which column of the file is which: a choice for each column of the kind."""

    def __init__(self, *args: Any, made: Import, kind: ImportKind, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = [("", _("不导入"))]
        places = [(str(at), header or f"#{at + 1}") for at, header in enumerate(made.headers)]
        for column in kind.visible_columns(by):
            known = column.key in made.mapping
            self.fields[column.key] = forms.ChoiceField(
                label=str(column.label),
                choices=places if column.is_required and known else [*none, *places],
                required=column.is_required,
                initial=str(made.mapping.get(column.key, "")),
                help_text=str(column.help),
                error_messages={
                    "required": _("请选择该列。"),
                    "invalid_choice": _("文件中没有这一列。"),
                },
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        used = [place for place in data.values() if place]
        if len(set(used)) < len(used):
            raise forms.ValidationError(_("文件的同一列不能对应多项。"))
        return data

    @property
    def mapping(self) -> dict[str, int]:
        return {key: int(place) for key, place in self.cleaned_data.items() if place}


class CommitForm(forms.Form):
    seen = forms.CharField(max_length=32)
