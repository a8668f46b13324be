"""Lapses pending alerts about which nothing is left to do."""

from datetime import datetime

from django.db import connection

from core import tenancy

from ..models import Scenario
from .announce import close_answered
from .locks import hold_scenario

# The customer left. Whatever the sign was, there is nobody to talk to.
_LEFT = "c.disassociated_at IS NOT NULL"

# The cause is gone. Signs of churn in what a customer spends, releases or does not visit stay:
# the answer (已流失 or 未流失) is still worth having.
_GONE = {
    Scenario.LEAVING: """
        c.disassociation_requested_on IS NULL
        OR to_char(c.disassociation_requested_on, 'YYYY-MM-DD') <> a.cause
    """,
    # Renewed, renewing by itself, or released.
    Scenario.EXPIRING: """
        NOT EXISTS (
            SELECT FROM billing_resource r
            WHERE r.customer_id = a.customer_id AND r.number = a.subject
                AND r.state <> 'released' AND NOT r.auto_renew
                AND to_char(r.expires_on, 'YYYY-MM-DD') = split_part(a.cause, ':', 1)
        )
    """,
    Scenario.LOW_BALANCE: """
        c.available_amount IS NULL OR c.available_amount >= (a.facts ->> 'needed')::numeric
    """,
    Scenario.ARREARS: """
        c.arrears = 0 AND NOT EXISTS (
            SELECT FROM billing_resource r
            WHERE r.customer_id = a.customer_id AND r.state IN ('grace', 'retention')
        )
    """,
}

_CLOSE = """
UPDATE followups_alert a SET state = 'lapsed', lapsed_at = %(at)s,
    snoozed_until = NULL, snoozed_figure = ''
FROM customers_customer c
WHERE c.id = a.customer_id AND a.state = 'pending' AND a.scenario = %(scenario)s
    AND ({condition})
"""


def close_followups(*, at: datetime) -> int:
    """已失效: for customers who left and causes that are gone. Returns how many lapsed."""
    lapsed = sum(_close(scenario, at) for scenario in Scenario)
    close_answered(at=at)
    return lapsed


def _close(scenario: Scenario, at: datetime) -> int:
    condition = f"{_LEFT} OR {_GONE[scenario]}" if scenario in _GONE else _LEFT
    with tenancy.vendor(), connection.cursor() as cursor:
        hold_scenario(scenario)
        cursor.execute(
            _CLOSE.replace("{condition}", condition), {"scenario": scenario.value, "at": at}
        )
        return cursor.rowcount
