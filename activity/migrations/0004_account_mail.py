from django.db import migrations, models

from core.tenancy import VendorTable


class Migration(migrations.Migration):
    dependencies = [("activity", "0003_names_in_chinese")]
    operations = [
        migrations.CreateModel(
            name="AccountMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("to", models.EmailField(max_length=254)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("good_until", models.DateTimeField()),
                ("mail_attempts", models.PositiveSmallIntegerField(default=0)),
                ("mail_next_at", models.DateTimeField()),
            ],
            options={"verbose_name": "账号邮件", "verbose_name_plural": "账号邮件"},
        ),
        VendorTable("AccountMail"),
    ]
