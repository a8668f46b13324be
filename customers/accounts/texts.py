"""What notices to customers say. A row holds kind and parameters; the words are made when read."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from activity.texts import Text, Told, say

_UNTIL = _("请在 %(until)s 前处理，逾期自动失效。")
_SWITCHED = _("合同、发票和付款方随之变化，详情见“我的合作伙伴”。")
TEXTS = {
    "account.associated": Text(
        _("您已与伙伴“%(partner)s”建立关联"),
        _("您可以在“我的合作伙伴”查看伙伴信息和关联类型。"),
        "my:partner",
    ),
    "account.asked_resale": Text(
        _("伙伴“%(partner)s”申请将关联类型切换为代售"), _UNTIL, "my:request", ("change",)
    ),
    "account.asked_referral": Text(
        _("伙伴“%(partner)s”申请将关联类型切换为顾问销售"), _UNTIL, "my:request", ("change",)
    ),
    "account.asked_leave": Text(
        _("伙伴“%(partner)s”申请解除与您的关联"), _UNTIL, "my:request", ("change",)
    ),
    "account.switched_resale": Text(
        _("您与伙伴“%(partner)s”的关联类型已切换为代售"), _SWITCHED, "my:partner"
    ),
    "account.switched_referral": Text(
        _("您与伙伴“%(partner)s”的关联类型已切换为顾问销售"), _SWITCHED, "my:partner"
    ),
    "account.left": Text(
        _("您与伙伴“%(partner)s”的关联已解除"),
        _("资源继续运行，费用由您的云账号支付，请及时添加支付方式。"),
        "my:partner",
    ),
    "account.rejected": Text(
        _("与伙伴“%(partner)s”的关联申请已被拒绝"),
        _("原因：%(reason)s"),
        "my:request",
        ("change",),
    ),
    "account.expired": Text(
        _("伙伴“%(partner)s”的关联申请已失效"),
        _("在期限内没有处理，关联保持不变。"),
        "my:request",
        ("change",),
    ),
    "account.withdrawn": Text(
        _("与伙伴“%(partner)s”的关联申请已撤回"), _("关联保持不变。"), "my:request", ("change",)
    ),
    "account.failed": Text(
        _("与伙伴“%(partner)s”的关联申请未能完成"), _("%(reason)s"), "my:request", ("change",)
    ),
    "account.escalated": Text(
        _("伙伴“%(partner)s”没有按时处理您的解除关联申请"),
        _("申请已转由厂商处理，结果会另行通知。"),
        "my:request",
        ("change",),
    ),
}
_GRANTS = ("my:authorization", ("authorization",))
TEXTS |= {
    "account.authorization_asked": Text(
        _("伙伴“%(partner)s”申请代客操作的授权"),
        _("请在 %(answer_by)s 前处理，逾期自动失效。"),
        *_GRANTS,
    ),
    "account.authorization_extension": Text(
        _("伙伴“%(partner)s”申请延长代客操作的授权"),
        _("请在 %(answer_by)s 前处理，逾期自动失效。"),
        *_GRANTS,
    ),
    "account.authorization_granted": Text(
        _("您已授权伙伴“%(partner)s”代客操作"),
        _("到期日期：%(until)s。您可以随时撤销；建议开通云审计服务，以便查看伙伴的每一步操作。"),
        *_GRANTS,
    ),
    "account.authorization_cancelled": Text(
        _("伙伴“%(partner)s”取消了授权申请"), _("无需处理。"), *_GRANTS
    ),
    "account.authorization_lapsed": Text(
        _("对伙伴“%(partner)s”的授权已失效"), _("原因：%(reason)s"), *_GRANTS
    ),
    "account.authorization_expired": Text(
        _("对伙伴“%(partner)s”的授权已到期"), _("伙伴不能再代您操作。"), *_GRANTS
    ),
}
_PEOPLE = "my:user_list"
TEXTS |= {
    "account.user_joined": Text(
        _("“%(name)s”已成为贵公司云账号的用户"), _("主用户可以在“用户管理”修改其权限。"), _PEOPLE
    ),
    "account.user_rights": Text(
        _("“%(name)s”在贵公司云账号的权限已修改"), _("从下一次操作起生效。"), _PEOPLE
    ),
    "account.user_off": Text(
        _("“%(name)s”已不能代表贵公司云账号"), _("主用户可以重新启用。"), _PEOPLE
    ),
    "account.user_on": Text(_("“%(name)s”可以重新代表贵公司云账号"), "", _PEOPLE),
}
_UNKNOWN = Text(_("系统通知"))


def told(kind: str, params: Mapping[str, Any]) -> Told:
    return say(TEXTS.get(kind, _UNKNOWN), params)
