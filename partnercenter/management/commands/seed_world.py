"""A made-up world of any size into an empty database."""

import json
import resource
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.commands import BaseCommand
from partnercenter.world import seeding
from partnercenter.world.plan import Spec, first_day_of

FEWEST_PARTNERS = 3  # one of each kind


class Command(BaseCommand):
    help = _l(
        "在空数据库中生成虚构的伙伴、成员、客户、资源与每日消费；"
        "种子、规模与日期相同，生成的数据就逐字节相同。"
    )

    requires_system_checks = []  # it serves no page

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--partners", type=_at_least(FEWEST_PARTNERS), default=20)
        parser.add_argument("--customers", type=_at_least(1), default=2_000)
        parser.add_argument("--months", type=_at_least(1), default=3, help=_("消费数据的月数"))
        parser.add_argument("--days", type=_at_least(1), help=_("消费数据的天数，代替月数"))
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--until", type=date.fromisoformat, help=_("消费数据的最后一天，默认昨天")
        )
        parser.add_argument("--if-empty", action="store_true", help=_("数据库不为空时什么都不做"))
        parser.add_argument("--json", action="store_true", help=_("只打印一个 JSON 对象"))

    def handle(self, *, if_empty: bool, json: bool, **options: Any) -> None:
        if if_empty and not seeding.is_empty():
            self._print({"seeded": False}, as_json=json)
            return
        began = time.monotonic()
        try:
            rows = seeding.seed(_spec(**options), self._say)
        except seeding.NotEmpty:
            raise CommandError(_("数据库中已有伙伴或客户数据，只能在空数据库中生成。")) from None
        self._print(
            {
                "seeded": True,
                "rows": rows,
                "seconds": round(time.monotonic() - began, 1),
                "peak_mb": _peak_mb(),
            },
            as_json=json,
        )

    def _say(self, text: str) -> None:
        self.stderr.write(text)

    def _print(self, result: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result))
        elif not result["seeded"]:
            self.stdout.write(_("数据库不为空，未生成。"))
        else:
            for table, count in result["rows"].items():
                self.stdout.write(f"{table:32} {count:>12,}")
            self.stdout.write(_("用时 %(seconds)s 秒，内存峰值 %(peak_mb)s MB") % result)


def _spec(
    *,
    partners: int,
    customers: int,
    months: int,
    days: int | None,
    seed: int,
    until: date | None,
    **others: Any,
) -> Spec:
    until = until or clock.today() - timedelta(days=1)
    return Spec(seed, partners, customers, first_day_of(until, months, days), until)


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if (value := int(text)) < least:
            raise ArgumentTypeError(_("至少为 %(least)s") % {"least": least})
        return value

    return number


def _peak_mb() -> int:
    """The most memory that this process or one of its children has used."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) // 1024
