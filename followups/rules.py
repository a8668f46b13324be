"""What a rule may be told, and what a handling must say. Pure: no query, no clock.

A rule's parameters are data (`Rule.parameters`); a dataclass per scenario says which there are,
what they mean and within which limits. Sources: customers_coupons.md §10.3, §10.4.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import day_of, start_of

SNOOZE_LONGEST = 30  # days for which an alert may be put aside
LONGEST = 366  # days that a rule may look back, or a threshold look ahead
QUIET_LONGEST = 366


class BadParameters(ValueError):
    """The parameters of a rule do not make sense; `errors` has a sentence for each."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(_("；").join(errors.values()))
        self.errors = errors


def _is(kind: str, label: Promise | str) -> dict[str, Any]:
    return {"kind": kind, "label": label}


@dataclass(frozen=True)
class SpendingDrop:
    """消费大幅下降: the recent daily average is at most a share of the average before."""

    recent_days: int = field(metadata=_is("days", gettext_lazy("近期天数")))
    base_days: int = field(metadata=_is("days", gettext_lazy("对比期天数（紧接近期之前）")))
    drop_ratio: Decimal = field(
        metadata=_is("share", gettext_lazy("近期日均不高于对比期日均的比例"))
    )
    min_daily: Decimal = field(metadata=_is("money", gettext_lazy("对比期日均不低于（元/天）")))


@dataclass(frozen=True)
class NoSpending:
    """零消费: days without consumption in a row, after enough days with."""

    silent_days: int = field(metadata=_is("days", gettext_lazy("连续无消费天数")))
    active_days: int = field(metadata=_is("days", gettext_lazy("此前有消费的天数不少于")))
    history_days: int = field(metadata=_is("days", gettext_lazy("此前查看的天数")))


@dataclass(frozen=True)
class MassRelease:
    """大量退订/释放: much of what the customer had, by list price, was released within days."""

    days: int = field(metadata=_is("days", gettext_lazy("释放期天数")))
    share: Decimal = field(metadata=_is("share", gettext_lazy("释放资源目录价占比不低于")))


@dataclass(frozen=True)
class NoLogin:
    """长期未登录: no login for long, and the daily average falls."""

    days: int = field(metadata=_is("days", gettext_lazy("未登录天数")))
    recent_days: int = field(metadata=_is("days", gettext_lazy("近期天数")))
    base_days: int = field(metadata=_is("days", gettext_lazy("对比期天数（紧接近期之前）")))


@dataclass(frozen=True)
class Leaving:
    """发起解除关联: the customer filed a request. Nothing to set."""


@dataclass(frozen=True)
class Expiring:
    """包年包月即将到期: days before the end on which a main resource is warned of."""

    thresholds: tuple[int, ...] = field(metadata=_is("thresholds", gettext_lazy("提前天数")))


@dataclass(frozen=True)
class LowBalance:
    """余额不足: what is available does not last for days of average spend."""

    days: int = field(metadata=_is("days", gettext_lazy("可用额度须够用的天数")))
    spend_days: int = field(metadata=_is("days", gettext_lazy("计算日均消费的天数")))


@dataclass(frozen=True)
class Arrears:
    """已欠费/宽限期: money is owed, or a resource is in grace or retention. Nothing to set."""


Parameters = (
    SpendingDrop | NoSpending | MassRelease | NoLogin | Leaving | Expiring | LowBalance | Arrears
)
PARAMETERS: dict[str, type[Any]] = {
    "spending_drop": SpendingDrop,
    "no_spending": NoSpending,
    "mass_release": MassRelease,
    "no_login": NoLogin,
    "leaving": Leaving,
    "expiring": Expiring,
    "low_balance": LowBalance,
    "arrears": Arrears,
}


def parameters_of(scenario: str) -> tuple[Field[Any], ...]:
    """The parameters of a scenario, in the order in which a form shows them."""
    return fields(PARAMETERS[scenario])


