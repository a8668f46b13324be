"""What may be recorded, in words: the label of each verb, and of what a line says changed.

A verb is `noun.participle`. tests/activity/test_verbs.py finds every verb in the source and
asks for its label here.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.masking import MASKS, STARS
from org.models import Partner, VendorRole
from org.permissions import LABELS, PRESETS

from . import coupons, delegation, limits, money
from .fields import FIELDS
from .kinds import KINDS

# What a partner may find in its own log.
OF_PARTNERS = {
    "session.signed_in": _l("登录"),
    "session.signed_out": _l("退出登录"),
    "session.ended": _l("结束登录会话"),
    "access.denied": _l("无权访问"),
    "password.changed": _l("修改密码"),
    "password.reset": _l("通过邮箱重置密码"),
    "second_factor.added": _l("添加双因素认证"),
    "second_factor.removed": _l("移除双因素认证"),
    "second_factor.refused": _l("双因素认证未通过"),
    "recovery_codes.renewed": _l("重新生成恢复码"),
    "partner.switched": _l("切换到该伙伴"),
    "partner.created": _l("创建伙伴"),
    "partner.changed": _l("修改伙伴信息"),
    "partner.security_changed": _l("修改安全设置"),
    "partner.suspended": _l("停用伙伴"),
    "partner.resumed": _l("恢复伙伴"),
    "member.created": _l("创建成员"),
    "member.roles_changed": _l("修改成员角色"),
    "member.director_changed": _l("设置客户经理主管"),
    "member.deactivated": _l("停用成员"),
    "member.activated": _l("启用成员"),
    "member.main_account_transferred": _l("转移主账号"),
    "role.created": _l("创建自定义角色"),
    "role.changed": _l("修改自定义角色"),
    "role.deleted": _l("删除自定义角色"),
    "user.contact_changed": _l("更正联系方式"),
    "user.revealed": _l("查看用户完整联系方式"),
    "user.password_given": _l("发放临时密码"),
    "user.second_factor_reset": _l("重置双因素认证"),
    "user.deactivated": _l("停用用户"),
    "user.reactivated": _l("启用用户"),
    "customer.associated": _l("关联客户"),
    "customer.disassociated": _l("撤销关联客户"),
    "customer.assigned": _l("分配客户经理"),
    "customer.taken_back": _l("收回客户"),
    "customer.revealed": _l("查看客户脱敏信息"),
    "customer.labelled": _l("设置客户标签"),
    "customer.remarked": _l("设置客户备注"),
    "label.created": _l("新建客户标签"),
    "label.changed": _l("修改客户标签"),
    "label.deleted": _l("删除客户标签"),
    "invitation.created": _l("邀请客户"),
    "invitation.resent": _l("重新发送客户邀请"),
    "invitation.revoked": _l("撤销客户邀请"),
    "invitation.accepted": _l("客户接受邀请"),
    "invitation.refused": _l("客户拒绝邀请"),
    "invitation.failed": _l("客户关联失败"),
    "association.asked": _l("申请变更关联"),
    "association.agreed": _l("同意变更关联"),
    "association.rejected": _l("拒绝变更关联"),
    "association.done": _l("变更关联完成"),
    "association.failed": _l("变更关联失败"),
    "association.withdrawn": _l("撤回变更关联"),
    "association.expired": _l("变更关联申请失效"),
    "association.escalated": _l("变更关联申请转厂商处理"),
    "order.paid": _l("为客户代支付订单"),
    "order.refused": _l("驳回代支付订单"),
    **delegation.VERBS,
    **limits.VERBS,
    **coupons.VERBS,
    "alert.handled": _l("处理客户预警"),
    "alert.snoozed": _l("暂缓客户预警"),
    "alert.resumed": _l("取消暂缓客户预警"),
    "alert.woken": _l("客户预警暂缓到期"),
    "funds.allocated": _l("为客户拨款"),
    "funds.reclaimed": _l("回收客户资金"),
    "funds.returned": _l("解绑回收客户资金"),
    "funds.reseller_allocated": _l("为云经销商拨款"),
    "funds.reseller_reclaimed": _l("回收云经销商资金"),
    "funds.warning_set": _l("设置余额预警"),
    "funds.recharged": _l("充值"),
    "funds.adjusted": _l("厂商调账"),
    "funds.credit_limit_set": _l("设置信用额度"),
    "view.shared": _l("共享列表视图"),
    "view.changed": _l("修改共享视图"),
    "view.unshared": _l("取消共享视图"),
    "view.deleted": _l("删除共享视图"),
    "batch.asked": _l("批量操作"),
    "batch.undone": _l("撤销批量操作"),
    "import.uploaded": _l("上传导入文件"),
    "import.asked": _l("导入数据"),
    "import.done": _l("导入关联客户"),
    "import.undone": _l("撤销导入关联客户"),
    "job.asked": _l("导出数据"),
    "job.cancelled": _l("取消任务"),
    "job.downloaded": _l("下载导出文件"),
    "notice_settings.changed": _l("修改消息设置"),
    "job.retried": _l("重试任务"),
    "job.approved": _l("通过导出审批"),
    "job.refused": _l("拒绝导出审批"),
    "job.lapsed": _l("导出审批超时失效"),
} | money.VERBS_OF_PARTNERS
# What a line of a partner's log may be about; `subject_label` says it in words.
SUBJECTS = (
    *("org.partner", "org.member", "org.role", "org.user"),
    *("customers.customer", "followups.alert", "jobs.job", "jobs.import", "billing.order"),
    *money.SUBJECTS,
    *limits.SUBJECTS,
    *("associations.invitation", "associations.associationchange"),
    *delegation.SUBJECTS,
    *coupons.SUBJECTS,
)
# What only the vendor's own log holds.
OF_VENDOR = {
    "session.refused": _l("登录失败"),
    "user.created": _l("创建用户"),
    "account.registered": _l("注册云账号"),
    "account.facts_changed": _l("修改云账号事实"),
    "account_user.added": _l("添加客户用户"),
    "account_user.changed": _l("修改客户用户"),
    "account_user.invited": _l("邀请客户用户"),
    "account_user.invitation_revoked": _l("撤销客户用户邀请"),
    "vendor_user.created": _l("创建厂商用户"),
    "account_facts.imported": _l("导入客户账号日报"),
    "resources.imported": _l("导入客户资源"),
    "orders.imported": _l("导入客户订单"),
    "order_lines.imported": _l("导入订单资源明细"),
    "consumption_file.imported": _l("导入账单文件"),
    "consumption_file.refused": _l("拒绝账单文件"),
    "consumption_day.completed": _l("标记账单数据完整"),
    "sub_account.mapped": _l("映射子账号到客户"),
    "exchange_rate.set": _l("设置汇率"),
    "figures.rebuilt": _l("重新计算消费数据"),
    "rule.changed": _l("修改预警规则"),
    "log.verified": _l("校验操作日志"),
    "ledger.checked": _l("核对账本"),
    "coupons.checked": _l("核对券账"),
    "log.trimmed": _l("清理过期操作日志"),
    "mail.requeued": _l("重新发送邮件"),
    "announcement.created": _l("起草公告"),
    "announcement.changed": _l("修改公告"),
    "announcement.published": _l("发布公告"),
    "announcement.withdrawn": _l("撤回公告"),
    **coupons.VERBS_OF_VENDOR,
} | money.VERBS_OF_VENDOR
VERBS = OF_PARTNERS | OF_VENDOR

# Which fields are personal, and by which mask (core/masking.py) they are written and shown. The
# log keeps no more than the mask shows, so nothing can be revealed here: the lists do that.
# Names of members and of vendor staff (manager, director …) are shown: they say who did what.
PERSONAL = {
    "account_name": "name",
    "contact": "name",
    "contact_name": "name",
    "customer_name": "name",
    "email": "email",
    "name": "name",
    "phone": "phone",
}
# Which fields name other customers than the one that the line is about.
OF_OTHERS = frozenset({"customers"})

_MASKED = {
    "name": _l("客户名称"),
    "phone": _l("移动电话"),
    "email": _l("邮箱"),
    "all": _l("全部"),
    "contact": _l("联系方式"),
}
_KINDS = {kind: its.label for kind, its in KINDS.items()}
_WORDS: Mapping[str, Mapping[str, Any]] = {
    "colour": {
        "grey": _l("灰色"),
        "blue": _l("蓝色"),
        "green": _l("绿色"),
        "amber": _l("橙色"),
        "red": _l("红色"),
        "purple": _l("紫色"),
    },
    "column": _MASKED,
    "columns": _MASKED,
    "list": {
        "customers": _l("客户管理"),
        "reseller_customers": _l("云经销商的客户"),
        "customer_detail": _l("客户详情"),
        "assign_customers": _l("客户分配"),
        "assignments": _l("客户分配记录"),
        "adjustments": _l("调账记录"),
        "alerts_to_handle": _l("处理预警"),
        "alerts": _l("查看预警"),
        "reseller_alerts": _l("云经销商的客户预警"),
        "customer_alerts": _l("客户的预警"),
        "consumption": _l("消费汇总"),
        "reseller_consumption": _l("云经销商的客户：消费汇总"),
        "charges": _l("消费明细"),
        "reseller_charges": _l("云经销商的客户：消费明细"),
        "arrears": _l("欠费客户"),
        "orders": _l("客户订单"),
        "orders_waiting": _l("待付订单"),
        "purchases": _l("代客下单"),
        "order_lines": _l("订单资源明细"),
        "reseller_order_lines": _l("云经销商的客户：订单资源明细"),
        "customer_orders": _l("客户的订单"),
        "resources": _l("包年/包月资源"),
        "resources_on_demand": _l("按需资源"),
        "customer_resources": _l("客户的资源"),
        "activity": _l("操作日志"),
        "notifications": _l("站内信"),
        "jobs": _l("任务中心"),
        "association_changes": _l("关联关系操作记录"),
        "authorizations": _l("客户授权"),
        "proxy_actions": _l("代客操作记录"),
        "freeze_records": _l("冻结记录"),
        "reseller_freeze_records": _l("云经销商的客户的冻结记录"),
        "budget_records": _l("预算调整记录"),
        "reseller_budget_records": _l("云经销商的客户的预算调整记录"),
        "admin": _l("厂商工作台"),
        **money.WORDS["list"],
        **coupons.WORDS["list"],
    },
    "coupon_kind": coupons.WORDS["coupon_kind"],
    "quota_state": coupons.WORDS["quota_state"],
    "order_types": coupons.WORDS["order_types"],
    "invoice_state": money.WORDS["invoice_state"],
    "settlement_state": money.WORDS["settlement_state"],
    "change": {"switch": _l("切换关联类型"), "leave": _l("解除关联")},
    **delegation.WORDS,
    **limits.WORDS,
    "channel": {"email": _l("邮件邀请"), "link": _l("链接与二维码")},
    "type": {"referral": _l("顾问销售"), "resale": _l("代售"), "postpaid": _l("转售")},
    "roles": {code: preset.label for code, preset in PRESETS.items()},
    "permissions": LABELS,
    "kind": dict(Partner.Kind.choices),
    "kinds": dict(Partner.Kind.choices),
    "level": {"normal": _l("普通"), "important": _l("重要")},
    "vendor_role": dict(VendorRole.choices),
    "factors": {"totp": _l("验证器"), "webauthn": _l("通行密钥"), "recovery_codes": _l("恢复码")},
    "language": dict(settings.LANGUAGES),
    "mail_daily": _KINDS,
    "mail_now": _KINDS,
    "mail_off": _KINDS,
    "money": {"cash": _l("充值账户"), "credit": _l("信用账户")},
    "state": {"pending": _l("待处理"), "handled": _l("已处理")},
    "outcome": {
        "lost": _l("已流失"),
        "not_lost": _l("未流失"),
        "renewed": _l("已续费"),
        "unsubscribed": _l("已退订"),
        "informed": _l("客户已知悉"),
        "false_alarm": _l("误报"),
    },
}
_MANY = 5  # values of a list that are spelled out


def label(verb: str) -> str:
    """The verb in words; one that is no longer recorded shows as itself."""
    return str(VERBS.get(verb, verb))


def subject_label(subject_type: str) -> str:
    """`org.member` → 组织成员."""
    if not subject_type:
        return ""
    try:
        return str(apps.get_model(subject_type)._meta.verbose_name)
    except LookupError:
        return subject_type


def masked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as anybody may read them; what is masked already stays as it is."""
    return {key: _masked(key, value) for key, value in values.items()}


