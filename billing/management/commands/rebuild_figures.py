from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.management.operations import OperationsCommand, day
from billing.services.figures import rebuild_figures
from core import clock


class Command(OperationsCommand):
    help = _l("由账单明细重新汇总一段时间的日、月消费（有账单子账号的客户）。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", type=day, dest="first", required=True, metavar="DATE")
        parser.add_argument("--to", type=day, dest="last", required=True, metavar="DATE")

    def handle(self, *, first: date, last: date, **options: Any) -> None:
        with self.acting():
            made = rebuild_figures(first, last, by=None, at=clock.now())
        self.say(_("重新汇总 %(count)s 条日消费"), count=made)
