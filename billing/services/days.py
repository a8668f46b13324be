"""Which Beijing days have complete figures. Said by whoever delivers, never guessed."""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.services import record
from billing.focus import EARLIEST
from core.clock import day_of
from core.refusals import Refused
from org.models import User

_MARK = """INSERT INTO billing_consumptionday (day, completed_at, completed_by_id)
    SELECT generate_series(%s::date, %s::date, '1 day')::date, %s, %s
    ON CONFLICT DO NOTHING"""


def check_period(first: date, last: date, *, at: datetime) -> None:
    """Raises Refused unless the days are over and in order."""
    if last < first:
        raise Refused(_("数据完整的起始日期晚于截止日期"))
    if first < EARLIEST:
        raise Refused(_("数据完整的起始日期过早：%(day)s") % {"day": first})
    if last >= day_of(at):
        raise Refused(_("只能把已结束的日期标记为数据完整（最晚为昨天，北京时间）"))


@transaction.atomic
def mark_days_complete(first: date, last: date, *, by: User | None, at: datetime) -> int:
    """标记数据完整: all charges of these days have been delivered. Returns how many are new."""
    check_period(first, last, at=at)
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [first, last, at, by.pk if by else None])
        marked = cursor.rowcount
    if marked:
        after = {"from": first.isoformat(), "to": last.isoformat(), "days": marked}
        record("consumption_day.completed", by=by, at=at, after=after)
    return marked
