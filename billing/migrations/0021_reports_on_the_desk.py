import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from core.tenancy import VendorTable


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("billing", "0020_orders_for_customers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        AddIndexConcurrently(
            "resourcerequest",
            models.Index(fields=["state", "-id"], name="billing_request_state_idx"),
        ),
        migrations.CreateModel(
            name="ReportFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("orders", "客户订单"),
                            ("order_lines", "订单资源明细"),
                            ("resources", "客户资源"),
                            ("account_facts", "客户账号日报"),
                        ],
                        max_length=15,
                        verbose_name="内容",
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                ("lines", models.PositiveIntegerField(default=0, verbose_name="导入行数")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="更新数")),
                ("bad_lines", models.PositiveIntegerField(default=0, verbose_name="错误行数")),
                (
                    "errors",
                    models.FileField(
                        blank=True, upload_to="billing/errors/", verbose_name="错误文件"
                    ),
                ),
                ("imported_at", models.DateTimeField(verbose_name="导入时间")),
                (
                    "imported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="导入人",
                    ),
                ),
            ],
            options={
                "verbose_name": "日报文件",
                "verbose_name_plural": "日报文件",
                "indexes": [
                    models.Index(
                        fields=["-imported_at", "-id"], name="billing_report_recent_idx"
                    )
                ],
            },
        ),
        VendorTable("ReportFile"),
    ]
