from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.models import Notification
from activity.services import resend_mail
from core import clock, tenancy
from core.commands import BaseCommand
from core.refusals import Refused


class Command(BaseCommand):
    help = _l("重新发送所有发送失败的邮件，例如邮件服务器长时间不可用之后。")

    def handle(self, **options: Any) -> None:
        sent, refused = 0, 0
        with tenancy.vendor():
            for letter in Notification.objects.undeliverable().filter(mail_with__isnull=True):
                try:
                    resend_mail(letter, by=None, at=clock.now())
                    sent += 1
                except Refused:
                    refused += 1
        self.say(_("已将 %(n)d 封邮件放入发送队列。"), n=sent)
        if refused:
            self.say(_("%(n)d 封未放入：接收人已停用或没有邮箱。"), n=refused)
