"""Who may be associated, who may leave or change its type, and how often one may ask.

Sources: customers_coupons.md §5.3, §5.5, §6.1, §6.2. What the product cannot know by itself is a
fact of the cloud account that the vendor keeps (customers/accounts/models.py, Fact).
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.rules import POSTPAID, RESOLD

Label = str | Promise
SWITCH, LEAVE = "switch", "leave"
EMAIL_DAYS = 7  # an invitation by e-mail
NEW_ACCOUNT_DAYS = 7  # an older account is reported (报备) first
MAILS_A_DAY = 200  # invitations of one partner
RESEND_AFTER = timedelta(minutes=1)
REASON_LONGEST = 200
LABEL_LONGEST = 64
NOTICE_VERSION = "2026-11"  # of 《客户关联合作伙伴须知》


@dataclass(frozen=True)
class Bar:
    """Why a cloud account cannot be associated: the sentence for both sides, and what helps.

    `only_resale`: an account with it may still come as 顾问销售.
    """

    code: str
    says: Label
    advice: Label
    only_resale: bool = False


_NEVER = _("该账号不能关联，请使用其他账号。")
_TICKET = _("请客户提交工单，由厂商处理后再关联。")
BARS = {
    bar.code: bar
    for bar in (
        Bar("model", _("伙伴的销售模式没有此关联类型"), _("请伙伴重新发送邀请。")),
        Bar("partner_frozen", _("该伙伴暂不能发展转售客户"), _("请联系伙伴。")),
        Bar("already", _("该客户已与贵公司关联"), _("无需重复关联。")),
        Bar("elsewhere", _("该客户已关联其他伙伴"), _("请客户先与原伙伴解除关联。")),
        Bar("international", _("该客户在国际站注册"), _("请使用中国站账号。")),
        Bar("partner", _("该客户是伙伴，或正在成为伙伴"), _NEVER),
        Bar("reported", _("该客户已由厂商报备"), _NEVER),
        Bar("reported_elsewhere", _("该客户已由其他伙伴报备"), _NEVER),
        Bar("subsidy", _("该客户已加入或正在加入政府补贴项目"), _NEVER),
        Bar("reward", _("该客户已加入厂商奖励推广计划"), _NEVER),
        Bar("consumer", _("该客户是消费者云用户"), _NEVER),
        Bar("internal", _("该客户使用厂商内部账号"), _NEVER),
        Bar("managed_sub", _("该客户是企业财务托管子账号"), _("请由企业主账号关联。")),
        Bar("spent", _("该客户已有现金消费"), _("请先报备客户，或请客户提交工单。")),
        Bar(
            "registered_long_ago",
            _("该客户注册已超过 7 天"),
            _("请先报备客户，或请客户提交工单。"),
        ),
        Bar("arrears", _("该客户有欠费"), _("请客户还清欠费后再关联。")),
        Bar("special_contract", _("该客户与厂商有生效中的特殊合同"), _TICKET, True),
        Bar("independent_sub", _("该客户是企业独立核算子账号"), _("可以改为顾问销售关联。"), True),
        Bar("master", _("该客户有独立核算的企业子账号"), _("可以改为顾问销售关联。"), True),
        Bar(
            "reserved_instance",
            _("该客户有未到期的预留实例"),
            _("请客户退订，或等待到期后再关联。"),
            True,
        ),
        Bar("invoice_debt", _("该客户有欠票金额"), _TICKET, True),
        Bar("stored_card", _("该客户有未用完的储值卡"), _("请客户用完储值卡后再关联。"), True),
        Bar("gift_balance", _("该客户的账户余额含充值赠送"), _TICKET, True),
    )
}


@dataclass(frozen=True)
class Standing:
    """What is known of a cloud account that wants to come: facts, age, present partner."""

    facts: frozenset[str]
    registered_on: date | None
    partner: str = ""  # "", "ours" or "other"
    of_model: bool = True  # whether the inviting partner has this type of association
    is_open: bool = True  # and whether it may bring customers of this type in now


def bars(standing: Standing, association_type: str, on: date) -> list[Bar]:
    """Every reason why the account cannot come as this type on this day, in the order of BARS."""
    found = set(standing.facts)
    if association_type == POSTPAID:
        found.discard("international")  # where an account registered says nothing about 转售
    if not standing.of_model:
        found.add("model")
    elif not standing.is_open:
        found.add("partner_frozen")
    if standing.partner:
        found.add("already" if standing.partner == "ours" else "elsewhere")
    registered = standing.registered_on
    if registered and on - registered > timedelta(days=NEW_ACCOUNT_DAYS):
        found.add("registered_long_ago")
    return [
        bar
        for code, bar in BARS.items()
        if code in found and (association_type in RESOLD or not bar.only_resale)
    ]


# ---- 账号检查: before a leaving or a change of type (§6.2) ----


@dataclass(frozen=True)
class Check:
    """One item of 账号检查; `remedy` says what helps where it is not met."""

    label: Label
    remedy: Label
    fact: str = ""
    only_to_resale: bool = False
    only_leaving: bool = False


ARREARS = Check(_("没有欠费"), _("请还清欠费；代售客户可由伙伴拨款冲抵。"), "arrears")
CHECKS = (
    Check(_("没有独立核算的企业子账号"), _("请先解除与企业子账号的关联。"), "master"),
    Check(_("不是企业独立核算子账号"), _("请先与企业主账号解除关联。"), "independent_sub"),
    Check(_("不是企业财务托管子账号"), _("请由企业主账号解除。"), "managed_sub"),
    ARREARS,
    Check(_("没有手动冻结"), _("请伙伴先解冻客户。"), "frozen"),
    Check(_("没有待支付的订单"), _("请取消或支付订单。"), "unpaid_order"),
    Check(
        _("没有未用完的提货券"),
        _("请客户用完提货券，或由伙伴回收。"),
        "pickup_coupon",
        only_leaving=True,
    ),
    Check(_("没有未到期的预留实例"), _("请退订，或等待到期。"), "reserved_instance"),
    Check(_("未参加合作伙伴支持计划"), _("请退订支持计划。"), "support_plan"),
    Check(_("没有生效中的特殊合同"), _("请与厂商线下处理合同。"), "special_contract"),
    Check(_("没有欠票金额"), _("请客户先处理欠票。"), "invoice_debt", True),
    Check(_("没有未用完的储值卡"), _("请客户先用完储值卡。"), "stored_card", True),
    Check(_("账户余额不含充值赠送"), _("请客户提交工单处理。"), "gift_balance", True),
)


@dataclass(frozen=True)
class Checked:
    """An item and whether it is met."""

    check: Check
    passed: bool


def check_account(
    facts: Iterable[str], arrears: Decimal, *, kind: str, type_after: str = ""
) -> list[Checked]:
    """账号检查 for a leaving, or for a change to `type_after`: every item that applies."""
    known = {*facts, *(["arrears"] if arrears > 0 else [])}
    leaves, to_resale = kind == LEAVE, kind == SWITCH and type_after in RESOLD
    return [
        Checked(check, check.fact not in known)
        for check in CHECKS
        if (to_resale or not check.only_to_resale) and (leaves or not check.only_leaving)
    ]


# ---- how often ----


@dataclass(frozen=True)
class Frequency:
    """`most` requests of one side for one customer within `months`; who was asked has as many
    days as said to answer (settings.ASSOCIATION_…)."""

    most: int
    months: int
    customer_days: int
    partner_days: int


def may_ask_from(
    own: list[datetime], others: list[datetime], at: datetime, frequency: Frequency
) -> datetime | None:
    """When this side may ask (again), None for now.

    Args:
        own: when this side asked before, newest first, whatever became of it.
        others: when the other side did; a partner waits for these, too (§6.1, rule 3).
    """
    waits = [months_later(each, frequency.months) for each in others[:1]]
    if len(own) >= frequency.most:
        waits.append(months_later(own[frequency.most - 1], frequency.months))
    later = [each for each in waits if each > at]
    return max(later, default=None)


def months_later(at: datetime, months: int) -> datetime:
    """The same day some months later, or the last of that month."""
    month = at.month - 1 + months
    year, month = at.year + month // 12, month % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))
