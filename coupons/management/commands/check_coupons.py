"""核对券账: is all of every quota where it should be? Exit code 1 and what is wrong if not."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.commands import BaseCommand
from coupons.checking import check_coupons


def moment(text: str) -> datetime:
    """An instant; without an offset it is Beijing's, a bare day its end."""
    if len(text) == 10:
        text += "T23:59:59.999999"
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=clock.BEIJING)


class Command(BaseCommand):
    help = _l(
        "核对券账：每个额度都平、每张券的余额等于分录之和、每日证书相连且未被改动。"
        "有问题时退出码为 1。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            type=moment,
            metavar="TIME",
            help=_("只核对到这一时刻（北京时间，如 2026-11-20 或 2026-11-20T10:00）为止的券账"),
        )

    def handle(self, **options: Any) -> None:
        found = check_coupons(at=clock.now(), as_of=options["as_of"])
        if found.broken:
            raise CommandError("; ".join(found.broken))
        self.say(
            _("券账无误：%(quotas)s 个额度、%(certificates)s 份证书。"),
            quotas=found.quotas,
            certificates=found.certificates,
        )
