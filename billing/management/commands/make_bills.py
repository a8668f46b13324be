import argparse
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.bills.services import make_bills
from billing.management.operations import OperationsCommand
from core import clock
from core.clock import previous_month


def month(text: str) -> date:
    """An argument `YYYY-MM`."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("不是月份（YYYY-MM）：%(text)s") % {"text": text}
        ) from None


class Command(OperationsCommand):
    help = _l("生成一个账期的伙伴账单和开票关系；已出账的账期不会再变。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", type=month, nargs="?", help=_("账期 YYYY-MM，默认上月"))

    def handle(self, *, month: date | None, **options: Any) -> None:
        at = clock.now()
        with self.acting():
            run = make_bills(month or previous_month(clock.day_of(at)), by=None, at=at)
        words = {"month": f"{run.month:%Y-%m}", "bills": run.bills, "lines": run.lines}
        if run.made_at == at:
            self.say(_("%(month)s 已出账：账单 %(bills)s 份，明细 %(lines)s 条"), **words)
        else:
            self.say(_("%(month)s 此前已出账，未作修改"), **words)
        if not run.is_complete:
            self.say(self.style.WARNING(_("该账期的消费数据当时不完整，之后的变化计入下一账期")))
