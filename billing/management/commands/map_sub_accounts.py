from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.management.operations import OperationsCommand
from billing.services.mapping import map_from_file
from core import clock


class Command(OperationsCommand):
    help = _l(
        "按文件映射账单子账号（CSV：provider,sub_account,partner,customer_number,customer_name,"
        "association_type[,associated_on]），相关消费立即归入客户。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        self.add_errors_argument(parser)

    def handle(self, *, file: str, errors: str | None, **options: Any) -> None:
        with self.open(file) as stream, self.acting():
            mapped = map_from_file(stream, by=None, at=clock.now())
        self.tell_mapped(mapped)
        self.say(_("未变 %(count)s 个"), count=mapped.unchanged)
        self.tell_errors(mapped.errors, errors)
