"""Cells of a file from outside as values, exactly as they stand, or BadValue with the reason.

ASCII only: a full-width digit is more often a mangled file than a number, so it is refused and
not guessed at (docs/decisions/0006-billing-files.md). Pure.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.clock import is_sensible

from .tables import NULLS, BadValue

SCALE = 18  # decimal places of a stored charge
WHOLE_DIGITS = 20  # digits before the point
_CENTS = 2

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_WHOLE_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?Z|:\d\d|Z)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_NUMBER = 80
_SHOWN = 40
_YES_NO = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}


def text(cells: Mapping[str, str], column: str) -> str:
    """The cell without blanks around it; NULL, empty and a missing column are alike."""
    value = cells.get(column, "").strip()
    return "" if value in NULLS else value


def required(cells: Mapping[str, str], column: str, longest: int) -> str:
    """A text that names something: never empty, never cut."""
    if not (value := text(cells, column)):
        raise BadValue(_("%(column)s 为空") % {"column": column})
    return limited(value, column, longest)


def limited(value: str, column: str, longest: int) -> str:
    if len(value) > longest:
        raise BadValue(
            _("%(column)s 超过 %(longest)d 个字符") % {"column": column, "longest": longest}
        )
    return value


def exact(value: str, column: str) -> Decimal:
    """A finite number with at most SCALE decimals that count, to its last digit."""
    if len(value) > _LONGEST_NUMBER or not _NUMBER.fullmatch(value):
        raise BadValue(_not_a(_("数字"), value, column))
    number = Decimal(value)
    if not number:
        return Decimal(0)
    if number.adjusted() >= WHOLE_DIGITS:
        raise BadValue(_("%(column)s 超出可存储的范围") % {"column": column})
    if _decimals(number) > SCALE:
        raise BadValue(_("%(column)s 的小数超过 %(scale)d 位") % {"column": column, "scale": SCALE})
    return number


def money(value: str, column: str) -> Decimal:
    """CNY, at most two decimals."""
    amount = exact(value, column)
    if _decimals(amount) > _CENTS or amount.adjusted() >= 16:
        raise BadValue(_("%(column)s 不是两位小数以内的金额") % {"column": column})
    return amount


def instant(value: str, column: str) -> datetime:
    """ISO 8601 with `T` or a blank; without an offset it is UTC (FOCUS 1.0)."""
    if not _INSTANT.fullmatch(value):
        raise BadValue(_not_a(_("时间"), value, column))
    try:
        at = datetime.fromisoformat(value)
        if not is_sensible(at.date()):
            raise ValueError
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadValue(_not_a(_("时间"), value, column)) from None


def is_whole_instant(value: str) -> bool:
    """Whether the text cannot be the beginning of a longer instant."""
    return bool(_WHOLE_INSTANT.fullmatch(value))


def day(value: str, column: str) -> date:
    """`YYYY-MM-DD`."""
    if not is_whole_day(value):
        raise BadValue(_not_a(_("日期"), value, column))
    try:
        found = date.fromisoformat(value)
        if not is_sensible(found):
            raise ValueError
    except ValueError:
        raise BadValue(_not_a(_("日期"), value, column)) from None
    return found


def is_whole_day(value: str) -> bool:
    return bool(_DAY.fullmatch(value))


def yes_no(value: str, column: str) -> bool:
    try:
        return _YES_NO[value.lower()]
    except KeyError:
        raise BadValue(_not_a(_("是/否"), value, column)) from None


def _decimals(number: Decimal) -> int:
    """Decimal places that are not trailing zeros. Without arithmetic, which would round."""
    digits, exponent = number.as_tuple().digits, int(number.as_tuple().exponent)
    zeros = 0
    while zeros < len(digits) - 1 and digits[-1 - zeros] == 0:
        zeros += 1
    return max(0, -(exponent + zeros))


def _not_a(kind: str, value: str, column: str) -> str:
    if not value:
        return _("%(column)s 为空") % {"column": column}
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    words = {"column": column, "kind": kind, "value": shown}
    return _("%(column)s 不是有效的%(kind)s：%(value)s") % words
