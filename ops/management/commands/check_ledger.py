"""核对账本: is every amount where it should be? Exit code 1 and what is wrong if it is not."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.commands import BaseCommand
from ops.money import check_ledger


def moment(text: str) -> datetime:
    """An instant; without an offset it is Beijing's, a bare day its end."""
    if len(text) == 10:
        text += "T23:59:59.999999"
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=clock.BEIJING)


class Command(BaseCommand):
    help = _l(
        "核对账本：每笔资金变动都平、余额等于分录之和、业务记录都有资金变动。有问题时退出码为 1。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            type=moment,
            metavar="TIME",
            help=_("只核对到这一时刻（北京时间，如 2026-11-20 或 2026-11-20T10:00）为止的资金变动"),
        )

    def handle(self, **options: Any) -> None:
        result = check_ledger(at=clock.now(), as_of=options["as_of"])
        if result.broken:
            raise CommandError(result.broken)
        self.say(
            _("账本无误：%(accounts)s 个账户、%(transfers)s 笔资金变动。"),
            accounts=result.accounts,
            transfers=result.transfers,
        )
