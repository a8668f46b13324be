"""What the generation of alerts did, newest first: for operators without a browser."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import formats, tenancy
from core.commands import BaseCommand
from followups.models import GenerationRun

COLUMNS = (
    _l("业务日期"),
    _l("规则"),
    _l("伙伴"),
    _l("状态"),
    _l("检查"),
    _l("新增"),
    _l("失效"),
    _l("秒"),
    _l("开始"),
    _l("说明"),
)


class Command(BaseCommand):
    help = _l("列出预警生成记录，最新的在前。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--last", type=int, default=50, metavar="N", help=_("最近多少条，默认 50")
        )
        parser.add_argument("--state", choices=GenerationRun.State.values, help=_("只看一种状态"))

    def handle(self, *args: Any, **options: Any) -> None:
        with tenancy.vendor():
            runs = GenerationRun.objects.select_related("rule", "partner")
            if options["state"]:
                runs = runs.filter(state=options["state"])
            rows = list(runs.order_by("-business_date", "-pk")[: options["last"]])
        if not rows:
            self.stdout.write(_("还没有生成记录。"))
            return
        self.stdout.write("\t".join(map(str, COLUMNS)))
        for run in rows:
            self.stdout.write("\t".join(map(str, _cells(run))))


def _cells(run: GenerationRun) -> tuple[Any, ...]:
    seconds = (run.finished_at - run.started_at).total_seconds()
    return (
        run.business_date,
        run.rule or "—",
        run.partner or _("全部"),
        run.get_state_display(),
        run.looked_at,
        run.made,
        run.lapsed,
        f"{seconds:.2f}",
        formats.instant(run.started_at),
        run.reason or "—",
    )
