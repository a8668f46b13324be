"""The handling form (customers_coupons.md §10.3). What belongs to which outcome, rules.py says."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import rules
from .attachments import ACCEPT, BadFile, Checked, check
from .models import Alert, AlertClass, AlertHandling

_YES_NO = (("yes", _("是")), ("no", _("否")))


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each looked into; its value is a list of Checked."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Checked]:
        uploads = data if isinstance(data, list | tuple) else [data] if data else []
        if len(uploads) > rules.MAX_FILES:
            raise forms.ValidationError(_("附件最多 5 个。"))
        errors, checked = [], []
        for upload in uploads:
            try:
                checked.append(check(upload))
            except BadFile as error:
                errors.append(str(error))
        if errors:
            raise forms.ValidationError(errors)
        return checked


class SnoozeForm(forms.Form):
    """稍后处理: until a day, or until something changes."""

    how = forms.ChoiceField(
        label=_("稍后处理"),
        choices=[("date", _("到指定日期")), ("change", _("客户情况有变化时（最迟 30 天后）"))],
        widget=forms.RadioSelect,
        initial="date",
        error_messages={"required": _("请选择何时再处理。")},
    )
    until = forms.DateField(
        label=_("暂缓至"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        first, last = today + timedelta(days=1), today + timedelta(days=rules.SNOOZE_LONGEST)
        self.fields["until"].initial = today + timedelta(days=7)
        self.fields["until"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("how") == "date" and "until" not in self.errors:
            if not (day := cleaned.get("until")):
                self.add_error("until", _("请选择日期。"))
            elif error := rules.snooze_error(day, self.today):
                self.add_error("until", error)
        return cleaned

    @property
    def day(self) -> date | None:
        """None: until something changes."""
        return self.cleaned_data["until"] if self.cleaned_data["how"] == "date" else None


class HandleForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("处理结果"),
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择处理结果。")},
    )
    lost_reasons = forms.MultipleChoiceField(
        label=_("流失原因"),
        choices=AlertHandling.LostReason.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    destination = forms.ChoiceField(
        label=_("流失去向"),
        choices=[("", _("请选择")), *AlertHandling.Destination.choices],
        required=False,
    )
    recoverable = forms.ChoiceField(
        label=_("是否可挽回"), choices=_YES_NO, widget=forms.RadioSelect, required=False
    )
    kept_reason = forms.ChoiceField(
        label=_("未流失原因"),
        choices=[("", _("请选择")), *AlertHandling.KeptReason.choices],
        required=False,
    )
    expected_recovery_on = forms.DateField(
        label=_("预计恢复时间"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    note = forms.CharField(
        label=_("处理措施/说明"),
        max_length=rules.NOTE_LONGEST,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("请填写处理措施/说明，1 至 500 个字。")},
    )
    contact = forms.CharField(label=_("联系人"), max_length=64, required=False)
    contacted_at = forms.DateTimeField(
        label=_("联系时间"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        required=False,
    )
    attachments = FilesField(
        label=_("附件"),
        help_text=_("最多 5 个，每个不超过 10 MB；jpg、png、pdf、docx、xlsx。"),
        widget=FilesInput({"accept": ACCEPT}),
        required=False,
    )

    def __init__(self, *args: Any, alert: Alert, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_churn, self.at = alert.is_churn, at
        wanted = rules.outcomes_of(is_churn=self.is_churn)
        outcomes = [c for c in AlertHandling.Outcome.choices if c[0] in wanted]
        self.fields["outcome"].choices = outcomes  # type: ignore[attr-defined]
        if not self.is_churn:
            for name in (*rules.ONLY_LOST, *rules.ONLY_KEPT):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        errors = rules.handling_errors(self.said, is_churn=self.is_churn, at=self.at)
        for name, sentence in errors.items():
            if name not in self.errors:
                self.add_error(name, sentence)
        return cleaned

    @property
    def said(self) -> rules.Handling:
        """What was filled in, in the words of the service."""
        said = dict(self.cleaned_data)
        said["lost_reasons"] = tuple(said.get("lost_reasons", ()))
        said["attachments"] = tuple(said.get("attachments", ()))
        said["recoverable"] = {"yes": True, "no": False}.get(said.get("recoverable", ""))
        return rules.Handling(**said)


class BatchHandleForm(HandleForm):
    """One finding for many alerts of a class; contacts and files belong to a single one."""

    contact = contacted_at = attachments = None  # type: ignore[assignment]

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)
        self.is_churn, self.at = False, at
        words = dict(AlertHandling.Outcome.choices)
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            (code, _("%(class)s：%(outcome)s") % {"class": kind.label, "outcome": words[code]})
            for kind in AlertClass
            for code in rules.outcomes_of(is_churn=kind == AlertClass.CHURN)
        ]

    def clean(self) -> dict[str, Any]:
        self.is_churn = self.cleaned_data.get("outcome") in rules.CHURN_OUTCOMES
        return super().clean()
