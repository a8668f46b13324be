"""How an alert is put into words: its title and the facts behind it (§10.2 标题, detail).

The row keeps the figures (`Alert.facts`), the words are made when somebody reads them.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.formats import money

from .models import Scenario


def title(scenario: str, facts: Mapping[str, Any]) -> str:
    """One sentence. `facts` is what the scenario's SELECT stored (generation/sql.py)."""
    return _TITLES[scenario](facts) if facts else str(Scenario(scenario).label)


def details(scenario: str, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of each fact, in the order in which they are read."""
    return _DETAILS[scenario](facts) if facts else []


# ---- titles ----


def _spending_drop(f: Mapping[str, Any]) -> str:
    return _("近 %(recent_days)s 天日均消费 %(recent)s，较此前 %(base_days)s 天下降 %(drop)s%%") % {
        "recent_days": f["recent_days"],
        "recent": _yuan(f["recent_daily"]),
        "base_days": f["base_days"],
        "drop": min(f["drop"], 100),
    }


def _no_spending(f: Mapping[str, Any]) -> str:
    return _("已连续 %(days)s 天无消费，最近一次消费在 %(last)s") % {
        "days": f["silent_days"],
        "last": f["last_day"],
    }


def _mass_release(f: Mapping[str, Any]) -> str:
    return _("近 %(days)s 天释放资源 %(count)s 个，占目录价 %(share)s%%") % f


def _no_login(f: Mapping[str, Any]) -> str:
    return _("已 %(days)s 天未登录，日均消费由 %(base)s 降至 %(recent)s") % {
        "days": f["days"],
        "base": _yuan(f["base_daily"]),
        "recent": _yuan(f["recent_daily"]),
    }


def _leaving(f: Mapping[str, Any]) -> str:
    return _("客户于 %(day)s 申请解除关联") % {"day": f["requested_on"]}


def _expiring(f: Mapping[str, Any]) -> str:
    return _("资源“%(name)s”将于 %(day)s 到期（还有 %(days)s 天），未开启自动续费") % {
        "name": f["name"] or f["number"],
        "day": f["expires_on"],
        "days": f["days"],
    }


def _low_balance(f: Mapping[str, Any]) -> str:
    return _("可用额度 %(available)s，按日均消费 %(daily)s 计算不足 %(days)s 天") % {
        "available": _yuan(f["available"]),
        "daily": _yuan(f["daily"]),
        "days": f["days"],
    }


def _arrears(f: Mapping[str, Any]) -> str:
    parts = []
    if f["arrears"] not in ("0", "0.00"):
        parts.append(_("已欠费 %(amount)s") % {"amount": _yuan(f["arrears"])})
    if f["grace"]:
        parts.append(_("宽限期资源 %(count)s 个") % {"count": f["grace"]})
    if f["retention"]:
        parts.append(_("保留期资源 %(count)s 个") % {"count": f["retention"]})
    return _("，").join(parts)


_TITLES = {
    "spending_drop": _spending_drop,
    "no_spending": _no_spending,
    "mass_release": _mass_release,
    "no_login": _no_login,
    "leaving": _leaving,
    "expiring": _expiring,
    "low_balance": _low_balance,
    "arrears": _arrears,
}


# ---- details ----


def _averages(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        (_("近 %(days)s 天日均消费") % {"days": f["recent_days"]}, _yuan(f["recent_daily"])),
        (_("此前 %(days)s 天日均消费") % {"days": f["base_days"]}, _yuan(f["base_daily"])),
    ]
    if f["unpriced"]:
        rows.append((_("未计入的消费"), _("%(n)s 条没有汇率，按 0 元计算") % {"n": f["unpriced"]}))
    return rows


def _drop_details(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [*_averages(f), (_("下降"), f"{min(f['drop'], 100)}%")]


def _silence_details(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    active = _("%(history)s 天内有 %(days)s 天") % {
        "days": f["active_days"],
        "history": f["history_days"],
    }
    return [
        (_("连续无消费"), _("%(days)s 天") % {"days": f["silent_days"]}),
        (_("此前有消费"), active),
        (_("最近一次消费"), f["last_day"]),
    ]


def _release_details(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_("释放资源数"), str(f["count"])),
        (_("释放资源目录价（月）"), _yuan(f["released"])),
        (_("释放前资源目录价（月）"), _yuan(f["held"])),
        (_("占比"), f"{f['share']}%"),
    ]


def _login_details(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_("最近登录"), f["last_login_on"]),
        (_("未登录"), _("%(days)s 天") % {"days": f["days"]}),
        *_averages(f),
    ]


def _leaving_details(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(_("申请日期"), f["requested_on"])]


def _expiring_details(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_("资源名称"), f["name"] or "--"),
        (_("资源ID"), f["number"]),
        (_("云服务"), f["service"]),
        (_("到期日期"), f["expires_on"]),
        (_("目录价（月）"), _yuan(f["list_price"])),
        (_("自动续费"), _("未开启")),
    ]


def _balance_details(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_("可用额度"), _yuan(f["available"])),
        (_("日均消费"), _yuan(f["daily"])),
        (_("够用 %(days)s 天需要") % {"days": f["days"]}, _yuan(f["needed"])),
    ]


def _arrears_details(f: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_("欠费金额"), _yuan(f["arrears"])),
        (_("宽限期资源"), str(f["grace"])),
        (_("保留期资源"), str(f["retention"])),
    ]


def _yuan(amount: str) -> str:
    """`1234.5` → `¥1,234.50`, with the minus in front."""
    value = Decimal(amount)
    return f"-¥{money(-value)}" if value < 0 else f"¥{money(value)}"


_DETAILS = {
    "spending_drop": _drop_details,
    "no_spending": _silence_details,
    "mass_release": _release_details,
    "no_login": _login_details,
    "leaving": _leaving_details,
    "expiring": _expiring_details,
    "low_balance": _balance_details,
    "arrears": _arrears_details,
}
