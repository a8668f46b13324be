"""Whether 操作日志 is sealed, and was found whole."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from activity import seals
from core import formats
from ops.rows import Row, bad, ok, warn

LATE_SEAL = timedelta(hours=1)
LATE_PROOF = timedelta(days=2)


def log_rows(at: datetime) -> Iterator[Row]:
    known = seals.state()
    yield _sealed(known, at)
    yield _proven(known, at)


def _sealed(known: seals.State, at: datetime) -> Row:
    what = _("最近封存")
    says = formats.instant(known.sealed_at) if known.sealed_at else _("还没有封存过")
    if known.unsealed_since is None or at - known.unsealed_since <= LATE_SEAL:
        return ok("log.sealed", what, says)
    return warn(
        "log.sealed",
        what,
        says,
        why=_("每 10 分钟封存一次；未封存的记录若被改动，校验发现不了。"),
        mend=_("查看“定时任务”和工作进程日志"),
    )


def _proven(known: seals.State, at: datetime) -> Row:
    what = _("最近校验")
    if known.broken:
        return bad(
            "log.whole",
            what,
            _("未通过：%(broken)s") % {"broken": known.broken},
            why=_("操作日志被改动、删除或插入过，或者数据库损坏。"),
            mend="manage.py verify_activity",
        )
    if known.verified_at and at - known.verified_at <= LATE_PROOF:
        return ok("log.whole", what, formats.instant(known.verified_at))
    return warn(
        "log.whole",
        what,
        formats.instant(known.verified_at) if known.verified_at else _("还没有校验过"),
        why=_("每天 3:05 校验；超过两天没有校验，改动会被晚发现。"),
        mend="manage.py verify_activity",
    )
