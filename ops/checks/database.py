"""What PostgreSQL says of itself, asked in one statement and judged row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core import clock, tenancy
from ops.rows import Row, bad, ok, warn

OLDEST = 17
FEW_CONNECTIONS = 10
SKEW, MUCH_SKEW = timedelta(seconds=2), timedelta(seconds=30)
PARTITIONED = ("billing_chargeline", "billing_dailyconsumption")


@dataclass(frozen=True)
class Facts:
    version: int
    role: str
    is_bound: bool  # by row-level security: no superuser, no owner, no BYPASSRLS
    encoding: str
    provider: str
    ctype: str
    size: int
    connections: int
    most_connections: int
    time_zone: str
    now: datetime
    long_transactions: int
    invalid_indexes: list[str]
    open_tables: list[str]
    missing_partitions: list[str]
    has_btree_gin: bool


_ASK = """
WITH me AS (SELECT coalesce(%s, session_user::text) AS name), here AS (
    SELECT d.*, to_jsonb(d) AS facts FROM pg_database d WHERE datname = current_database()
)
SELECT current_setting('server_version_num')::int / 10000, me.name,
    NOT (r.rolsuper OR r.rolbypassrls OR EXISTS (
        SELECT FROM pg_class WHERE relowner = r.oid AND relnamespace = 'public'::regnamespace)),
    pg_encoding_to_char(here.encoding), here.facts->>'datlocprovider',
    coalesce(here.facts->>'datlocale', here.datctype), pg_database_size(here.oid),
    (SELECT count(*) FROM pg_stat_activity), current_setting('max_connections')::int,
    current_setting('TimeZone'), clock_timestamp(),
    (SELECT count(*) FROM pg_stat_activity
        WHERE xact_start < clock_timestamp() - interval '1 hour' AND datname = here.datname),
    ARRAY(SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid),
    ARRAY(SELECT name FROM unnest(%s::text[]) name JOIN pg_class t ON t.oid = to_regclass(name)
        WHERE NOT relrowsecurity
        OR NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = t.oid)),
    ARRAY(SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NULL),
    EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gin')
