"""What a 付款协议 says, and of which days it may be (sales_pipeline.md §6.5)."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core import formats

VERSION = "2026-11"  # of the words below; what was made keeps its own
LARGEST = Decimal("9999999999.99")

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def earliest(today: date) -> date:
    """The first day of payment that may be promised today: twelve months ago."""
    last_year = today.year - 1
    return today.replace(year=last_year, day=min(today.day, 28 if today.month == 2 else 31))


def clauses(*, payer: str, amount: Decimal, pays_on: date, purpose: str) -> list[str]:
    """The words of the agreement, one paragraph each."""
    sum_ = {"amount": formats.money(amount), "words": in_capitals(amount)}
    return [
        _("甲方（付款方）：%(payer)s") % {"payer": payer},
        _("乙方（收款方）：云服务厂商"),
        _("一、甲方因使用乙方的云服务，向乙方支付人民币 %(amount)s 元（大写：%(words)s）。") % sum_,
        _("二、甲方承诺的付款时间为 %(day)s。") % {"day": pays_on.isoformat()},
        _("三、款项用途：%(purpose)s。") % {"purpose": purpose},
        _(
            "四、本协议由甲方在线提交，所填金额和时间应与实际付款一致；与实际付款不符的，本协议无效。"
        ),
        _("五、本协议供报销和存档使用，不改变双方之间的其他合同。"),
    ]


def in_capitals(amount: Decimal) -> str:
    """`1002.50` → 壹仟零贰元伍角整, as amounts are written on Chinese papers."""
    whole, rest = divmod(int(formats.in_fen(amount) * 100), 100)
    jiao, fen = divmod(rest, 10)
    said = _whole(whole) + "元" if whole else ""
    if fen:
        gap = "零" if whole else ""
        return said + (f"{_DIGITS[jiao]}角" if jiao else gap) + f"{_DIGITS[fen]}分"
    if jiao:
        return f"{said}{_DIGITS[jiao]}角整"
    return (said or "零元") + "整"


def _whole(number: int) -> str:
    """By groups of four digits; a gap between two of them is said once."""
    said, gap = "", False
    for power in reversed(range(len(_GROUPS))):
        group = number // 10_000**power % 10_000
        if group:
            said += "零" if said and (gap or group < 1000) else ""
            said += _thousands(group) + _GROUPS[power]
        gap = not group
    return said


def _thousands(group: int) -> str:
    said = ""
    for power in reversed(range(4)):
        digit = group // 10**power % 10
        if digit:
            said += _DIGITS[digit] + _PLACES[power]
        elif said and not said.endswith("零"):
            said += "零"
    return said.rstrip("零")
