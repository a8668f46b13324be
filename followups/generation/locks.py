"""Who writes the alerts of a scenario does it alone.

One lock per scenario and not per date: the quiet days make neighbouring dates depend on each
other, and closing touches the same rows.
"""

from django.db import connection


def hold_scenario(scenario: str) -> None:
    """Wait for the scenario, and keep it until the transaction ends."""
    assert connection.in_atomic_block, "the lock belongs to a transaction"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('followups.scenario'), hashtext(%s))", [scenario]
        )
