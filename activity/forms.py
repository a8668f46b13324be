"""消息设置: one row for each kind of notification, and when e-mails may come."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.access import Decision, denied

from .kinds import CHOSEN, GROUPS, KINDS, MailChoice, of_group
from .models import NoticeSettings
from .rules import MOST_AN_HOUR

_HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


def decide_choose(kind: str) -> Decision:
    """Whether it may be chosen how this kind is mailed."""
    if KINDS[kind].compulsory:
        return denied(_("账号安全类消息关系到您的账号，始终立即发送邮件，不能关闭"))
    return Decision(True)


class NoticeForm(forms.Form):
    most_an_hour = MOST_AN_HOUR
    digest_hour = forms.TypedChoiceField(
        label=_l("每日汇总时间"),
        choices=_HOURS,
        coerce=int,
        help_text=_l("选择“每日汇总”的消息每天在此时间合并为一封邮件。"),
    )
    quiet_from = forms.TypedChoiceField(
        label=_l("免打扰开始"),
        choices=[("", _l("不设置")), *_HOURS],
        coerce=int,
        empty_value=None,
        required=False,
    )
    quiet_to = forms.TypedChoiceField(
        label=_l("免打扰结束"),
        choices=[("", _l("不设置")), *_HOURS],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_l("免打扰期间的邮件在结束时合并发送，可以跨零点。账号安全类消息除外。"),
    )
    language = forms.ChoiceField(label=_l("邮件语言"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, chosen: NoticeSettings, **kwargs: Any) -> None:
        names = ("digest_hour", "quiet_from", "quiet_to", "language")
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(chosen, name) for name in names}
        for kind in CHOSEN:
            self.fields[f"mail-{kind}"] = forms.ChoiceField(
                label=str(KINDS[kind].label),
                choices=MailChoice.choices,
                initial=chosen.choice(kind),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("quiet_from"), cleaned.get("quiet_to")
        if (first is None) != (last is None):
            missing = "quiet_from" if first is None else "quiet_to"
            if not self.has_error(missing):
                self.add_error(missing, _("免打扰的开始和结束请一起填写，或都选择“不设置”。"))
        elif first is not None and first == last:
            self.add_error("quiet_to", _("免打扰的结束时间不能与开始时间相同。"))
        return cleaned

    def chosen(self) -> dict[str, Any]:
        """The arguments of the service."""
        names = ("digest_hour", "quiet_from", "quiet_to", "language")
        mail = {kind: self.cleaned_data[f"mail-{kind}"] for kind in CHOSEN}
        return {"mail": mail} | {name: self.cleaned_data[name] for name in names}

    def groups(self) -> Iterator[dict[str, Any]]:
        """The rows of the page: each kind with its field, or with the reason why it has none."""
        for group, label in GROUPS.items():
            rows = [
                {
                    "label": KINDS[kind].label,
                    "field": self[f"mail-{kind}"] if kind in CHOSEN else None,
                    "decision": decide_choose(kind),
                    "mail": KINDS[kind].mail.label,
                }
                for kind in of_group(group)
            ]
            yield {"label": label, "rows": rows}

    def hours(self) -> list[forms.BoundField]:
        return [self[name] for name in ("digest_hour", "quiet_from", "quiet_to", "language")]
