from django.db import migrations, models


class Migration(migrations.Migration):
    """销售模式, set by the vendor's side. A reseller's is its distributor's: the foreign key says
    so, and changes it along with the distributor's. Partners are few."""

    atomic = False
    dependencies = [("org", "0009_sensitive_needs_code")]
    operations = [
        migrations.AddField(
            "partner",
            "sales_model",
            models.CharField(
                "销售模式",
                choices=[("resale", "代售"), ("postpaid", "转售")],
                max_length=10,
                default="resale",
                db_default="resale",
            ),
        ),
        migrations.AddConstraint(
            "partner",
            models.CheckConstraint(
                name="org_partner_sales_model_is_known",
                condition=models.Q(sales_model__in=["resale", "postpaid"]),
            ),
        ),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS org_partner_id_model_uniq"
            " ON org_partner (id, sales_model)",
            "DROP INDEX org_partner_id_model_uniq",
        ),
        migrations.RunSQL(
            "ALTER TABLE org_partner ADD CONSTRAINT org_partner_sells_as_its_distributor"
            " FOREIGN KEY (distributor_id, sales_model) REFERENCES org_partner (id, sales_model)"
            " ON UPDATE CASCADE NOT VALID",
            "ALTER TABLE org_partner DROP CONSTRAINT org_partner_sells_as_its_distributor",
        ),
        migrations.RunSQL(
            "ALTER TABLE org_partner VALIDATE CONSTRAINT org_partner_sells_as_its_distributor",
            migrations.RunSQL.noop,
        ),
    ]
