"""What an alert that was put aside waits for, and how it comes back.

It comes back on its day, or as soon as the figures behind it change: a day of consumption that
was not there, another balance, a resource that is renewed or overdue. The figures are one text
per alert, made by the same SQL when it is put aside and at night.
"""

from collections import Counter
from datetime import datetime

from django.db import connection

from activity.services import notify, record
from core import tenancy
from core.clock import day_of
from org.models import Member

from .generation.locks import hold_scenario
from .models import Alert, Scenario

# The alert's own day and what came since; days without consumption change nothing.
_SPENT = """(
    SELECT count(*) || ' ' || coalesce(sum(d.amount), 0) FROM billing_dailyconsumption d
    WHERE d.customer_id = a.customer_id AND d.day >= a.raised_on AND d.amount <> 0
)"""
_RELEASED = """(
    SELECT count(*)::text FROM billing_resource r
    WHERE r.customer_id = a.customer_id AND r.state = 'released'
)"""
_RESOURCE = """(
    SELECT concat_ws(' ', r.state, r.expires_on, r.auto_renew) FROM billing_resource r
    WHERE r.customer_id = a.customer_id AND r.number = a.subject
)"""
_OVERDUE = """(
    SELECT concat_ws(' ', c.arrears, count(*) FILTER (WHERE r.state = 'grace'),
        count(*) FILTER (WHERE r.state = 'retention'))
    FROM billing_resource r WHERE r.customer_id = a.customer_id
)"""
_FIGURES = {
    Scenario.SPENDING_DROP: _SPENT,
    Scenario.NO_SPENDING: _SPENT,
    Scenario.MASS_RELEASE: _RELEASED,
    Scenario.NO_LOGIN: f"concat_ws(' ', c.last_login_on, {_SPENT})",
    Scenario.LEAVING: "c.disassociation_requested_on::text",
    Scenario.EXPIRING: _RESOURCE,
    Scenario.LOW_BALANCE: "c.available_amount::text",
    Scenario.ARREARS: _OVERDUE,
}
# Never empty, which would say that only the day counts.
_FIGURE = "left('=' || coalesce({figure}, ''), 200)"
_READ = f"""
SELECT {_FIGURE} FROM followups_alert a
JOIN customers_customer c ON c.id = a.customer_id WHERE a.id = %(alert)s
"""
_WAKE = f"""
UPDATE followups_alert a SET snoozed_until = NULL, snoozed_figure = ''
FROM customers_customer c
WHERE c.id = a.customer_id AND a.snoozed_until IS NOT NULL AND a.scenario = %(scenario)s
    AND (a.snoozed_until <= %(today)s
        OR (a.snoozed_figure <> '' AND a.snoozed_figure <> {_FIGURE}))
RETURNING a.id
"""


def figure_of(alert: Alert) -> str:
    """The figures behind the alert as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(_said(_READ, alert.scenario), {"alert": alert.pk})
        return cursor.fetchone()[0]


def wake_alerts(*, at: datetime) -> int:
    """Bring back what was put aside until now, and tell the owners, once. Returns how many."""
    with tenancy.vendor():
        woken = [pk for scenario in Scenario for pk in _wake(scenario, at)]
        owners: Counter[Member] = Counter()
        rows = Alert.objects.filter(pk__in=woken).select_related("customer__account_manager__user")
        for alert in rows.order_by("pk"):
            record(
                "alert.woken",
                alert,
                by=None,
                at=at,
                partner_id=alert.partner_id,
                customer_id=alert.customer_id,
            )
            owners.update(alert.customer.owners())
        for owner, total in owners.items():
            key = f"alerts.back:{at.isoformat()}"
            notify([owner], "alerts.back", key=key, at=at, mail=True, total=total)
    return len(woken)


def _wake(scenario: Scenario, at: datetime) -> list[int]:
    hold_scenario(scenario)
    with connection.cursor() as cursor:
        cursor.execute(_said(_WAKE, scenario), {"scenario": scenario.value, "today": day_of(at)})
        return [pk for (pk,) in cursor.fetchall()]


def _said(sql: str, scenario: str) -> str:
    return sql.replace("{figure}", _FIGURES[Scenario(scenario)])
