"""校验操作日志: is the log whole? Exit code 1 and the first broken place if it is not."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity import seals
from core import clock, tenancy
from core.commands import BaseCommand
from org.models import Partner


class Command(BaseCommand):
    help = _l("校验操作日志自封存以来没有被改动、删除或插入。发现问题时退出码为 1。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--partner", metavar="NAME", help=_("只校验一个伙伴的操作日志"))
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            metavar="DATE",
            help=_("只读取这一天（北京时间）起封存的记录；封存之间的衔接总是全部校验"),
        )
        parser.add_argument(
            "--head", action="store_true", help=_("打印每条链最后的封存，供另处保存")
        )
        parser.add_argument(
            "--kept", type=Path, metavar="FILE", help=_("与以前用 --head 保存的文件比较")
        )

    def handle(self, **options: Any) -> None:
        partner = self._partner(options["partner"])
        since = options["since"] and clock.start_of(options["since"])
        at = clock.now()
        result = seals.verify(at=at, partner=partner, since=since)
        if not partner and not since:  # of the whole log: the page of operations shows it
            seals.record_verification(result, at=at)
        if result.broken:
            raise CommandError(result.broken)
        if options["kept"]:
            self._compare(options["kept"])
        if options["head"]:
            for head in seals.heads(partner):
                self.stdout.write(str(head))
            return
        self.say(
            _("操作日志完整：%(blocks)s 块、%(lines)s 条记录。"),
            blocks=result.blocks,
            lines=result.lines,
        )

    def _partner(self, name: str | None) -> Partner | None:
        if not name:
            return None
        with tenancy.vendor():
            found = Partner.objects.filter(name=name).first()
        if found is None:
            raise CommandError(_("没有名为“%(name)s”的伙伴。") % {"name": name})
        return found

    def _compare(self, file: Path) -> None:
        for head in seals.missing_heads(seals.read_heads(file.read_text())):
            raise CommandError(
                _("另处保存的封存不在链上：伙伴 %(partner)d 的第 %(n)d 块")
                % {"partner": head.partner_id, "n": head.number}
            )
