"""What was typed before loses such a time, so that its page opens; then the rest is checked."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

_HEAL = """
UPDATE followups_alerthandling SET
    contacted_at = CASE WHEN contacted_at BETWEEN '2009-12-31 16:00+00'
        AND handled_at + interval '10 minutes' THEN contacted_at END,
    expected_recovery_on = CASE WHEN expected_recovery_on BETWEEN '1990-01-01' AND '2200-12-31'
        THEN expected_recovery_on END
WHERE contacted_at < '2009-12-31 16:00+00' OR contacted_at > handled_at + interval '10 minutes'
    OR expected_recovery_on < '1990-01-01' OR expected_recovery_on > '2200-12-31'
"""


class Migration(migrations.Migration):
    atomic = False  # without a lock on what is handled meanwhile
    dependencies = [("followups", "0008_handling_times")]
    operations = [
        migrations.RunSQL(_HEAL, migrations.RunSQL.noop),
        ValidateConstraint("alerthandling", "followups_handling_contact_in_time"),
        ValidateConstraint("alerthandling", "followups_handling_recovery_in_time"),
    ]
