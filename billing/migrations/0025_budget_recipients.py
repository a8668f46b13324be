from django.db import migrations, models

from core.tenancy import SameTenant, TenantTable


class Migration(migrations.Migration):
    """预算提醒接收人: who hears of a partner's budgets, as its main account chose."""

    dependencies = [("billing", "0024_walls_of_contracts"), ("org", "0011_standing")]
    operations = [
        migrations.CreateModel(
            "BudgetRecipient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        "org.Partner", models.PROTECT, related_name="+", verbose_name="伙伴"
                    ),
                ),
                (
                    "member",
                    models.OneToOneField(
                        "org.Member",
                        models.PROTECT,
                        related_name="budget_recipient",
                        verbose_name="组织成员",
                    ),
                ),
                ("added_at", models.DateTimeField("添加时间")),
            ],
            options={"verbose_name": "预算提醒接收人", "verbose_name_plural": "预算提醒接收人",
                'indexes': [
                    models.Index(fields=["partner"], name="billing_budgetrecipient_idx"),
                ],},
        ),
        TenantTable("BudgetRecipient", writes=("insert", "delete"), private=True),
        SameTenant("BudgetRecipient", "member_id", "org_member"),
    ]