def parse(scenario: str, raw: Mapping[str, Any]) -> Any:
    """The parameters as their dataclass. Raises BadParameters with a sentence for each mistake."""
    wanted = parameters_of(scenario)
    errors = {
        key: _("没有名为“%(name)s”的参数。") % {"name": key}
        for key in raw
        if key not in {each.name for each in wanted}
    }
    values = {}
    for each in wanted:
        try:
            values[each.name] = _READERS[each.metadata["kind"]](raw.get(each.name))
        except ValueError as error:
            said = {"label": each.metadata["label"], "error": error}
            errors[each.name] = _("%(label)s：%(error)s") % said
    if not errors:
        errors = _contradictions(scenario, values)
    if errors:
        raise BadParameters(errors)
    return PARAMETERS[scenario](**values)


def days_read(parameters: Any) -> int:
    """How many days of consumption before the business date a rule looks at; one at least.

    What is no consumption (resources, logins, arrears) is read as it stands.
    """
    match parameters:
        case SpendingDrop() | NoLogin():
            return parameters.recent_days + parameters.base_days
        case NoSpending():
            return parameters.silent_days + parameters.history_days
        case LowBalance():
            return parameters.spend_days
        case _:
            return 1


def as_data(parameters: Any) -> dict[str, Any]:
    """The parameters as they are stored: decimals as text, so that no digit is lost."""
    return {each.name: _stored(getattr(parameters, each.name)) for each in fields(parameters)}


