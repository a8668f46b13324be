"""Indexes of transfers that nothing reads, and that every transfer writes."""

import django.db.models.deletion
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models


def drop(name: str, columns: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE INDEX CONCURRENTLY {name} ON ledger_transfer ({columns})",
    )


def reference(name: str, words: str, to: str, **options: bool) -> migrations.AlterField:
    return migrations.AlterField(
        "transfer",
        name,
        models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to=to,
            verbose_name=words,
            **options,
        ),
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0002_walls")]
    operations = [
        RemoveIndexConcurrently("transfer", "ledger_transfer_time_idx"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                drop("ledger_transfer_key_451b4b01_like", "key varchar_pattern_ops"),
                drop("ledger_transfer_member_id_1f0bd08c", "member_id"),
                drop("ledger_transfer_source_id_c0c32e3f", "source_id"),
                drop("ledger_transfer_source_partner_id_f29f8bbc", "source_partner_id"),
                drop("ledger_transfer_target_id_e23e82fd", "target_id"),
                drop("ledger_transfer_target_partner_id_1a2b6fd3", "target_partner_id"),
            ],
            state_operations=[
                reference("source", "转出账户", "ledger.account", db_constraint=False),
                reference("target", "转入账户", "ledger.account", db_constraint=False),
                reference(
                    "source_partner", "转出方", "org.partner", db_constraint=False, null=True
                ),
                reference(
                    "target_partner", "转入方", "org.partner", db_constraint=False, null=True
                ),
                reference("member", "操作人", "org.member", null=True),
            ],
        ),
    ]
