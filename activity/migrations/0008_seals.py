"""Blocks of lines, sealed by hash; and the one way in which old lines go.

The function belongs to the owner, so nobody else needs the right to delete. It keeps the floor
by itself: 180 days, and whole blocks from the first on, each leaving its seal as the anchor.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from core.tenancy import VENDOR, TenantTable

_FORGET = f"""
CREATE FUNCTION activity_forget_block(seal bigint, older_than timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    block activity_activityseal;
    gone integer;
BEGIN
    SELECT * INTO block FROM activity_activityseal
    WHERE id = seal AND removed_at IS NULL
        AND last_at < least(older_than, now() - interval '180 days')
    FOR UPDATE;
    IF block.id IS NULL OR EXISTS (
        SELECT FROM activity_activityseal
        WHERE hash = block.previous_hash AND removed_at IS NULL
    ) THEN
        RETURN NULL;
    END IF;
    DELETE FROM activity_activity
    WHERE id BETWEEN block.first_id AND block.last_id
        AND page > block.after_page AND page <= block.page
        AND partner_id IS NOT DISTINCT FROM block.partner_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> block.count THEN
        RAISE EXCEPTION 'block % holds % lines, sealed were %', block.id, gone, block.count;
    END IF;
    DELETE FROM activity_activityseal WHERE hash = block.previous_hash;
    UPDATE activity_activityseal SET removed_at = now() WHERE id = block.id;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION activity_forget_block(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION activity_forget_block(bigint, timestamptz) TO {VENDOR};
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0007_by_page")]
    operations = [
        migrations.CreateModel(
            name="ActivitySeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField()),
                ("after_page", models.BigIntegerField()),
                ("page", models.BigIntegerField()),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("last_at", models.DateTimeField()),
                ("lines_hash", models.CharField(max_length=64)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("sealed_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "partner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.partner",
                    ),
                ),
            ],
            options={
                "verbose_name": "操作日志封存",
                "verbose_name_plural": "操作日志封存",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partner", "number"),
                        name="activity_seal_follows_one",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            ("after_page__lt", F("page")),
                            ("count__gt", 0),
                            ("first_id__lte", F("last_id")),
                        ),
                        name="activity_seal_holds_lines",
                    ),
                ],
            },
        ),
        TenantTable("ActivitySeal", writes=(), append_only=True),
        migrations.RunSQL(
            _FORGET, "DROP FUNCTION activity_forget_block(bigint, timestamptz)"
        ),
    ]
