from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("followups", "0003_default_rules")]
    operations = [
        migrations.AddField(
            model_name="generationrun",
            name="announced_at",
            field=models.DateTimeField(null=True, verbose_name="通知时间"),
        ),
    ]
