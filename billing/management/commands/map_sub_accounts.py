from typing import Any

from django.core.management.base import CommandParser

from billing.management.operations import OperationsCommand
from billing.services.mapping import map_from_file
from core import clock


class Command(OperationsCommand):
    help = (
        "按文件映射账单子账号（CSV：provider,sub_account,partner,customer_number,customer_name,"
        "association_type[,associated_on]），相关消费立即归入客户。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        self.add_errors_argument(parser)

    def handle(self, *, file: str, errors: str | None, **options: Any) -> None:
        with self.open(file) as stream, self.acting():
            mapped = map_from_file(stream, by=None, at=clock.now())
        self.say(f"映射子账号 {mapped.mapped} 个，新建客户 {mapped.created} 个")
        self.say(f"未变 {mapped.unchanged} 个")
        self.tell_errors(mapped.errors, errors)
