import argparse
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.management.operations import OperationsCommand, day
from billing.services.rates import set_exchange_rate
from core import clock


def _rate(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(_("不是数字：%(text)s") % {"text": text}) from None


class Command(OperationsCommand):
    help = _l("设置汇率：一单位外币折合人民币多少元，自某日起生效；受影响的日消费立即重新折算。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("currency")
        parser.add_argument("rate", type=_rate)
        parser.add_argument("--from", type=day, dest="first", required=True, metavar="DATE")

    def handle(self, *, currency: str, rate: Decimal, first: date, **options: Any) -> None:
        with self.acting():
            row, changed = set_exchange_rate(
                currency, rate, valid_from=first, by=None, at=clock.now()
            )
        sentence = _("汇率 %(currency)s %(rate)s 自 %(day)s 起生效")
        self.say(sentence, currency=row.currency, rate=row.rate, day=row.valid_from)
        self.say(_("重新折算 %(count)s 条日消费"), count=changed)
