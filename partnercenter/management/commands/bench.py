"""The measured promises, each against a floor and a peer built in the same run (benchmarks/)."""

import json
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.commands import BaseCommand

# By name; `import` is no name for a module.
BENCHES = {name: name for name in ("pages", "generate", "export", "ledger", "coupons", "drill")} | {
    "import": "importing",
    "coupons-drill": "coupon_drill",
}
DRILLS = ("drill", "coupons-drill")

CROWDS = ("ledger", "coupons")  # asked by several numbers of clients


class Command(BaseCommand):
    help = _l(
        "测量并与同一次运行中搭建的对照、参照比较：pages 页面，generate 生成预警，"
        "export 导出，import 导入，ledger 资金变动、coupons 发放券（与 pgbench 的 TPC-B 比较）。"
        "使用自己的数据库 bench_<客户数>，第一次运行时建立。"
        "drill 演练：批量拨款途中以 -9 终止网站、任务进程与 PostgreSQL，再核对每一项与账目；"
        "coupons-drill 演练：发放、回收、使用同一额度的券途中终止任务进程与 PostgreSQL，再核对。"
    )
    requires_system_checks = []  # the servers that it starts are looked at, not this process

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bench", choices=BENCHES)
        parser.add_argument("--customers", type=int, default=100_000)
        parser.add_argument("--rounds", type=int, help=_("轮数，默认按项目所需"))
        parser.add_argument("--seconds", type=float, default=1.0, help=_("每次访问一个页面的秒数"))
        parser.add_argument(
            "--clients", default="1,8,32", help=_("资金变动与发放券的并发数，如 1,8,32")
        )
        parser.add_argument("--cycles", type=int, default=20, help=_("演练的轮数"))
        parser.add_argument("--json", action="store_true", help=_("只打印一个 JSON 对象"))

    def handle(
        self,
        *,
        bench: str,
        customers: int,
        rounds: int | None,
        seconds: float,
        clients: str,
        cycles: int,
        json: bool,
        **others: Any,
    ) -> None:
        if customers < 1 or (rounds is not None and rounds < 1):
            raise CommandError(_("--customers 与 --rounds 须为正整数。"))
        if (
            bench in ("pages", "drill")
            and "Manifest" in settings.STORAGES["staticfiles"]["BACKEND"]
        ):
            call_command("assets", collect=True, stdout=self.stderr)
        module = import_module(f"benchmarks.{BENCHES[bench]}")
        if bench in DRILLS:
            self._print(module.run(cycles=cycles, say=self.stderr.write), as_json=json)
            return
        options: dict[str, Any] = {"seconds": seconds} if bench in ("pages", *CROWDS) else {}
        if bench in CROWDS:
            options["clients"] = _numbers(clients)
        results = module.run(
            customers, rounds=rounds or module.ROUNDS, say=self.stderr.write, **options
        )
        self._print({"customers": customers, "results": results}, as_json=json)

    def _print(self, report: dict[str, Any], *, as_json: bool) -> None:
        self.stdout.write(json.dumps(report, ensure_ascii=False, indent=None if as_json else 2))


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(word) for word in text.split(",") if word.isdecimal() and int(word))
    if not numbers:
        raise CommandError(_("--clients 须为正整数，用逗号分隔。"))
    return numbers
