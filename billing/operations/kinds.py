"""What may be asked for in a customer's account."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    START = "start", _("启动")
    STOP = "stop", _("停止")
    RENEW = "renew", _("续费")
    RELEASE = "release", _("释放")
    ORDER = "order", _("下单")
    CANCEL = "cancel", _("取消订单")


ON_RESOURCES = (Kind.START, Kind.STOP, Kind.RENEW, Kind.RELEASE)
