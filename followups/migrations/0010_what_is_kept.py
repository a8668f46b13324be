"""What was handled, and what a night did, is kept by the database, whoever writes.

An alert is handled if and only if it has a handling, whose outcome is one of its class. That is
asked at the end of the transaction, because one of the two is written first. Versions of rules
and runs are written once; a run is stamped when its alerts were announced.
"""

from django.db import migrations

from core.tenancy import VENDOR

_CHECK = """
CREATE FUNCTION followups_handled_as_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    alert bigint := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    PERFORM FROM followups_alert a LEFT JOIN followups_alerthandling h ON h.alert_id = a.id
    WHERE a.id = alert AND CASE
        WHEN a.state <> 'handled' THEN h.id IS NOT NULL
        WHEN a.alert_class = 'churn' THEN h.outcome IN ('lost', 'not_lost') IS NOT TRUE
        ELSE h.outcome IN ('renewed', 'unsubscribed', 'informed', 'false_alarm') IS NOT TRUE
    END;
    IF FOUND THEN
        RAISE EXCEPTION 'alert % is not handled as its record says', alert
            USING ERRCODE = 'check_violation', CONSTRAINT = 'followups_handled_as_recorded';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION followups_handled_as_recorded() FROM PUBLIC;
"""
# Alerts that are raised or lapse ask nothing: they are millions.
_TRIGGERS = """
CREATE CONSTRAINT TRIGGER followups_alert_raised_as_recorded AFTER INSERT ON followups_alert
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'handled')
    EXECUTE FUNCTION followups_handled_as_recorded('id');
CREATE CONSTRAINT TRIGGER followups_alert_handled_as_recorded
    AFTER UPDATE OF state, alert_class ON followups_alert
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.state = 'handled' OR OLD.state = 'handled')
    EXECUTE FUNCTION followups_handled_as_recorded('id');
CREATE CONSTRAINT TRIGGER followups_handling_as_alert AFTER INSERT ON followups_alerthandling
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION followups_handled_as_recorded('alert_id');
"""
# Who changes a rule holds its first version meanwhile: a row can be held by whoever may update
# a column of it. A version's id is what alerts and runs point at, so it stays.
_WRITTEN_ONCE = f"""
REVOKE UPDATE, DELETE ON followups_rule, followups_generationrun FROM {VENDOR};
GRANT UPDATE (id) ON followups_rule TO {VENDOR};
GRANT UPDATE (announced_at) ON followups_generationrun TO {VENDOR};
"""
_WRITTEN_AT_WILL = f"""
REVOKE UPDATE (id) ON followups_rule FROM {VENDOR};
REVOKE UPDATE (announced_at) ON followups_generationrun FROM {VENDOR};
GRANT UPDATE, DELETE ON followups_rule, followups_generationrun TO {VENDOR};
"""


class Migration(migrations.Migration):
    dependencies = [("followups", "0009_handling_times_validated")]
    operations = [
        migrations.RunSQL(_CHECK, "DROP FUNCTION followups_handled_as_recorded()"),
        migrations.RunSQL(
            _TRIGGERS,
            "DROP TRIGGER followups_alert_raised_as_recorded ON followups_alert;"
            "DROP TRIGGER followups_alert_handled_as_recorded ON followups_alert;"
            "DROP TRIGGER followups_handling_as_alert ON followups_alerthandling",
        ),
        migrations.RunSQL(_WRITTEN_ONCE, _WRITTEN_AT_WILL),
    ]