FROM here, me JOIN pg_roles r ON r.rolname = me.name
"""


def ask(at: datetime) -> Facts:
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [_stepped_down_to(), tenant_tables(), partitions(at)])
        return Facts(*cursor.fetchone())


def _stepped_down_to() -> str | None:
    """The role that every connection begins as, where that is not the one that signs in."""
    options = str(connection.settings_dict.get("OPTIONS", {}).get("options", ""))
    return options.rpartition("role=")[2].split()[0] if "role=" in options else None


def tenant_tables() -> list[str]:
    """The tables whose rows belong to a partner."""
    own = [app for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    return [
        model._meta.db_table
        for app in own
        for model in app.get_models()
        if model._meta.managed  # a view reads as whoever asks
        and any(field.name == "partner" for field in model._meta.concrete_fields)
        and model._meta.label_lower not in _OF_THE_VENDOR
    ]


# Rows about partners that no partner reads: closed by grants, not by policies.
_OF_THE_VENDOR = {"followups.generationrun"}


def partitions(at: datetime) -> list[str]:
    """What the files of this month and the next are imported into."""
    month = clock.first_of_month(clock.day_of(at))
    months = (month, clock.next_month(month))
    return [f"{table}_{first:%Y_%m}" for table in PARTITIONED for first in months]


def database_rows(at: datetime) -> Iterator[Row]:
    facts = ask(at)
    yield from judged(facts, at)


def judged(facts: Facts, at: datetime) -> Iterator[Row]:
    yield from _server(facts)
    yield from _walls(facts)
    yield from _time(facts, at)
    yield from _shape(facts)
    yield ok("database.size", _("大小"), filesizeformat(facts.size))
    yield _connections(facts)


def _server(facts: Facts) -> Iterator[Row]:
    if facts.version < OLDEST:
        yield bad(
            "database.version",
            _("版本"),
            f"PostgreSQL {facts.version}",
            why=_("产品用到更新版本的功能。"),
            mend=_("升级到 PostgreSQL %(n)d 或更新版本") % {"n": OLDEST},
        )
    utf8 = facts.ctype.upper().replace("-", "").endswith(("UTF8", "UNICODE_FAST"))
    if facts.encoding != "UTF8" or not utf8:
        yield bad(
            "database.locale",
            _("编码与区域"),
            f"{facts.encoding} / {facts.ctype}",
            why=_("不是 UTF-8 的 LC_CTYPE 不认识汉字，搜索会找不到客户。"),
            mend=_("按 docs/operations.md 的 CREATE DATABASE 语句新建数据库并恢复备份"),
        )
    elif facts.provider != "b":
        yield warn(
            "database.provider",
            _("编码与区域"),
            f"{facts.encoding} / {facts.ctype}",
            why=_("操作系统升级可能改变排序，使索引失效。"),
            mend=_("下次恢复备份时使用 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"),
        )
    if not facts.has_btree_gin:
        yield bad(
            "database.btree_gin",
            _("扩展 btree_gin"),
            _("没有安装"),
            why=_("客户搜索的索引需要它。"),
            mend="psql \"$DATABASE_OWNER_URL\" -c 'CREATE EXTENSION btree_gin'",
        )


def _walls(facts: Facts) -> Iterator[Row]:
    if not facts.is_bound:
        yield bad(
            "database.role",
            _("应用的角色"),
            facts.role,
            why=_("该角色不受行级安全约束，一个伙伴可能看到另一个的数据。"),
            mend=_("让 DATABASE_URL 以 %(role)s 登录（docs/operations.md，Database and roles）")
            % {"role": tenancy.APP},
        )
    else:
        yield ok("database.role", _("应用的角色"), facts.role)
    if facts.open_tables:
        yield bad(
            "database.walls",
            _("没有行级安全的表"),
            _("、").join(facts.open_tables),
            why=_("一旦查询遗漏条件，一个伙伴会看到另一个的数据。"),
            mend=_("撤销手工改动，恢复迁移所建的策略：ALTER TABLE … ENABLE ROW LEVEL SECURITY"),
        )


def _time(facts: Facts, at: datetime) -> Iterator[Row]:
    if facts.time_zone != "UTC":
        yield bad(
            "database.time_zone",
            _("连接的时区"),
            facts.time_zone,
            why=_("日期会按错误的时区切分。"),
            mend=_("去掉连接池或角色上的 TimeZone 设置：ALTER ROLE … RESET timezone"),
        )
    skew = abs(facts.now - at)
    says = _("相差 %(n).1f 秒") % {"n": skew.total_seconds()}
    if skew <= SKEW:
        yield ok("database.clock", _("与数据库的时钟"), says)
        return
    told: Any = bad if skew > MUCH_SKEW else warn
    yield told(
        "database.clock",
        _("与数据库的时钟"),
        says,
        why=_("验证码、锁和过期时间按两个时钟计算。"),
        mend=_("在两台主机上启用时间同步：timedatectl set-ntp true"),
    )


def _shape(facts: Facts) -> Iterator[Row]:
    if facts.invalid_indexes:
        yield bad(
            "database.indexes",
            _("无效的索引"),
            _("、").join(facts.invalid_indexes),
            why=_("CREATE INDEX CONCURRENTLY 中断后留下：占用写入时间，却不能用于查询。"),
            mend=f"REINDEX INDEX CONCURRENTLY {facts.invalid_indexes[0]}",
        )
    if facts.missing_partitions:
        names = _("、").join(facts.missing_partitions)
        yield warn(
            "database.partitions",
            _("缺少的月分区"),
            names,
            why=_("账单导入会自己建立；在导入时建立会等待正在进行的查询。"),
            mend=_ENSURE % _month_of(facts.missing_partitions[0]),
        )
    if facts.long_transactions:
        yield warn(
            "database.transactions",
            _("超过一小时的事务"),
            facts.long_transactions,
            why=_("它们使数据库不能清理旧行，也会挡住迁移。"),
            mend=_(
                "SELECT pid, xact_start, query FROM pg_stat_activity，再用 pg_terminate_backend"
            ),
        )


def _connections(facts: Facts) -> Row:
    free = facts.most_connections - facts.connections
    says = _("%(free)d 个空闲，共 %(most)d 个") % {"free": free, "most": facts.most_connections}
    if free >= FEW_CONNECTIONS:
        return ok("database.connections", _("连接"), says)
    return warn(
        "database.connections",
        _("连接"),
        says,
        why=_("连接用完后，新的请求会失败。"),
        mend=_("提高 max_connections，或在前面放置 pgbouncer"),
    )


_ENSURE = 'psql "$DATABASE_OWNER_URL" -c "SELECT billing_ensure_month(\'%s\')"'


def _month_of(partition: str) -> str:
    return "-".join((*partition.split("_")[-2:], "01"))
