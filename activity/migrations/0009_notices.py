import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from core.tenancy import SameTenant, TenantTable, Updates


class Migration(migrations.Migration):
    """What a notification is about and how its e-mail fares; how each member wants to be told."""

    dependencies = [("activity", "0008_seals"), ("org", "0002_walls")]
    operations = [
        migrations.AddField(
            "notification", "cause", models.CharField(db_default="", default="", max_length=100)
        ),
        migrations.AddField(
            "notification",
            "closed_at",
            models.DateTimeField(null=True, verbose_name="失效时间"),
        ),
        migrations.AddField("notification", "mail_with", models.BigIntegerField(null=True)),
        migrations.AddField(
            "notification",
            "mail_sent_at",
            models.DateTimeField(null=True, verbose_name="邮件发送时间"),
        ),
        migrations.AddField(
            "notification",
            "mail_error",
            models.CharField(db_default="", default="", max_length=100, verbose_name="邮件错误"),
        ),
        Updates("Notification", "read_at", "closed_at"),
        migrations.CreateModel(
            name="NoticeSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mail", models.JSONField(default=dict)),
                ("digest_hour", models.PositiveSmallIntegerField(default=8)),
                ("quiet_from", models.PositiveSmallIntegerField(null=True)),
                ("quiet_to", models.PositiveSmallIntegerField(null=True)),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "简体中文"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                    ),
                ),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.member",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.partner",
                    ),
                ),
            ],
            options={
                "verbose_name": "消息设置",
                "verbose_name_plural": "消息设置",
                "constraints": [
                    models.CheckConstraint(
                        name="activity_settings_digest_hour", condition=Q(digest_hour__lt=24)
                    ),
                    models.CheckConstraint(
                        name="activity_settings_quiet_hours",
                        condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                        | Q(quiet_from__lt=24, quiet_to__lt=24) & ~Q(quiet_from=F("quiet_to")),
                    ),
                ],
            },
        ),
        TenantTable("NoticeSettings", writes=("insert", "update")),
        Updates(
            "NoticeSettings", "mail", "digest_hour", "quiet_from", "quiet_to", "language"
        ),
        SameTenant("NoticeSettings", "member_id", "org_member"),
    ]
