from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.letters import Item, framed
from core.commands import BaseCommand


class Command(BaseCommand):
    help = _l("立即发送一封测试邮件，检查邮件服务器的设置（EMAIL_URL、DEFAULT_FROM_EMAIL）。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help=str(_l("收件地址")))

    def handle(self, *, address: str, **options: Any) -> None:
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(_("“%(address)s”不是邮箱地址。") % {"address": address}) from None
        text = _("收到这封邮件，说明邮件服务器的设置可用。")
        items = [Item(_("测试邮件"), text, settings.PUBLIC_URL)]
        message = framed(address, _("测试邮件"), text, items, foot=[], connection=get_connection())
        try:
            message.send()
        except Exception as error:
            words = {"kind": type(error).__name__, "error": error}
            raise CommandError(_("发送失败：%(kind)s：%(error)s") % words) from error
        self.say(_("已发往 %(address)s（%(how)s）。"), address=address, how=self._how())
        if not settings.PUBLIC_URL:
            self.say(_("未设置 PUBLIC_URL：邮件中没有链接。"))

    def _how(self) -> str:
        """Through which server, or into which folder."""
        if path := getattr(settings, "EMAIL_FILE_PATH", None):
            return str(path)
        return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
