"""Acts on 伙伴账单: making a month's bills, once."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.bulk import notify_selected
from activity.services import Actor, record
from billing.models import ConsumptionDay
from core.clock import check_day, day_of, first_of_month, next_month, previous_month
from core.refusals import Refused
from org.models import User

from . import making, rules
from .models import BillRun, PartnerBill


def make_due_bills(*, at: datetime) -> BillRun | None:
    """Last month's bills when their time has come; asked every hour. Returns what was made."""
    last = previous_month(day_of(at))
    if BillRun.objects.filter(month=last).exists():
        return None
    month = rules.month_due(at, is_complete(last))
    return make_bills(month, by=None, at=at) if month else None


@transaction.atomic
def make_bills(month: date, *, by: User | None, at: datetime) -> BillRun:
    """出账: bills, their lines and who owes whom an invoice, of one month; once. Asked again,
    the answer is what was made before. Raises Refused before the month is over."""
    check_day(month, _("账期"))
    month = first_of_month(month)
    if not rules.is_over(month, at):
        raise Refused(_("%(month)s 尚未结束，不能出账。") % {"month": f"{month:%Y-%m}"})
    with connection.cursor() as cursor:
        making.hold(cursor)
        if known := BillRun.objects.filter(month=month).first():
            return known
        complete = is_complete(month)
        bills, lines = making.make(
            cursor,
            month,
            first=rules.adjusted_from(month),
            following=next_month(month),
            is_complete=complete,
            at=at,
        )
    run = BillRun.objects.create(
        month=month, is_complete=complete, bills=bills, lines=lines, made_at=at, made_by=by
    )
    notify_selected(making.TOLD, {"month": month}, kind="bill.made", at=at)
    after = {"month": f"{month:%Y-%m}", "bills": bills, "lines": lines, "is_complete": complete}
    record("bills.made", run, by=by, at=at, after=after)
    return run


def note_download(bill: PartnerBill, *, by: Actor, at: datetime) -> None:
    """That somebody took the bill away as a paper."""
    after = {"month": f"{bill.month:%Y-%m}", "amount": str(bill.due)}
    record("bill.downloaded", bill, by=by, at=at, partner_id=bill.partner_id, after=after)


def is_complete(month: date) -> bool:
    """Whether every day of the month has its figures."""
    days = (next_month(month) - month).days
    until = month + timedelta(days=days - 1)
    return ConsumptionDay.objects.filter(day__range=(month, until)).count() == days
