"""预警 on the vendor's desk: rules with their versions, what the nights did, the alerts."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock, patience
from core.admin import ButtonForm, VendorAdmin, button
from core.masking import mask_name
from core.refusals import Refused
from org.models import Partner

from . import rules, services, texts
from .generation import generate
from .models import Alert, GenerationRun, Rule

TRIAL_SECONDS = 20  # a page may not wait longer; the command may


def _days_field(label: Any, most: int = rules.LONGEST) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=most)


class Thresholds(forms.CharField):
    """`30、15、7`: numbers, whatever stands between them."""

    def prepare_value(self, value: Any) -> Any:
        return _("、").join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [int(number) for number in re.findall(r"\d{1,5}", super().to_python(value) or "")]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return True


_FIELDS: dict[str, Callable[[Any], forms.Field]] = {
    "days": _days_field,
    "share": lambda label: forms.DecimalField(label=label, max_digits=5, decimal_places=4),
    "money": lambda label: forms.DecimalField(label=label, max_digits=14, decimal_places=2),
    "thresholds": lambda label: Thresholds(label=label, help_text=_l("例如 30、15、7、3、1")),
}


class RuleForm(ButtonForm):
    """The parameters of the row's scenario, prefilled with the row's own."""

    subject: Rule

    def __init__(self, *args: Any, subject: Rule, **kwargs: Any) -> None:
        kwargs["initial"] = {**subject.parameters, "quiet_days": subject.quiet_days}
        super().__init__(*args, subject=subject, **kwargs)
        own = dict(self.fields)
        self.fields.clear()
        for each in rules.parameters_of(subject.scenario):
            self.fields[each.name] = _FIELDS[each.metadata["kind"]](each.metadata["label"])
        self.fields["quiet_days"] = _days_field(_l("静默天数"), rules.QUIET_LONGEST)
        self.fields |= own

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [each.name for each in rules.parameters_of(self.subject.scenario)]
        if any(name in self.errors for name in names):
            return cleaned
        raw = {name: cleaned.pop(name) for name in names}
        try:
            cleaned["parameters"] = rules.as_data(rules.parse(self.subject.scenario, raw))
        except rules.BadParameters as error:
            for name, sentence in error.errors.items():
                self.add_error(name, sentence)
        return cleaned


class NewVersionForm(RuleForm):
    is_enabled = forms.BooleanField(label=_l("启用"), required=False)
    valid_from = forms.DateField(
        label=_l("生效日期"),
        widget=AdminDateWidget,
        help_text=_l("最早为明天：今天的预警可能已按现行版本生成。"),
    )

    def __init__(self, *args: Any, subject: Rule, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        tomorrow = clock.today() + timedelta(days=1)
        self.initial.update(is_enabled=subject.is_enabled, valid_from=tomorrow)


class TrialForm(RuleForm):
    day = forms.DateField(label=_l("业务日期"), widget=AdminDateWidget)
    partner = forms.CharField(
        label=_l("伙伴"), required=False, help_text=_l("名称；留空则检查全部伙伴的客户。")
    )

    def __init__(self, *args: Any, subject: Rule, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        self.initial["day"] = clock.today()

    def clean_partner(self) -> Partner | None:
        name = self.cleaned_data["partner"]
        partner = Partner.objects.filter(name=name).first()
        if name and partner is None:
            raise forms.ValidationError(_("没有这个伙伴。"))
        return partner


@admin.register(Rule)
class RuleAdmin(VendorAdmin):
    """预警规则: versions are read; a change is a new version, tried first without saving."""

    ordering = ("-pk",)
    list_display = (
        *("scenario", "version", "alert_class", "in_words", "quiet_days", "valid_from"),
        *("is_enabled", "created_at", "created_by"),
    )
    list_filter = ("scenario", "alert_class", "is_enabled")
    list_select_related = ("created_by",)
    fields = list_display
    buttons = ("new_version", "try_out")

    @admin.display(description=_l("参数"))
    def in_words(self, rule: Rule) -> str:
        rows = rules.in_words(rule.scenario, rule.parameters)
        lines = [(label, _("："), value) for label, value in rows]
        return format_html_join("", "<div>{}{}{}</div>", lines) or str(_("无"))

    @button(
        _l("新版本"),
        explain=_l("修改后保存为新版本，自生效日期起替代现行版本；已用过的版本不会改变。"),
        form=NewVersionForm,
        step_up=True,
    )
    def new_version(self, request: HttpRequest, rule: Rule, data: dict[str, Any]) -> str:
        who = {"by": request.user, "at": clock.now()}
        new = services.change_rule(rule, **data, **who)  # type: ignore[arg-type]
        return _("%(rule)s 已保存，自 %(day)s 起生效。") % {"rule": new, "day": new.valid_from}

    @button(
        _l("试运行"),
        explain=_l("按下面的参数计算某一天会新增多少条预警、涉及哪些客户，不保存任何内容。"),
        roles=("operator", "reviewer"),
        form=TrialForm,
    )
    def try_out(self, request: HttpRequest, rule: Rule, data: dict[str, Any]) -> HttpResponse:
        draft = Rule(
            scenario=rule.scenario,
            version=rule.version,
            parameters=data["parameters"],
            quiet_days=data["quiet_days"],
        )
        result = _tried(draft, data)
        hits = [
            (hit.partner, hit.number, mask_name(hit.name), hit.subject) for hit in result.sample
        ]
        return self.page(
            request,
            "admin/rule_trial.html",
            rule,
            title=_l("试运行结果"),
            result=result,
            hits=hits,
            day=data["day"],
            partner=data["partner"],
            parameters=rules.in_words(rule.scenario, data["parameters"]),
            quiet_days=data["quiet_days"],
        )


def _tried(draft: Rule, data: dict[str, Any]) -> Any:
    """The dry run, within the patience of a page."""
    try:
        with patience.at_most(TRIAL_SECONDS):
            trial = {"rules": [draft], "partner": data["partner"], "dry_run": True}
            result = generate(data["day"], **trial, at=clock.now())[0]
    except OperationalError as error:
        raise Refused(
            _("%(n)s 秒内未能算完。请指定一个伙伴，或使用命令 generate_followups --dry-run。")
            % {"n": TRIAL_SECONDS}
        ) from error
    if result.reason:
        raise Refused(result.reason)
    return result


@admin.register(GenerationRun)
class GenerationRunAdmin(VendorAdmin):
    """预警生成记录: which rule looked at which date, how long, and what came of it."""

    ordering = ("-business_date", "-pk")
    list_display = (
        *("business_date", "rule", "partner", "state", "looked_at", "made", "lapsed"),
        *("seconds", "started_at", "announced_at", "reason"),
    )
    list_filter = ("state",)
    list_select_related = ("rule", "partner")
    fields = list_display

    @admin.display(description=_l("用时（秒）"))
    def seconds(self, run: GenerationRun) -> str:
        return f"{(run.finished_at - run.started_at).total_seconds():.2f}"


@admin.register(Alert)
class AlertAdmin(VendorAdmin):
    """客户预警: read by the vendor, handled by the partner."""

    ordering = ("-pk",)
    list_display = (
        *("scenario", "alert_class", "title", "of", "customer_number", "raised_on", "state"),
        "raised_at",
    )
    list_filter = ("state", "scenario", "alert_class")
    list_select_related = ("partner", "customer")
    search_fields = ("customer__cloud_account__number",)
    search_help_text = _l("完整客户ID")
    fields = (
        *("scenario", "alert_class", "title", "details", "of", "customer_number", "version"),
        *("raised_on", "raised_at", "state", "handled_at", "lapsed_at", "outcome"),
    )

    @admin.display(description=_l("标题"))
    def title(self, alert: Alert) -> str:
        return texts.title(alert.scenario, alert.facts)

    @admin.display(description=_l("为什么预警"))
    def details(self, alert: Alert) -> str:
        rows = texts.details(alert.scenario, alert.facts)
        return format_html("<table>{}</table>", format_html_join("", _ROW, rows))

    @admin.display(description=_l("伙伴"))
    def of(self, alert: Alert) -> str:
        return _linked(alert.partner)

    @admin.display(description=_l("预警规则"))
    def version(self, alert: Alert) -> str:
        return _linked(alert.rule)

    @admin.display(description=_l("客户ID"))
    def customer_number(self, alert: Alert) -> str:
        return alert.customer.number

    @admin.display(description=_l("处理结果"))
    def outcome(self, alert: Alert) -> str | None:
        handling = getattr(alert, "handling", None)
        return handling.get_outcome_display() if handling else None


def _linked(row: Partner | Rule) -> str:
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', page, row)


_ROW = "<tr><td>{}</td><td>{}</td></tr>"
