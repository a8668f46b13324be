"""What may be authorised, for how long, and which letters are signed (customers_coupons.md §9)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .scopes import Scope

ANSWER_DAYS = 30  # a request that the customer does not handle lapses
LONGEST = 365  # days of an authorisation that ends; without days it ends by a word only
REASON_LONGEST = 200
SOON = (1, 7, 30)  # days: the tiles above the list


BUNDLE = tuple(scope.value for scope in Scope)


def complete(scopes: Collection[str]) -> list[str]:
    """In the order of the letter, with what they are of no use without."""
    wanted = {*scopes, Scope.VIEW.value}
    return [scope for scope in BUNDLE if scope in wanted]


def is_within(granted: Collection[str], asked: Collection[str]) -> bool:
    """Whether a customer grants no more than it was asked for, and something."""
    return bool(granted) and set(granted) <= set(asked)


def days_within(granted: int | None, asked: int | None) -> bool:
    """Whether an end is no later than the one asked for; no end is the latest."""
    if granted is None:
        return asked is None
    return 1 <= granted <= (asked or LONGEST)


def last_day(days: int | None, on: date) -> date | None:
    """The last day of an authorisation that is granted on this day."""
    return on + timedelta(days=days) if days else None


# ---- letters ----


@dataclass(frozen=True)
class Letter:
    """A text that somebody ticks. A changed text is a new version, and is signed anew."""

    title: str | Promise
    version: str
    lines: tuple[str | Promise, ...]


COMMITMENT, DELEGATION, CONSENT = "commitment", "delegation", "consent"
_LAWFUL = _("全部操作合法，并且不超出客户授权的范围。")
_CAREFUL = _("尽到谨慎义务，不植入恶意软件或后门，不泄露客户的数据。")
_BETWEEN_US = _("伙伴与客户之间的争议由双方自行解决，厂商不参与。")
_UNCHANGED = _("本承诺不改变与厂商签订的任何合同。")
LETTERS: Mapping[str, Letter] = {
    COMMITMENT: Letter(
        _("代客操作承诺书"),
        "2026-11",
        (
            _LAWFUL,
            _("未经客户许可，不变更、不删除客户的产品和数据。"),
            _CAREFUL,
            _BETWEEN_US,
            _UNCHANGED,
        ),
    ),
    DELEGATION: Letter(
        _("总经销商代客操作承诺书"),
        "2026-11",
        (
            _("督促云经销商只在客户授权的范围内操作，并对其操作承担管理责任。"),
            _LAWFUL,
            _BETWEEN_US,
            _UNCHANGED,
        ),
    ),
    CONSENT: Letter(
        _("最终用户授权书"),
        "2026-11",
        (
            _("授权伙伴在账号中心、费用中心、资源中心、工单、消息中心和服务控制台代为操作。"),
            _("包括但不限于：管理已购资源；购买、续费、退订、变更；启动、停止、重启、删除。"),
            _("包括查看账号、消费、订单、折扣和合同，重置密码和修改服务策略。"),
            _("伙伴只能使用您勾选的权限；您可以随时撤销授权，撤销后立即生效。"),
        ),
    ),
}
