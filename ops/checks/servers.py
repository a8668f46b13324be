"""Workers, the broker, and which version of what runs."""

import platform
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import django
import redis
from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from ops import schema
from ops.models import TaskRun
from ops.rows import Row, bad, ok, warn

from .work import age

PING_SECONDS = 0.5
SILENCE = timedelta(minutes=3)  # something is due every minute
LONG_QUEUE = 1_000
OLDEST_REDIS = 7


def broker() -> "redis.Redis":
    """A connection that gives up soon: an operator's page waits for it."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


# ---- who works ----


def worker_rows(at: datetime) -> Iterator[Row]:
    with broker() as client:
        waiting: Any = client.llen(current_app.conf.task_default_queue)
    yield _queue_row(waiting)
    yield _answers_row(current_app.control.ping(timeout=PING_SECONDS) or [])
    yield _beat_row(TaskRun.objects.aggregate(last=Max("started_at"))["last"], at)


def _queue_row(waiting: int) -> Row:
    what, says = _("等待执行的唤醒"), _("%(n)d 条") % {"n": waiting}
    if waiting < LONG_QUEUE:
        return ok("workers.queue", what, says)
    return warn(
        "workers.queue",
        what,
        says,
        why=_("工作进程跟不上，邮件和任务会延迟。"),
        mend=_("增加工作进程：celery -A partnercenter worker --concurrency 8"),
    )


def _answers_row(answers: list[dict[str, Any]]) -> Row:
    what = _("应答的工作进程")
    if names := sorted(name for answer in answers for name in answer):
        return ok("workers.alive", what, _("、").join(names))
    return bad(
        "workers.alive",
        what,
        _("没有工作进程应答"),
        why=_("导出、邮件和预警都不会进行。"),
        mend="celery -A partnercenter worker",
    )


def _beat_row(last: datetime | None, at: datetime) -> Row:
    what = _("上一次定时启动")
    if last and at - last < SILENCE:
        return ok("workers.beat", what, _("%(age)s前") % {"age": age(at - last)})
    return bad(
        "workers.beat",
        what,
        _("%(age)s前") % {"age": age(at - last)} if last else _("从未"),
        why=_("每分钟都有到期的工作：定时进程或工作进程没有运行。"),
        mend="celery -A partnercenter beat",
    )


# ---- the broker ----


def redis_rows(at: datetime) -> Iterator[Row]:
    with broker() as client:
        info: Any = client.info()
    yield from judged(info)


def judged(info: Mapping[str, Any]) -> Iterator[Row]:
    """Rows about what the server says of itself."""
    name, version = _server(info)
    if int(version.split(".")[0]) < OLDEST_REDIS:
        yield bad(
            "redis.version",
            _("版本"),
            f"{name} {version}",
            why=_("产品只在 %(n)d 及以上版本上验证过。") % {"n": OLDEST_REDIS},
            mend=_("升级到 Valkey 8 或 Redis 7 以上"),
        )
    policy = info.get("maxmemory_policy", "noeviction")
    if policy.startswith("allkeys"):
        yield bad(
            "redis.eviction",
            _("内存不足时"),
            policy,
            why=_("内存用完时会丢掉排队的任务和登录限制。"),
            mend="valkey-cli config set maxmemory-policy noeviction",
        )
    else:
        yield ok("redis.eviction", _("内存不足时"), policy)
    yield ok("redis.memory", _("已用内存"), info.get("used_memory_human", "?"))


def _server(info: Mapping[str, Any]) -> tuple[str, str]:
    if "valkey_version" in info:
        return "Valkey", str(info["valkey_version"])
    return "Redis", str(info.get("redis_version", "0"))


# ---- versions ----


def version_rows(at: datetime) -> Iterator[Row]:
    yield ok("versions.product", _("伙伴中心"), f"{product_version()} {release()}".strip())
    yield ok(
        "versions.django", "Python / Django", f"{platform.python_version()} / {django.__version__}"
    )
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        yield ok("versions.postgresql", "PostgreSQL", cursor.fetchone()[0])
    try:
        with broker() as client:
            info: Any = client.info("server")
        yield ok("versions.redis", "Valkey / Redis", " ".join(_server(info)))
    except redis.RedisError:
        yield ok("versions.redis", "Valkey / Redis", _("没有应答"))
    yield from migration_rows()


def migration_rows() -> Iterator[Row]:
    state = schema.compare()
    what = _("数据库迁移")
    if state.pending:
        yield bad(
            "versions.pending",
            what,
            _("%(n)d 个未应用：%(names)s")
            % {"n": len(state.pending), "names": _("、").join(state.pending[:3])},
            why=_("程序比数据库新，页面会出错。"),
            mend="manage.py migrate",
        )
    elif state.unknown:
        yield warn(
            "versions.unknown",
            what,
            _("数据库有程序不认识的迁移：%(names)s") % {"names": _("、").join(state.unknown[:3])},
            why=_("程序比数据库旧：可能有一台主机没有升级。"),
            mend=_("在这台主机上部署与其他主机相同的版本"),
        )
    else:
        yield ok("versions.migrations", what, _("全部 %(n)d 个已应用") % {"n": state.applied})


@cache
def product_version() -> str:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["version"]


@cache
def release() -> str:
    """RELEASE when it is told, else the commit of a working copy, else nothing."""
    if settings.RELEASE:
        return settings.RELEASE
    git = settings.BASE_DIR / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        name = head.removeprefix("ref: ")
        return (head if name == head else (git / name).read_text().strip())[:12]
    except OSError:  # no working copy, or its branches are packed
        return ""
