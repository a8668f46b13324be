"""The kinds of notification: how 消息设置 calls them, and whether they are mailed by default."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import coupons, limits, money

Label = str | Promise


class MailChoice(models.TextChoices):
    OFF = "off", _("不发送")
    NOW = "now", _("即时")
    DAILY = "daily", _("每日汇总")


_GONE = _("已失效")


@dataclass(frozen=True)
class Kind:
    """`mail` holds for members who did not choose; `compulsory` leaves them no choice.

    `closed` says what became of a notification whose cause is gone.
    """

    label: Label
    group: str = ""
    mail: MailChoice = MailChoice.OFF
    compulsory: bool = False
    closed: Label = _GONE


def _security(label: Label) -> Kind:
    return Kind(label, "security", MailChoice.NOW, compulsory=True)


GROUPS: dict[str, Label] = {
    "followups": _("客户预警"),
    "customers": _("客户"),
    "associations": _("客户关联"),
    "funds": _("资金"),
    "authorizations": _("客户授权"),
    "limits": _("预算与冻结"),
    "coupons": _("券管理"),
    "jobs": _("任务"),
    "money": _("账务"),
    "security": _("账号安全"),
}
KINDS = {
    "alerts.raised": Kind(_("新增客户预警"), "followups", MailChoice.NOW, closed=_("已处理")),
    "alerts.back": Kind(_("暂缓的客户预警到期"), "followups", closed=_("已处理")),
    "customer.assigned": Kind(_("客户分配给我"), "customers"),
    "customer.taken_back": Kind(_("客户不再由我负责"), "customers"),
    "customers.assigned": Kind(_("批量分配客户给我"), "customers"),
    "customers.taken_back": Kind(_("批量收回我的客户"), "customers"),
    "association.joined": Kind(_("客户建立关联"), "associations", MailChoice.NOW),
    "association.leave_asked": Kind(
        _("客户申请解除关联"), "associations", MailChoice.NOW, closed=_("已处理")
    ),
    "association.left": Kind(_("客户解除关联"), "associations", MailChoice.NOW),
    "association.switched_resale": Kind(_("客户切换为代售"), "associations"),
    "association.switched_postpaid": Kind(_("客户切换为转售"), "associations"),
    "association.switched_referral": Kind(_("客户切换为顾问销售"), "associations"),
    "association.rejected": Kind(_("关联申请被拒绝"), "associations"),
    "association.expired": Kind(_("关联申请失效"), "associations"),
    "association.withdrawn": Kind(_("关联申请撤回"), "associations"),
    "association.failed": Kind(_("关联申请未能完成"), "associations", MailChoice.NOW),
    "association.escalated": Kind(
        _("关联申请转厂商处理"), "associations", MailChoice.NOW, closed=_("已处理")
    ),
    "authorization.granted": Kind(_("客户同意授权"), "authorizations", MailChoice.NOW),
    "authorization.refused": Kind(_("客户拒绝授权"), "authorizations", MailChoice.NOW),
    "authorization.revoked": Kind(_("客户撤销授权"), "authorizations", MailChoice.NOW),
    "authorization.lapsed": Kind(_("客户授权失效"), "authorizations"),
    "authorization.expired": Kind(_("客户授权到期"), "authorizations"),
    "authorization.expiring": Kind(_("客户授权即将到期"), "authorizations", MailChoice.NOW),
    "proxy_right.given": Kind(_("开通代客操作权限"), "authorizations"),
    "proxy_right.withdrawn": Kind(_("收回代客操作权限"), "authorizations", MailChoice.NOW),
    "invitation.refused": Kind(_("客户拒绝邀请"), "associations"),
    "invitation.failed": Kind(_("客户关联失败"), "associations"),
    "customers.in_arrears": Kind(_("客户欠费"), "customers", MailChoice.NOW),
    "orders.waiting": Kind(
        _("客户订单等待伙伴支付"), "customers", MailChoice.NOW, closed=_("已处理")
    ),
    "order.paid": Kind(_("客户订单已由伙伴支付"), "customers"),
    "order.refused": Kind(_("客户订单的代支付被驳回"), "customers"),
    "orders.refused": Kind(_("批量驳回代支付订单"), "customers"),
    "funds.low": Kind(_("余额低于预警金额"), "funds", MailChoice.NOW),
    "funds.changed": Kind(_("厂商充值或调账"), "funds"),
    "funds.received": Kind(_("总经销商拨款"), "funds"),
    "funds.taken": Kind(_("总经销商回收资金"), "funds"),
    "job.done": Kind(_("任务完成"), "jobs"),
    "job.failed": Kind(_("任务失败"), "jobs"),
    "job.approval_asked": Kind(_("导出等待我审批"), "jobs", MailChoice.NOW),
    "job.approved": Kind(_("我的导出通过审批"), "jobs"),
    "job.refused": Kind(_("我的导出未通过审批"), "jobs"),
    "batch.done": Kind(_("批量操作完成"), "jobs"),
    "batch.failed": Kind(_("批量操作失败"), "jobs"),
    **{
        kind: Kind(label, "money", MailChoice.NOW if at_once else MailChoice.OFF)
        for kind, (label, at_once) in money.KINDS.items()
    },
    **{
        kind: Kind(label, "limits", MailChoice.NOW if at_once else MailChoice.OFF)
        for kind, (label, at_once) in limits.KINDS.items()
    },
    **{
        kind: Kind(label, "coupons", MailChoice.NOW if at_once else MailChoice.OFF)
        for kind, (label, at_once) in coupons.KINDS.items()
    },
    "log.broken": _security(_("操作日志校验未通过")),
    "user.contact_changed": _security(_("登录邮箱或手机号变更")),
    "user.password_given": _security(_("密码被重置")),
    "user.second_factor_reset": _security(_("双因素认证被重置")),
}
# What must reach the person whatever was chosen: at once, alone, by night too.
COMPULSORY = tuple(kind for kind, its in KINDS.items() if its.compulsory)
CHOSEN = tuple(kind for kind, its in KINDS.items() if not its.compulsory)
_UNKNOWN = Kind(_("系统通知"))


def kind_of(kind: str) -> Kind:
    """A kind of a former or a later version is still shown."""
    return KINDS.get(kind, _UNKNOWN)


def of_group(group: str) -> tuple[str, ...]:
    return tuple(kind for kind, its in KINDS.items() if its.group == group)