def _masked(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return masked(value)
    if isinstance(value, list | tuple):
        return [_masked(key, each) for each in value]
    if key in PERSONAL and isinstance(value, str) and STARS not in value:
        return MASKS[PERSONAL[key]](value)
    return value


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], *, hidden: Collection[str] = ()
) -> list[tuple[str, str, str]]:
    """(what, before, after) in words, masked, in the order in which they were recorded.

    Args:
        hidden: fields that this reader does not get.
    """
    before, after = masked(before), masked(after)
    keys = [key for key in dict.fromkeys([*before, *after]) if key not in hidden]
    return [(str(FIELDS.get(k, k)), _in_words(k, before), _in_words(k, after)) for k in keys]


def summary(
    before: Mapping[str, Any], after: Mapping[str, Any], *, hidden: Collection[str] = ()
) -> str:
    """All changes in one line: `角色：客户经理 → 财务；…`."""
    lines = []
    for what, old, new in changes(before, after, hidden=hidden):
        said = f"{old} → {new}" if old and new else old or new
        lines.append(_("%(what)s：%(said)s") % {"what": what, "said": said or "—"})
    return _("；").join(lines)


def _in_words(key: str, values: Mapping[str, Any]) -> str:
    return _spelled(key, values[key]) if key in values else ""


def _spelled(key: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return _("；").join(
            _("%(what)s：%(said)s") % {"what": FIELDS.get(k, k), "said": _spelled(k, v)}
            for k, v in value.items()
        )
    if isinstance(value, Iterable) and not isinstance(value, str):
        return _list([_spelled(key, each) for each in value])
    return str(_WORDS.get(key, {}).get(value, value))


def _list(words: list[str]) -> str:
    if len(words) <= _MANY:
        return _("、").join(words) or "—"
    return _("%(some)s 等 %(n)d 项") % {"some": _("、").join(words[:_MANY]), "n": len(words)}
