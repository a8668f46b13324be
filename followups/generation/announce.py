"""Tells the owners what was made: one notice each for a business date and a run of the rules.

The runs are the outbox: whoever stamps `announced_at` writes the notices in the same statement's
transaction, so that a kill between making and telling loses nothing and nobody is told twice
(docs/decisions/0007-generation.md).
"""

from datetime import date, datetime

from django.db import connection

from activity.bulk import close_all_but, notify_selected
from core import tenancy
from org.models import Member

from ..models import GenerationRun

# The sole owner, as Customer.is_owned_by has it: the acting manager, else the main account.
_OWNER = """
        LEFT JOIN (
            SELECT m.id FROM org_member m JOIN org_user u ON u.id = m.user_id
            WHERE m.is_active AND u.is_active AND m.roles @> ARRAY['account_manager']::varchar[]
        ) manager ON manager.id = a.account_manager_id
        LEFT JOIN org_member main ON main.partner_id = a.partner_id
            AND main.roles @> ARRAY['partner_admin']::varchar[]
"""
_COUNTS = """
    SELECT o.partner_id, o.owner_id AS member_id,
        'alerts.raised:' || to_char(o.raised_on, 'YYYY-MM-DD') || ':' || max(o.run_id) AS key,
        jsonb_build_object(
            'day', o.raised_on,
            'total', count(*),
            'churn', count(*) FILTER (WHERE o.alert_class = 'churn'),
            'resource', count(*) FILTER (WHERE o.alert_class = 'resource')
        ) AS params
    FROM (
        SELECT a.partner_id, a.alert_class, a.raised_on, g.id AS run_id,
            coalesce(manager.id, main.id) AS owner_id
        FROM followups_generationrun g
        JOIN followups_alert a ON a.rule_id = g.rule_id AND a.raised_on = g.business_date
            AND a.raised_at = g.started_at AND a.state = 'pending'
            AND (g.partner_id IS NULL OR a.partner_id = g.partner_id)
        {owner}
        WHERE g.id = ANY (%(runs)s)
    ) o
    WHERE o.owner_id IS NOT NULL
    GROUP BY o.partner_id, o.owner_id, o.raised_on
""".replace("{owner}", _OWNER)
# What a notice is about: the member's alerts of the day, as long as one of them waits.
_CAUSE = "'alerts:' || t.member_id || ':' || (t.params ->> 'day')"
_WAITING = """
    SELECT DISTINCT 'alerts:' || coalesce(manager.id, main.id) || ':' || a.raised_on AS cause
    FROM followups_alert a
    {owner}
    WHERE a.state = 'pending'
""".replace("{owner}", _OWNER)


def announce(*, at: datetime) -> int:
    """Tell the owners about the alerts of all runs that nobody was told of; returns how many."""
    with tenancy.vendor():
        runs = _claim(at)
        if not runs:
            return 0
        _expect_many()
        values = {"runs": runs}
        return notify_selected(_COUNTS, values, kind="alerts.raised", at=at, cause=_CAUSE)


def close_answered(*, at: datetime) -> int:
    """Close the notices whose alerts are all handled, lapsed or somebody else's; returns how
    many. Handling the last one closes its notice by itself."""
    with tenancy.vendor():
        _expect_many()
        return close_all_but(_WAITING, {}, kind="alerts.raised", at=at)


def cause_of(owner: Member, day: date) -> str:
    return f"alerts:{owner.pk}:{day.isoformat()}"


def _expect_many() -> None:
    """The statistics do not know yet what was just written: without this, the plan asks for each
    alert's customer and owner one by one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")


def _claim(at: datetime) -> list[int]:
    """Stamp the untold runs and name them. Of two announcers the later one finds none left."""
    untold = GenerationRun.objects.filter(
        state=GenerationRun.State.DONE, announced_at__isnull=True, made__gt=0
    )
    ids = list(untold.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    GenerationRun.objects.filter(pk__in=ids).update(announced_at=at)
    return ids
