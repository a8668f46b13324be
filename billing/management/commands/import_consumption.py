from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.management.operations import OperationsCommand, day
from billing.services.imports import Imported, import_consumption
from core import clock


class Command(OperationsCommand):
    help = _l(
        "导入 FOCUS 1.0 账单文件（CSV，可用 gzip 压缩）。整个文件导入成功，或者什么都不改变。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--name", help=_("账单名称，默认为文件名；同名不同内容即为更正"))
        parser.add_argument(
            "--complete-through", type=day, metavar="DATE", help=_("数据完整至此日（北京时间）")
        )
        parser.add_argument(
            "--complete-from", type=day, metavar="DATE", help=_("从此日起完整，默认为文件的首日")
        )
        parser.add_argument("--mapping", metavar="FILE", help=_("子账号映射文件（CSV）"))
        self.add_errors_argument(parser)

    def handle(self, *, file: str, errors: str | None, **options: Any) -> None:
        if options["complete_from"] and not options["complete_through"]:
            raise CommandError(_("--complete-from 须与 --complete-through 一起使用"))
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
            values = {"file": result.file.name, "reason": result.file.reason}
            raise CommandError(_("已拒绝 %(file)s：%(reason)s") % values)
        self._tell(result)
        self.tell_errors(result.errors, errors)
        if result.mapped:
            self.tell_errors(result.mapped.errors, None)

    def _tell(self, result: Imported) -> None:
        file = result.file
        if not result.changed:
            self.say(_("与已导入的“%(file)s”内容相同，没有改变任何数据"), file=file.name)
        else:
            self.say(
                _("已导入 %(file)s：%(lines)s 行，%(first)s 至 %(last)s"),
                file=file.name,
                lines=file.lines,
                first=file.first_day,
                last=file.last_day,
            )
            for currency, categories in file.sums.items():
                for category, amount in categories.items():
                    self.say(f"  {currency} {category} {amount}")
        if result.replaced:
            self.say(_("替换了此前的 %(lines)s 行"), lines=result.replaced)
        if result.mapped:
            self.tell_mapped(result.mapped)
        if result.unmapped:
            self.say(
                _("未映射的子账号 %(count)s 个：在厂商工作台或用 map_sub_accounts 映射"),
                count=result.unmapped,
            )
        if result.completed is not None:
            self.say(_("标记数据完整 %(days)s 天"), days=result.completed)
