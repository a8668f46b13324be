"""What may be asked for a resource."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    START = "start", _("启动")
    STOP = "stop", _("停止")
    RENEW = "renew", _("续费")
    RELEASE = "release", _("释放")
