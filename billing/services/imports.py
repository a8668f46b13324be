"""账单导入: a billing file becomes charge lines, whole or not at all, and figures follow.

The file is streamed into a temporary table by COPY; everything after that is a few statements
over sets. What went in and what is stored are compared to the last digit before it counts
(docs/decisions/0006-billing-files.md).
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO
from uuid import uuid4

import psycopg
from django.db import DataError, connection, transaction
from django.utils.translation import gettext as _

from activity.services import record
from billing import charges
from billing.errorfile import ErrorFile
from billing.focus import FocusFile
from billing.models import ConsumptionFile
from billing.tables import BadLine, NotReadable, Record, Table, bad
from core import tenancy
from core.clock import day_of, next_month
from org.models import User

from . import days, figures, mapping, staging
from .totals import Totals, as_json

_log = logging.getLogger(__name__)
_AHEAD = timedelta(days=366)
State = ConsumptionFile.State


@dataclass
class Imported:
    """What became of one delivery."""

    file: ConsumptionFile
    errors: ErrorFile
    changed: bool = True  # False: the content is there already
    replaced: int = 0  # earlier lines that this delivery took the place of
    mapped: "mapping.Mapped | None" = None
    completed: int | None = None  # days newly marked complete, None: not asked
    unmapped: int = 0  # sub-accounts of the file that are nobody's yet

    @property
    def refused(self) -> bool:
        return self.file.state == State.REFUSED


@transaction.atomic
def import_consumption(
    stream: BinaryIO,
    *,
    name: str,
    by: User | None,
    at: datetime,
    complete_from: date | None = None,
    complete_through: date | None = None,
    mapping_stream: BinaryIO | None = None,
) -> Imported:
    """Import a delivery; then map its sub-accounts and mark its days complete, if asked.

    Args:
        name: names the delivery; another content under the same name is its correction.
        complete_through: the last day whose charges are all delivered; `complete_from` is the
            first, by default the first day of the file.

    Raises Refused when the request makes no sense. A file that is refused makes a row with the
    reason and nothing else.
    """
    if complete_through:
        days.check_period(complete_from or complete_through, complete_through, at=at)
    result = import_file(stream, name=name, by=by, at=at)
    if result.refused:
        return result
    if mapping_stream:
        result.mapped = mapping.map_from_file(mapping_stream, by=by, at=at)
    if complete_through:
        first = complete_from or result.file.first_day or complete_through
        result.completed = days.mark_days_complete(first, complete_through, by=by, at=at)
    result.unmapped = charges.unmapped_of(result.file).count()
    return result


def import_file(stream: BinaryIO, *, name: str, by: User | None, at: datetime) -> Imported:
    """Import one billing file, or note why it was refused."""
    name = _clean_name(name)
    try:
        with transaction.atomic():
            return _import(stream, name=name, by=by, at=at)
    except NotReadable as refusal:
        reason = str(refusal)
    except (DataError, psycopg.DataError):
        _log.exception("A billing file could not be stored: %s", name)
        reason = _("金额合计或文字超出可存储的范围")
    return Imported(_note_refused(name, reason, by=by, at=at), ErrorFile())


def _clean_name(name: str) -> str:
    """A delivery is the same packed or not."""
    plain = "".join(ch for ch in name if ch.isprintable()).strip()
    return (plain.removesuffix(".gz") or "-")[-255:]


def _note_refused(name: str, reason: str, *, by: User | None, at: datetime) -> ConsumptionFile:
    file = ConsumptionFile.objects.create(
        name=name, state=State.REFUSED, reason=reason[:500], imported_at=at, imported_by=by
    )
    after = {"file": name, "reason": reason}
    record("consumption_file.refused", file, by=by, at=at, after=after)
    return file


def _import(stream: BinaryIO, *, name: str, by: User | None, at: datetime) -> Imported:
    errors = ErrorFile()
    source = FocusFile(stream, until=day_of(at) + _AHEAD)
    with connection.cursor() as cursor:
        staging.create(cursor)
        totals = _stage(cursor, source, errors)
        figures.begin(cursor)  # from here on, one import at a time
        current = ConsumptionFile.objects.filter(state=State.IMPORTED)
        if known := current.filter(digest=source.digest).first():
            return Imported(known, errors, changed=False)
        _refuse_repeated(cursor, stream, totals, errors)
        if not totals.lines:
            raise NotReadable(_no_charges(errors))
        staging.prepare(cursor)
        file = _new_file(current, name, source.digest, totals, errors, by=by, at=at)
        replaced = staging.replace(cursor, file)
        staging.store(cursor, file)
        _check_stored(cursor, file, totals)
        figures.make_touched(cursor)
    if errors.count:  # last: a storage knows no rollback
        file.errors.save(f"{uuid4()}.csv", errors.as_file())
    after = {"file": name, "lines": file.lines, "bad_lines": file.bad_lines, "replaced": replaced}
    record("consumption_file.imported", file, by=by, at=at, after=after)
    transaction.on_commit(lambda: _prepare_month_after(file.last_day), robust=True)
    return Imported(file, errors, replaced=replaced)


def _stage(cursor: Any, source: FocusFile, errors: ErrorFile) -> Totals:
    totals = Totals()
    with staging.copy(cursor) as copy, totals.exactly():
        for line in source:
            if isinstance(line, BadLine):
                errors.add(line)
            else:
                copy.write_row(staging.row_of(line))
                totals.add(line)
    return totals


def _no_charges(errors: ErrorFile) -> str:
    if not errors.count:
        return _("文件中没有费用行")
    first = errors.first[0]
    words = {"count": errors.count, "line": first.line_number, "reason": first.reason}
    return _("没有一行可以导入（%(count)d 行有误；第 %(line)d 行：%(reason)s）") % words


def _refuse_repeated(cursor: Any, stream: BinaryIO, totals: Totals, errors: ErrorFile) -> None:
    """A charge number that comes twice in one file: only its first line is taken.

    It is rare, so the file is read once more for how those lines were written.
    """
    if not (repeated := staging.take_repeated(cursor, totals)):
        return
    for line in Table(stream, is_whole=lambda last: True):
        if isinstance(line, Record) and (first := repeated.get(line.line_number)):
            errors.add(bad(line, _("费用编号与第 %(line)d 行重复") % {"line": first}))


def _new_file(
    current: Any, name: str, digest: str, totals: Totals, errors: ErrorFile, **who: Any
) -> ConsumptionFile:
    """The row of the delivery, in place of the one before under the same name."""
    former = current.filter(name=name).first()
    if former:
        former.mark_superseded()
    file = ConsumptionFile(
        name=name,
        digest=digest,
        state=State.IMPORTED,
        lines=totals.lines,
        bad_lines=errors.count,
        sums=as_json(totals.sums),
        first_day=totals.first_day,
        last_day=totals.last_day,
        imported_at=who["at"],
        imported_by=who["by"],
    )
    file.save()
    if former:
        ConsumptionFile.objects.filter(pk=former.pk).update(superseded_by=file)
    return file


def _check_stored(cursor: Any, file: ConsumptionFile, totals: Totals) -> None:
    """The proof of the import: per currency and category, the same lines and the same sums."""
    if (stored := staging.stored_sums(cursor, file)) != totals.sums:
        _log.error("Billing file %s: read %s, stored %s", file.name, totals.sums, stored)
        raise NotReadable(_("入库金额与文件不一致，未导入任何数据；请联系系统管理员"))


def _prepare_month_after(last_day: date | None) -> None:
    """Make the next month's partitions in a moment of their own, ahead of its first file.

    Left to the next import if one is running, or if somebody is long at writing customers.
    """
    if last_day:
        with tenancy.vendor(), connection.cursor() as cursor:
            if figures.try_hold(cursor):
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                cursor.execute("SELECT billing_ensure_month(%s)", [next_month(last_day)])
