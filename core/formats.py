"""How figures are written. Done once here, not by template filters that look settings up."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from .clock import BEIJING

EMPTY = "--"
_CENT = Decimal("0.01")


def money(amount: Decimal | int | None) -> str:
    """CNY with thousands and two places: `12,000.00`; `--` for nothing known."""
    if amount is None:
        return EMPTY
    return f"{Decimal(amount).quantize(_CENT, ROUND_HALF_UP):,}"


def exact(amount: Decimal) -> str:
    """A charge to its last digit, without trailing zeros."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def instant(at: datetime | None) -> str:
    """`2026-11-20 10:00:00` in Beijing."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if at else EMPTY


def day(value: date | None) -> str:
    return value.isoformat() if value else EMPTY


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in words, for the last week; the day before that."""
    seconds = int((now - at).total_seconds())
    if 0 <= seconds < 60:
        return _("刚刚")
    if 0 <= seconds < 3600:
        return _("%(n)d 分钟前") % {"n": seconds // 60}
    if 0 <= seconds < 86400:
        return _("%(n)d 小时前") % {"n": seconds // 3600}
    if 0 <= seconds < 7 * 86400:
        return _("%(n)d 天前") % {"n": seconds // 86400}
    return at.astimezone(BEIJING).strftime("%Y-%m-%d")
