"""Whether the ledger and the coupons were found right."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core import formats
from ledger import checking
from ops.rows import Row, bad, ok, warn

LATE = timedelta(days=2)


def ledger_rows(at: datetime) -> Iterator[Row]:
    yield _last_check(
        "ledger.right",
        checking.state(),
        at,
        wrong=_("账户余额与资金变动对不上，或者有业务记录没有对应的资金变动。"),
        late=_("每天 2:40 核对；超过两天没有核对，差错会被晚发现。"),
        mend="manage.py check_ledger",
    )


def coupon_rows(at: datetime) -> Iterator[Row]:
    yield _last_check(
        "coupons.right",
        checking.state("coupons.checked"),
        at,
        wrong=_("有额度不平、券与资金变动对不上，或者券账证书被改动。"),
        late=_("每天 2:50 核对；超过两天没有核对，差错会被晚发现。"),
        mend="manage.py check_coupons",
    )


def _last_check(
    key: str, known: checking.State, at: datetime, *, wrong: str, late: str, mend: str
) -> Row:
    what, when = _("最近核对"), known.checked_at
    if known.broken:
        said = _("未通过：%(broken)s") % {"broken": known.broken}
        return bad(key, what, said, why=wrong, mend=mend)
    if when and at - when <= LATE:
        return ok(key, what, formats.instant(when))
    said = formats.instant(when) if when else _("还没有核对过")
    return warn(key, what, said, why=late, mend=mend)
