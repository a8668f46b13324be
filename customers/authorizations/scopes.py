"""The parts of an authorisation."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What the vendor's letter bundles; a customer may grant less."""

    VIEW = "view", _("查看资源和订单")
    RENEW = "renew", _("续费资源")
    ORDER = "order", _("代客下单")
    OPERATE = "operate", _("启动、停止和释放资源")
