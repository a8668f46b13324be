"""The panels, in the order in which they are read. A new one is a line here (ops/rows.py)."""

from django.utils.translation import gettext_lazy as _

from .checks import database, deployment, money, sealed, servers, work
from .rows import Panel

# What runs: looked at every day, cheap enough to be opened again and again.
RUNNING = (
    Panel("queue", _("队列与发件箱"), work.queue_rows),
    Panel("workers", _("工作进程"), servers.worker_rows),
    Panel("schedule", _("定时任务"), work.schedule_rows),
    Panel("generation", _("预警生成与数据"), work.generation_rows),
    Panel("failed", _("失败的任务"), work.failed_job_rows),
    Panel("log", _("操作日志"), sealed.log_rows),
    Panel("ledger", _("账本"), money.ledger_rows),
    Panel("coupons", _("券账"), money.coupon_rows),
)
# How it is installed: looked at after an installation, an upgrade, or when something is odd.
DEPLOYMENT = (
    Panel("versions", _("版本"), servers.version_rows),
    Panel("settings", _("设置"), deployment.settings_rows),
    Panel("database", _("数据库"), database.database_rows),
    Panel("redis", _("Redis"), servers.redis_rows),
    Panel("files", _("文件与备份"), deployment.file_rows),
    Panel("mail", _("邮件服务器"), deployment.mail_rows),
)
