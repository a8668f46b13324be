"""How figures are written. Done once here, not by template filters that look settings up."""

from collections.abc import Callable
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
    return f"{in_fen(Decimal(amount)):,}"


def in_fen(amount: Decimal) -> Decimal:
    """Rounded as screens round."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def exact(amount: Decimal) -> str:
    """A charge to its last digit, without trailing zeros."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def instant(at: datetime | None) -> str:
    """`2026-11-20 10:00:00` in Beijing."""
    return at.astimezone(BEIJING).isoformat(" ", "seconds")[:19] if at else EMPTY


def day(value: date | None) -> str:
    return value.isoformat() if value else EMPTY


def ago_at(now: datetime) -> Callable[[datetime], str]:
    """Makes a function that says how long ago an instant of the last week was; else its day."""
    units = [
        (60, 1, _("刚刚")),
        (3600, 60, _("%(n)d 分钟前")),
        (86400, 3600, _("%(n)d 小时前")),
        (7 * 86400, 86400, _("%(n)d 天前")),
    ]

    def ago(at: datetime) -> str:
        seconds = int((now - at).total_seconds())
        for limit, unit, words in units:
            if 0 <= seconds < limit:
                return words % {"n": seconds // unit}
        return at.astimezone(BEIJING).strftime("%Y-%m-%d")

    return ago
