"""What an operator reads: rows in panels. The page and `manage.py doctor` show the same ones.

A panel is one declaration, and its rows are one function:

    Panel("seals", _("日志封存"), seal_rows)

    def seal_rows(at: datetime) -> Iterator[Row]:
        yield ok("sealed", _("最近封存"), formats.instant(...))

Put it into ops/panels.py and it is on the page, in the command and in the command's exit code.
A row that is not ok says why that matters and what to do.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from core import tenancy

log = logging.getLogger(__name__)


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Row:
    """One thing looked at.

    Args:
        key: names it for scripts and tests, whatever the language.
        what, says: the thing, and how it is.
        why: why that matters; mend: the command or the act that mends it.
        url: a page of the desk where more is seen or done.
    """

    key: str
    what: str
    says: str
    level: Level = Level.OK
    why: str = ""
    mend: str = ""
    url: str = ""


def ok(key: str, what: str, says: Any, url: str = "") -> Row:
    return Row(key, what, str(says), url=url)


def warn(key: str, what: str, says: Any, *, why: str, mend: str, url: str = "") -> Row:
    return Row(key, what, str(says), Level.WARN, why, mend, url)


def bad(key: str, what: str, says: Any, *, why: str, mend: str, url: str = "") -> Row:
    return Row(key, what, str(says), Level.BAD, why, mend, url)


@dataclass(frozen=True)
class Panel:
    key: str
    title: str | Promise
    rows: Callable[[datetime], Iterable[Row]]

    def look(self, at: datetime) -> list[Row]:
        """Its rows; a server that is away is one row that says so, not an error page."""
        opened = nullcontext() if connection.in_atomic_block else tenancy.vendor()
        try:
            with opened:
                return list(self.rows(at))
        except Exception as error:
            log.warning("panel %s: %s", self.key, type(error).__name__)
            return [self._away(error)]

    def _away(self, error: Exception) -> Row:
        title, name = str(self.title), type(error).__name__
        if isinstance(error, OperationalError | InterfaceError):
            return bad(
                f"{self.key}.database",
                title,
                _("数据库没有应答（%(error)s）") % {"error": name},
                why=_("没有数据库，什么都不能工作。"),
                mend=_("检查 DATABASE_URL，并运行 pg_isready 确认 PostgreSQL 已启动"),
            )
        if isinstance(error, RedisError):
            return bad(
                f"{self.key}.redis",
                title,
                _("Redis 没有应答（%(error)s）") % {"error": name},
                why=_("登录限制、任务唤醒和进度都经过它。"),
                mend=_("检查 REDIS_URL，并运行 valkey-cli ping（或 redis-cli ping）"),
            )
        return bad(
            f"{self.key}.unknown",
            title,
            _("无法检查（%(error)s）") % {"error": name},
            why=_("没有检查到的，可能是坏的。"),
            mend=_("查看日志中同一时刻的错误"),
        )


def worst(rows: Iterable[Row]) -> Level:
    order = list(Level)
    return max((row.level for row in rows), key=order.index, default=Level.OK)
