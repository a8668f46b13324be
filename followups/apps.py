from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class FollowupsConfig(AppConfig):
    name = "followups"
    verbose_name = pgettext_lazy("复数", "客户预警")
