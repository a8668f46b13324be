from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0021_check_associations")]
    operations = [
        migrations.AlterField(
            "proxyaction",
            "kind",
            models.CharField(
                choices=[
                    ("entered", "进入客户账号"),
                    ("looked", "查看资源"),
                    ("start", "启动资源"),
                    ("stop", "停止资源"),
                    ("renew", "续费资源"),
                    ("release", "释放资源"),
                    ("order", "下单"),
                    ("cancel", "取消订单"),
                    ("left", "离开客户账号"),
                ],
                max_length=10,
                verbose_name="操作",
            ),
        ),
    ]
