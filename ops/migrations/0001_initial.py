from django.db import migrations, models

from core.tenancy import VendorTable


class Migration(migrations.Migration):
    initial = True
    # After the first walls: the roles exist by then.
    dependencies = [('org', '0002_walls')]

    operations = [
        migrations.CreateModel(
            name='TaskRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='任务')),
                ('started_at', models.DateTimeField(verbose_name='开始时间')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='结束时间')),
                ('succeeded_at', models.DateTimeField(null=True, verbose_name='上次成功')),
                ('failed_at', models.DateTimeField(null=True, verbose_name='上次失败')),
                ('seconds', models.FloatField(null=True, verbose_name='用时（秒）')),
                ('error', models.CharField(blank=True, default='', max_length=100, verbose_name='错误')),
                ('error_id', models.CharField(blank=True, default='', max_length=32, verbose_name='日志编号')),
            ],
            options={
                'verbose_name': '定时任务',
                'verbose_name_plural': '运行状况',
            },
        ),
        VendorTable('TaskRun'),
    ]
