from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from billing.management.operations import OperationsCommand, day
from billing.services.imports import Imported, import_consumption
from core import clock


class Command(OperationsCommand):
    help = "导入 FOCUS 1.0 账单文件（CSV，可用 gzip 压缩）。整个文件导入成功，或者什么都不改变。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--name", help="账单名称，默认为文件名；同名不同内容即为更正")
        parser.add_argument(
            "--complete-through", type=day, metavar="DATE", help="数据完整至此日（北京时间）"
        )
        parser.add_argument(
            "--complete-from", type=day, metavar="DATE", help="从此日起完整，默认为文件的首日"
        )
        parser.add_argument("--mapping", metavar="FILE", help="子账号映射文件（CSV）")
        self.add_errors_argument(parser)

    def handle(self, *, file: str, errors: str | None, **options: Any) -> None:
        if options["complete_from"] and not options["complete_through"]:
            raise CommandError("--complete-from 须与 --complete-through 一起使用")
        mapping = self.open(options["mapping"]) if options["mapping"] else None
        with self.open(file) as stream, self.acting():
            result = import_consumption(
                stream,
                name=options["name"] or Path(file).name,
                by=None,
                at=clock.now(),
                complete_from=options["complete_from"],
                complete_through=options["complete_through"],
                mapping_stream=mapping,
            )
        if result.refused:
            raise CommandError(f"已拒绝 {result.file.name}：{result.file.reason}")
        self._tell(result)
        self.tell_errors(result.errors, errors)
        if result.mapped:
            self.tell_errors(result.mapped.errors, None)

    def _tell(self, result: Imported) -> None:
        file = result.file
        if not result.changed:
            self.say(f"与已导入的“{file.name}”内容相同，没有改变任何数据")
        else:
            self.say(f"已导入 {file.name}：{file.lines} 行，{file.first_day} 至 {file.last_day}")
            for currency, categories in file.sums.items():
                for category, amount in categories.items():
                    self.say(f"  {currency} {category} {amount}")
        if result.replaced:
            self.say(f"替换了此前的 {result.replaced} 行")
        if result.mapped:
            self.say(f"映射子账号 {result.mapped.mapped} 个，新建客户 {result.mapped.created} 个")
        if result.unmapped:
            self.say(f"未映射的子账号 {result.unmapped} 个：在厂商工作台或用 map_sub_accounts 映射")
        if result.completed is not None:
            self.say(f"标记数据完整 {result.completed} 天")
