from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.management.operations import OperationsCommand, day
from billing.services.days import mark_days_complete
from core import clock


class Command(OperationsCommand):
    help = _l("标记一天（或一段时间）的消费数据完整；预警只看数据完整的日期。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("day", type=day)
        parser.add_argument("--from", type=day, dest="first", metavar="DATE", help=_("从此日起"))

    def handle(self, *, day: date, first: date | None, **options: Any) -> None:
        with self.acting():
            marked = mark_days_complete(first or day, day, by=None, at=clock.now())
        if marked:
            self.say(_("标记数据完整 %(days)s 天"), days=marked)
        else:
            self.say(_("这些日期此前已标记完整"))
