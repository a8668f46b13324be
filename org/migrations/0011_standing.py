from django.db import migrations, models
from django.db.models import Case, Q, Value, When

from core.tenancy import CUSTOMER

_CHOICES = [("normal", "正常"), ("restricted", "受限"), ("frozen", "冻结")]
_KNOWN = ["normal", "restricted", "frozen"]


def _standing(label: str) -> models.CharField:
    return models.CharField(
        label, choices=_CHOICES, max_length=10, default="normal", db_default="normal"
    )


class Migration(migrations.Migration):
    """经营状态: what the vendor restricts or freezes. A reseller's row says its distributor's, too:
    the foreign key holds it there, and carries a change down. Partners are few."""

    atomic = False
    dependencies = [("org", "0010_sales_model")]
    operations = [
        migrations.AddField("partner", "standing", _standing("经营状态")),
        migrations.AddField("partner", "standing_above", _standing("总经销商的经营状态")),
        migrations.AddField(
            "partner",
            "effective_standing",
            models.GeneratedField(
                verbose_name="生效的经营状态",
                expression=Case(
                    When(Q(standing="frozen") | Q(standing_above="frozen"), then=Value("frozen")),
                    When(
                        Q(standing="restricted") | Q(standing_above="restricted"),
                        then=Value("restricted"),
                    ),
                    default=Value("normal"),
                ),
                output_field=models.CharField(max_length=10, choices=_CHOICES),
                db_persist=True,
            ),
        ),
        migrations.AddField(
            "partner",
            "standing_since",
            models.DateTimeField("经营状态起始时间", null=True, blank=True),
        ),
        migrations.AddField(
            "partner",
            "standing_reason",
            models.CharField(
                "经营状态的原因", max_length=200, blank=True, default="", db_default=""
            ),
        ),
        migrations.AddField(
            "partner",
            "standing_by",
            models.ForeignKey(
                "org.User",
                models.PROTECT,
                related_name="+",
                verbose_name="经营状态操作人",
                null=True,
                blank=True,
            ),
        ),
        migrations.AddConstraint(
            "partner",
            models.CheckConstraint(
                name="org_partner_standing_is_known",
                condition=Q(standing__in=_KNOWN, standing_above__in=_KNOWN),
            ),
        ),
        migrations.AddConstraint(
            "partner",
            models.CheckConstraint(
                name="org_partner_standing_says_why",
                condition=Q(standing="normal")
                | Q(standing_since__isnull=False) & ~Q(standing_reason=""),
            ),
        ),
        migrations.AddConstraint(
            "partner",
            models.CheckConstraint(
                name="org_partner_nobody_stands_above",
                condition=Q(distributor__isnull=False) | Q(standing_above="normal"),
            ),
        ),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS org_partner_id_standing_uniq"
            " ON org_partner (id, standing)",
            "DROP INDEX org_partner_id_standing_uniq",
        ),
        migrations.RunSQL(
            "ALTER TABLE org_partner ADD CONSTRAINT org_partner_stands_with_its_distributor"
            " FOREIGN KEY (distributor_id, standing_above) REFERENCES org_partner (id, standing)"
            " ON UPDATE CASCADE NOT VALID",
            "ALTER TABLE org_partner DROP CONSTRAINT org_partner_stands_with_its_distributor",
        ),
        migrations.RunSQL(
            "ALTER TABLE org_partner"
            " VALIDATE CONSTRAINT org_partner_stands_with_its_distributor",
            migrations.RunSQL.noop,
        ),
        # A customer learns that its account is held with its partner, never why.
        migrations.RunSQL(
            f"GRANT SELECT (effective_standing) ON org_partner TO {CUSTOMER}",
            f"REVOKE SELECT (effective_standing) ON org_partner FROM {CUSTOMER}",
        ),
    ]