def in_words(scenario: str, raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of each stored parameter, for people."""
    return [
        (str(each.metadata["label"]), _spelled(raw.get(each.name)))
        for each in parameters_of(scenario)
    ]


def _spelled(value: Any) -> str:
    return _("、").join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _stored(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _days(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST:
        raise ValueError(_("须为 1 至 %(most)s 的整数。") % {"most": LONGEST})
    return value


def _decimal(value: Any) -> Decimal | None:
    """The number, or None: not finite, or not a number at all. A float has lost its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _share(value: Any) -> Decimal:
    number = _decimal(value)
    if number is None or not 0 < number <= 1 or number.as_tuple().exponent < -4:  # type: ignore[operator]
        raise ValueError(_("须大于 0 且不大于 1，至多四位小数；一半写作 0.5。"))
    return number


def _money(value: Any) -> Decimal:
    number = _decimal(value)
    if number is None or not 0 < number < 10**12 or number.as_tuple().exponent < -2:  # type: ignore[operator]
        raise ValueError(_("须为大于 0 的金额，至多两位小数。"))
    return number


def _thresholds(value: Any) -> tuple[int, ...]:
    sentence = _("须为 1 至 %(most)s 的整数，至少一个，不重复，例如 30、15、7。") % {
        "most": LONGEST
    }
    if not isinstance(value, list | tuple) or not value or len(value) > 20:
        raise ValueError(sentence)
    try:
        days = tuple(sorted(map(_days, value), reverse=True))
    except ValueError:
        raise ValueError(sentence) from None
    if len(set(days)) < len(days):
        raise ValueError(sentence)
    return days


_READERS = {"days": _days, "share": _share, "money": _money, "thresholds": _thresholds}


def _contradictions(scenario: str, values: Mapping[str, Any]) -> dict[str, str]:
    if scenario == "no_spending" and values["active_days"] > values["history_days"]:
        return {"active_days": _("此前有消费的天数不能多于此前查看的天数。")}
    return {}


def quiet_days_error(days: int) -> str:
    """Why these quiet days (静默天数) cannot be, or nothing."""
    if 1 <= days <= QUIET_LONGEST:
        return ""
    return _("静默天数须为 1 至 %(most)s 的整数。") % {"most": QUIET_LONGEST}


# ---- handling (§10.3) ----

NOTE_LONGEST = 500
CONTACTED_FROM = start_of(date(2010, 1, 1))
CONTACTED_AHEAD = timedelta(minutes=10)  # the person's clock may be ahead of ours
RECOVERY_WITHIN = timedelta(days=3653)  # ten years
MAX_FILES = 5
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_BODY = (MAX_FILES + 1) * MAX_FILE_BYTES  # the files, and the form around them

CHURN_OUTCOMES = ("lost", "not_lost")
RESOURCE_OUTCOMES = ("renewed", "unsubscribed", "informed", "false_alarm")
ONLY_LOST = ("lost_reasons", "destination", "recoverable")
ONLY_KEPT = ("kept_reason", "expected_recovery_on")


@dataclass(frozen=True)
class Handling:
    """What the sole owner says about an alert. Empty values mean: not said."""

    outcome: str = ""
    lost_reasons: tuple[str, ...] = ()
    destination: str = ""
    recoverable: bool | None = None
    kept_reason: str = ""
    expected_recovery_on: date | None = None
    note: str = ""
    contact: str = ""
    contacted_at: datetime | None = None
    attachments: tuple[Any, ...] = ()


def outcomes_of(*, is_churn: bool) -> tuple[str, ...]:
    return CHURN_OUTCOMES if is_churn else RESOURCE_OUTCOMES


def handling_errors(said: Handling, *, is_churn: bool, at: datetime) -> dict[str, str]:
    """What is missing or does not fit, by field; an empty dict: the handling may be stored."""
    errors: dict[str, str | Promise] = {}
    if said.outcome not in outcomes_of(is_churn=is_churn):
        errors["outcome"] = _("请选择处理结果。")
    if said.outcome == "lost":
        if not said.lost_reasons:
            errors["lost_reasons"] = _("请选择至少一个流失原因。")
        if said.recoverable is None:
            errors["recoverable"] = _("请选择是否可挽回。")
    if said.outcome == "not_lost":
        if not said.kept_reason:
            errors["kept_reason"] = _("请选择未流失原因。")
        if sentence := _recovery_error(said.expected_recovery_on, day_of(at)):
            errors["expected_recovery_on"] = sentence
    note = said.note.strip()
    if not note or len(note) > NOTE_LONGEST:
        errors["note"] = _("请填写处理措施/说明，1 至 %(most)s 个字。") % {"most": NOTE_LONGEST}
    if sentence := _contact_error(said.contacted_at, at):
        errors["contacted_at"] = sentence
    if len(said.attachments) > MAX_FILES:
        errors["attachments"] = _("附件最多 %(most)s 个。") % {"most": MAX_FILES}
    return {name: str(error) for name, error in errors.items()}


def _recovery_error(day: date | None, today: date) -> str:
    if day and day < today:
        return _("预计恢复时间不能早于今天。")
    if day and day > today + RECOVERY_WITHIN:
        return _("预计恢复时间须在十年之内。")
    return ""


def _contact_error(contacted_at: datetime | None, at: datetime) -> str:
    if contacted_at and contacted_at < CONTACTED_FROM:
        return _("联系时间不能早于 %(day)s。") % {"day": day_of(CONTACTED_FROM)}
    if contacted_at and contacted_at > at + CONTACTED_AHEAD:
        return _("联系时间不能晚于现在。")
    return ""


def relevant(said: Handling) -> dict[str, Any]:
    """The fields that belong to the outcome; what was filled in for another one is dropped."""
    values = {each.name: getattr(said, each.name) for each in fields(said)}
    blank = Handling()
    if said.outcome != "lost":
        values |= {name: getattr(blank, name) for name in ONLY_LOST}
    if said.outcome != "not_lost":
        values |= {name: getattr(blank, name) for name in ONLY_KEPT}
    values["lost_reasons"] = list(values["lost_reasons"])
    values["note"], values["contact"] = said.note.strip(), said.contact.strip()
    del values["attachments"]
    return values


def snooze_error(until: date, today: date) -> str:
    """Why an alert may not be put aside until that day, or nothing."""
    first, last = today + timedelta(days=1), today + timedelta(days=SNOOZE_LONGEST)
    if first <= until <= last:
        return ""
    return _("暂缓日期请选择 %(first)s 至 %(last)s。") % {"first": first, "last": last}
