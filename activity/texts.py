"""What notifications say. A row holds kind and parameters; the words are made when it is read.

So a correction of the words reaches old notifications, and each reader gets the own language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import coupons, limits, money

Label = str | Promise


@dataclass(frozen=True)
class Text:
    """Title and body with `%(parameter)s`; `url_name` is where it leads, `url_args` its
    parameters' names."""

    title: Label
    body: Label = ""
    url_name: str = ""
    url_args: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """A notification in words; `url` is empty when there is nothing to look at."""

    title: str
    body: str
    url: str


_CHANGE = ("associations:change", ("change",))
_AUTHORIZATION = ("authorizations:authorization", ("authorization",))
TEXTS = {
    "association.joined": Text(
        _("客户 %(number)s 已与贵公司关联"),
        _("可以在客户管理查看该客户。"),
        "customers:customer_detail",
        ("customer",),
    ),
    "association.leave_asked": Text(
        _("客户 %(number)s 申请解除关联"),
        _("请主账号在 %(until)s 前处理，逾期转由厂商处理。"),
        *_CHANGE,
    ),
    "association.left": Text(_("客户 %(number)s 的关联已解除"), "", *_CHANGE),
    "association.switched_resale": Text(_("客户 %(number)s 的关联类型已切换为代售"), "", *_CHANGE),
    "association.switched_postpaid": Text(
        _("客户 %(number)s 的关联类型已切换为转售"), "", *_CHANGE
    ),
    "association.switched_referral": Text(
        _("客户 %(number)s 的关联类型已切换为顾问销售"), "", *_CHANGE
    ),
    "association.rejected": Text(
        _("客户 %(number)s 的关联申请已被拒绝"), _("原因：%(reason)s"), *_CHANGE
    ),
    "association.expired": Text(
        _("客户 %(number)s 的关联申请已失效"), _("在期限内没有处理，关联保持不变。"), *_CHANGE
    ),
    "association.withdrawn": Text(
        _("客户 %(number)s 的关联申请已撤回"), _("关联保持不变。"), *_CHANGE
    ),
    "association.failed": Text(_("客户 %(number)s 的关联申请未能完成"), _("%(reason)s"), *_CHANGE),
    "association.escalated": Text(
        _("客户 %(number)s 的解除关联申请已逾期"), _("申请已转由厂商处理。"), *_CHANGE
    ),
    "authorization.granted": Text(
        _("客户 %(number)s 已同意授权"),
        _("可以在客户的“授权”页代客下单或代客运维；到期日期：%(until)s。"),
        *_AUTHORIZATION,
    ),
    "authorization.refused": Text(
        _("客户 %(number)s 拒绝了授权申请"), _("原因：%(reason)s"), *_AUTHORIZATION
    ),
    "authorization.revoked": Text(
        _("客户 %(number)s 撤销了授权"),
        _("进行中的代客操作已结束。原因：%(reason)s"),
        *_AUTHORIZATION,
    ),
    "authorization.lapsed": Text(
        _("客户 %(number)s 的授权已失效"), _("原因：%(reason)s"), *_AUTHORIZATION
    ),
    "authorization.expired": Text(
        _("客户 %(number)s 的授权已到期"), _("需要继续代客操作时，请重新申请。"), *_AUTHORIZATION
    ),
    "authorization.expiring": Text(
        _("客户 %(number)s 的授权将于 %(until)s 到期"),
        _("需要继续代客操作时，请及时申请延期，由客户确认。"),
        *_AUTHORIZATION,
    ),
    "proxy_right.given": Text(
        _("总经销商已开通代客操作权限"),
        _("现在可以向代售和转售客户申请授权。"),
        "authorizations:authorization_list",
    ),
    "proxy_right.withdrawn": Text(
        _("总经销商已收回代客操作权限"), _("进行中的代客操作已结束。原因：%(reason)s")
    ),
    "invitation.refused": Text(
        _("客户拒绝了您的关联邀请"),
        _("请在邀请记录查看客户填写的原因。"),
        "associations:invitation",
        ("invitation",),
    ),
    "invitation.failed": Text(
        _("客户未能通过您的邀请关联"),
        _("请在邀请记录查看原因和处理办法。"),
        "associations:invitation",
        ("invitation",),
    ),
    "alerts.raised": Text(
        _("今日新增 %(total)s 条客户预警"),
        _("业务日期 %(day)s：流失预警 %(churn)s 条，资源预警 %(resource)s 条，请及时处理。"),
        "followups:handle_list",
    ),
    "alerts.back": Text(
        _("%(total)s 条暂缓的客户预警需要处理"),
        _("暂缓已到期，或者客户情况有变化，请及时处理。"),
        "followups:handle_list",
    ),
    "batch.done": Text(_("“%(title)s”已完成"), _("%(reason)s"), "jobs:batch", ("job",)),
    "batch.failed": Text(_("“%(title)s”未完成"), _("%(reason)s"), "jobs:batch", ("job",)),
    "customers.assigned": Text(
        _("%(n)s 个客户分配给您"),
        _("您已成为这些客户的客户经理，业绩从次日起计算。"),
        "customers:customer_list",
    ),
    "customers.taken_back": Text(
        _("%(n)s 个客户不再由您负责"), _("这些客户已收回或改由其他客户经理负责。")
    ),
    "customer.assigned": Text(
        _("有客户分配给您"),
        _("您已成为该客户的客户经理，业绩从次日起计算。"),
        "customers:customer_detail",
        ("customer",),
    ),
    "customer.taken_back": Text(_("有客户不再由您负责"), _("该客户已收回或改由其他客户经理负责。")),
    "customers.in_arrears": Text(
        _("%(n)s 个客户欠费"),
        _("共欠费 %(amount)s 元。代售客户请及时拨款，其他客户请提醒其充值。"),
        "billing:arrears_list",
    ),
    "orders.waiting": Text(
        _("%(n)s 笔客户订单等待伙伴支付"),
        _("客户选择了由伙伴支付，请支付或驳回。"),
        "billing:waiting_list",
    ),
    "order.paid": Text(
        _("客户订单 %(number)s 已由伙伴支付"), "", "billing:order_detail", ("order",)
    ),
    "order.refused": Text(
        _("客户订单 %(number)s 的代支付已驳回"),
        _("客户可以自行支付。"),
        "billing:order_detail",
        ("order",),
    ),
    "orders.refused": Text(
        _("您的客户的 %(n)s 笔订单已驳回代支付"), _("客户可以自行支付。"), "billing:order_list"
    ),
    "funds.low": Text(
        _("充值账户余额 %(left)s 元，低于预警金额"),
        _("预警金额为 %(threshold)s 元，请及时充值，以免无法为客户拨款。"),
        "funds:statement",
    ),
    "funds.changed": Text(
        _("账户变动 %(amount)s 元"), _("厂商已为贵公司充值或调账。%(memo)s"), "funds:statement"
    ),
    "funds.received": Text(
        _("总经销商拨款 %(amount)s 元"), _("已计入贵公司的充值账户。"), "funds:statement"
    ),
    "funds.taken": Text(
        _("总经销商回收 %(amount)s 元"), _("已从贵公司的充值账户转出。"), "funds:statement"
    ),
    "job.done": Text(_("“%(title)s”已导出"), _("文件保留 3 天，请及时下载。"), "jobs:job_list"),
    "job.failed": Text(_("“%(title)s”导出失败"), _("%(reason)s"), "jobs:job_list"),
    "log.broken": Text(
        _("操作日志校验未通过"),
        _("%(broken)s。请保留数据库现场和备份，并按运维手册核查。"),
    ),
    "job.approval_asked": Text(
        _("“%(title)s”的导出等待您审批"),
        _("文件含完整个人信息，请在 3 天内通过或拒绝。"),
        "jobs:approval",
        ("job",),
    ),
    "job.approved": Text(
        _("“%(title)s”的导出已通过审批"), _("完成后请到任务中心下载。"), "jobs:job_list"
    ),
    "job.refused": Text(_("“%(title)s”的导出未通过审批"), _("%(reason)s"), "jobs:job_list"),
    "user.contact_changed": Text(
        _("您的登录邮箱或手机号已变更"),
        _("厂商运营人员更正了您的联系方式。如非您本人要求，请立即联系厂商。"),
        "org:account",
    ),
    "user.password_given": Text(
        _("您的密码已被重置"),
        _("厂商运营人员为您发放了临时密码。如非您本人要求，请立即联系厂商。"),
        "org:account",
    ),
    "user.second_factor_reset": Text(
        _("您的双因素认证已被重置"),
        _("请重新设置双因素认证。如非您本人要求，请立即联系厂商。"),
        "mfa_index",
    ),
} | {kind: Text(*parts) for kind, parts in (coupons.TEXTS | limits.TEXTS | money.TEXTS).items()}
_UNKNOWN = Text(_("系统通知"))


def told(kind: str, params: Mapping[str, Any]) -> Told:
    """The notification in the reader's language."""
    return say(TEXTS.get(kind, _UNKNOWN), params)


def say(text: Text, params: Mapping[str, Any]) -> Told:
    words = _Words(params)
    return Told(str(text.title) % words, str(text.body) % words, _url(text, params))


class _Words(dict[str, Any]):
    """An old row may lack what the words of today mention."""

    def __missing__(self, name: str) -> str:
        return "—"


def _url(text: Text, params: Mapping[str, Any]) -> str:
    """Empty when there is no such page in this version, or the row does not say which."""
    try:
        return reverse(text.url_name, args=[params[name] for name in text.url_args])
    except (NoReverseMatch, KeyError):
        return ""
