"""Acts on alerts and on the rules that raise them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from secrets import token_hex
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import close_notices, record
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.models import Customer
from org.models import Member, User
from org.permissions import FOLLOWUPS_HANDLE

from . import rules, snoozing
from .attachments import Checked
from .generation.announce import cause_of
from .models import Alert, AlertHandling, Attachment, Rule


@transaction.atomic
def handle_alert(alert: Alert, said: rules.Handling, *, by: Member, at: datetime) -> AlertHandling:
    """处理预警: note what became of the customer or the resource. Only the sole owner may.

    Raises NotAllowed, InvalidTransition (somebody was there before), Refused (incomplete).
    """
    alert = Alert.objects.select_related("customer__account_manager").lock(alert.pk)
    check_handling(alert, said, by=by, at=at)
    alert.mark_handled(at=at)
    handling = AlertHandling.objects.create(
        partner_id=alert.partner_id,
        alert=alert,
        handled_by=by,
        handled_at=at,
        **rules.relevant(said),
    )
    record(
        "alert.handled",
        alert,
        by=by,
        at=at,
        customer_id=alert.customer_id,
        before={"state": Alert.State.PENDING.value},
        after={
            "state": Alert.State.HANDLED.value,
            "outcome": handling.outcome,
            "attachments": len(said.attachments),
        },
    )
    _close_notice(alert, by, at=at)
    _attach(handling, said.attachments)
    return handling


def lapse_alerts_of(customer: Customer, *, at: datetime) -> int:
    """已失效: what waited of a customer that leaves; there is nobody to talk to. Returns how many.

    The nightly `close_followups` would do the same, and closes the notices."""
    waiting = Alert.objects.filter(customer=customer, state=Alert.State.PENDING)
    return waiting.update(
        state=Alert.State.LAPSED, lapsed_at=at, snoozed_until=None, snoozed_figure=""
    )


@transaction.atomic
def snooze_alert(alert: Alert, until: date | None, *, by: Member, at: datetime) -> Alert:
    """稍后处理: put aside until a day, or (None) until the figures behind it change, which is
    waited for as long as a day may lie ahead. Only the sole owner may.

    Raises NotAllowed, InvalidTransition (handled or lapsed meanwhile), Refused (the day).
    """
    alert = Alert.objects.select_related("customer__account_manager").lock(alert.pk)
    if not (decision := decide_handle(alert, by)):
        raise NotAllowed(decision)
    today = day_of(at)
    day = until or today + timedelta(days=rules.SNOOZE_LONGEST)
    if error := rules.snooze_error(day, today):
        raise Refused(error)
    before = _told_of_snooze(alert)
    alert.mark_snoozed(day, "" if until else snoozing.figure_of(alert))
    record(
        "alert.snoozed",
        alert,
        by=by,
        at=at,
        customer_id=alert.customer_id,
        before=before,
        after=_told_of_snooze(alert),
    )
    return alert


@transaction.atomic
def resume_alert(alert: Alert, *, by: Member, at: datetime) -> Alert:
    """取消暂缓: it waits again, before its day. Raises NotAllowed, InvalidTransition."""
    alert = Alert.objects.select_related("customer__account_manager").lock(alert.pk)
    if not (decision := decide_handle(alert, by)):
        raise NotAllowed(decision)
    before = _told_of_snooze(alert)
    alert.mark_resumed()
    record("alert.resumed", alert, by=by, at=at, customer_id=alert.customer_id, before=before)
    return alert


def _told_of_snooze(alert: Alert) -> dict[str, Any]:
    if alert.snoozed_until is None:
        return {}
    return {"until": alert.snoozed_until.isoformat(), "or_change": bool(alert.snoozed_figure)}


def check_handling(alert: Alert, said: rules.Handling, *, by: Member, at: datetime) -> None:
    """Raises where `handle_alert` would; asks nothing of the database."""
    if not (decision := decide_handle(alert, by)):
        raise NotAllowed(decision)
    if alert.customer.disassociated_at:
        raise InvalidTransition(_("该客户已解除关联，预警无需处理。"))
    alert.check_pending()
    if errors := rules.handling_errors(said, is_churn=alert.is_churn, at=at):
        raise Refused(" ".join(errors.values()))


def _close_notice(alert: Alert, by: Member, *, at: datetime) -> None:
    """Nothing is left to do of what the owner was told on that day."""
    waiting = Alert.objects.owned_by(by).pending().filter(raised_on=alert.raised_on)
    if not waiting.exists():
        close_notices(cause_of(by, alert.raised_on), at=at)


def decide_handle(alert: Alert, by: Member) -> Decision:
    """Whether this member is the one who handles the alert; for the button and the service.

    A handled or lapsed alert is no question of permission: the service says so when it is late.
    """
    if not (decision := by.may(FOLLOWUPS_HANDLE)):
        return decision
    if alert.customer.is_owned_by(by):
        return ALLOWED
    return denied(_("只有客户归属唯一责任人可以处理该预警。"), _owner_of(alert.customer, by))


def _owner_of(customer: Customer, by: Member) -> str:
    """Whom to ask. The people of another partner are not named."""
    if customer.partner_id != by.partner_id:
        return _("请联系该客户的云经销商")
    if customer.account_manager and customer.has_acting_manager:
        return _("请联系客户经理%(name)s") % {"name": customer.account_manager}
    return _("请联系主账号")


def _attach(handling: AlertHandling, files: tuple[Checked, ...]) -> None:
    """Store the files, last of all: what is refused before leaves none behind."""
    for each in files:
        Attachment.objects.create(
            partner_id=handling.partner_id,
            handling=handling,
            name=each.name,
            content_type=each.content_type,
            size=each.size,
            file=File(each.file, name=f"{token_hex(16)}.{each.kind}"),
        )


# ---- rules ----


@transaction.atomic
def change_rule(
    rule: Rule,
    *,
    parameters: Mapping[str, Any],
    quiet_days: int,
    is_enabled: bool,
    valid_from: date,
    by: User,
    at: datetime,
) -> Rule:
    """A new version of a scenario's rule, from a day that has not begun. Raises Refused.

    Older versions stay as they are: alerts and run records point at them.
    """
    versions = Rule.objects.filter(scenario=rule.scenario)
    # The first version stands for all of them: the newest is read once it is held.
    versions.select_for_update(no_key=True, of=("self",)).get(version=1)
    newest = versions.order_by("-version")[0]
    _check_rule(newest, parameters, quiet_days, valid_from, today=day_of(at))
    new = Rule(
        scenario=rule.scenario,
        version=newest.version + 1,
        alert_class=newest.alert_class,
        parameters=rules.as_data(rules.parse(rule.scenario, parameters)),
        quiet_days=quiet_days,
        is_enabled=is_enabled,
        valid_from=valid_from,
        created_at=at,
        created_by=by,
    )
    if _says(new) == _says(newest):
        raise Refused(
            _("与版本 %(version)s 相同，没有需要保存的修改。") % {"version": newest.version}
        )
    new.save(force_insert=True)
    record("rule.changed", new, by=by, at=at, before=_told(newest), after=_told(new))
    return new


def _check_rule(
    newest: Rule, parameters: Mapping[str, Any], quiet_days: int, valid_from: date, *, today: date
) -> None:
    if sentence := rules.quiet_days_error(quiet_days):
        raise Refused(sentence)
    try:
        rules.parse(newest.scenario, parameters)
    except rules.BadParameters as error:
        raise Refused(str(error)) from error
    # Today's alerts may have been raised already, by the version in force.
    if valid_from <= today:
        raise Refused(_("生效日期最早为 %(day)s。") % {"day": today + timedelta(days=1)})
    if valid_from > (latest := today + timedelta(days=rules.LONGEST)):
        raise Refused(_("生效日期最晚为 %(day)s。") % {"day": latest})
    if valid_from < newest.valid_from:
        raise Refused(
            _("版本 %(version)s 自 %(day)s 生效，新版本不能早于它。")
            % {"version": newest.version, "day": newest.valid_from}
        )


def _says(rule: Rule) -> tuple[Any, ...]:
    return rules.parse(rule.scenario, rule.parameters), rule.quiet_days, rule.is_enabled


def _told(rule: Rule) -> dict[str, Any]:
    """The version as the log shows it."""
    said = [f"{label} {value}" for label, value in rules.in_words(rule.scenario, rule.parameters)]
    return {
        "rule": str(rule),
        "parameters": said,
        "quiet_days": rule.quiet_days,
        "is_enabled": rule.is_enabled,
        "valid_from": rule.valid_from.isoformat(),
    }
