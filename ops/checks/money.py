"""Whether the ledger was found right."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core import formats
from ledger import checking
from ops.rows import Row, bad, ok, warn

LATE = timedelta(days=2)


def ledger_rows(at: datetime) -> Iterator[Row]:
    known, what = checking.state(), _("最近核对")
    if known.broken:
        yield bad(
            "ledger.right",
            what,
            _("未通过：%(broken)s") % {"broken": known.broken},
            why=_("账户余额与资金变动对不上，或者有业务记录没有对应的资金变动。"),
            mend="manage.py check_ledger",
        )
    elif known.checked_at and at - known.checked_at <= LATE:
        yield ok("ledger.right", what, formats.instant(known.checked_at))
    else:
        yield warn(
            "ledger.right",
            what,
            formats.instant(known.checked_at) if known.checked_at else _("还没有核对过"),
            why=_("每天 2:40 核对；超过两天没有核对，差错会被晚发现。"),
            mend="manage.py check_ledger",
        )
