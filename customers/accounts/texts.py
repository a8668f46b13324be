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
    "account.asked_postpaid": Text(
        _("伙伴“%(partner)s”申请将关联类型切换为转售"), _UNTIL, "my:request", ("change",)
    ),
    "account.switched_postpaid": Text(
        _("您与伙伴“%(partner)s”的关联类型已切换为转售"), _SWITCHED, "my:partner"
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
TEXTS |= {
    "account.order_paid": Text(
        _("伙伴“%(partner)s”已为您支付订单 %(number)s"),
        _("金额 %(amount)s 元，由伙伴的账户支付，您无需再支付。"),
        "my:partner",
    ),
    "account.order_refused": Text(
        _("伙伴“%(partner)s”没有为您支付订单 %(number)s"),
        _("原因：%(reason)s。金额 %(amount)s 元，您可以自行支付。"),
        "my:partner",
    ),
}
_ORDERED = _("%(subject)s，订单 %(number)s，金额 %(amount)s 元。")
TEXTS |= {
    "account.ordered_to_pay": Text(
        _("伙伴“%(partner)s”在您的账号内下单，请支付"), _ORDERED, "my:action_list"
    ),
    "account.ordered_by_partner": Text(
        _("伙伴“%(partner)s”在您的账号内下单，由伙伴支付"), _ORDERED, "my:action_list"
    ),
    "account.opened_on_demand": Text(
        _("伙伴“%(partner)s”在您的账号内开通按需资源"),
        _("%(subject)s，按用量计费。"),
        "my:action_list",
    ),
    "account.order_cancelled": Text(
        _("伙伴“%(partner)s”取消了您账号内的订单 %(number)s"),
        _("订单未支付，无需处理。"),
        "my:action_list",
    ),
}
TEXTS |= {
    "account.frozen": Text(
        _("伙伴“%(partner)s”已冻结您的账号"),
        _("您暂时不能新购、续费和变更资源；已开通的资源继续运行并计费。请联系伙伴。"),
        "my:partner",
    ),
    "account.frozen_resources": Text(
        _("伙伴“%(partner)s”已冻结您的账号与资源"),
        _("所有云服务已停用。满 15 天未解冻，资源和数据将被释放，不能恢复。请尽快联系伙伴。"),
        "my:partner",
    ),
    "account.unfrozen": Text(
        _("伙伴“%(partner)s”已解冻您的账号"), _("您可以继续使用云服务。"), "my:partner"
    ),
    "account.waits_for_budget": Text(
        _("您的账号暂时冻结，等待伙伴“%(partner)s”设置预算"),
        _("伙伴设置预算并解冻后，您可以新购、续费和变更资源。"),
        "my:partner",
    ),
    "account.release_soon": Text(
        _("您的资源将于 %(until)s 释放"),
        _("账号与资源已被伙伴“%(partner)s”冻结；未解冻的，资源和数据将被释放，不能恢复。"),
        "my:partner",
    ),
    "account.resources_released": Text(
        _("您的资源已释放"),
        _("账号与资源被伙伴“%(partner)s”冻结已满 15 天。"),
        "my:partner",
    ),
}
TEXTS |= {
    "account.coupon_issued": Text(
        _("伙伴“%(partner)s”向您发放了 %(amount)s 元的券"),
        _("券ID %(number)s，有效期至 %(until)s，支付订单时即可使用。"),
        "my:coupon_list",
    ),
    "account.vouchers_issued": Text(
        _("您收到促销活动“%(promotion)s”的代金券"),
        _("伙伴“%(partner)s”为您申请，%(n)s 张，每张 %(amount)s 元，有效期至 %(until)s。"),
        "my:coupon_list",
    ),
    "account.coupon_reclaimed": Text(
        _("伙伴“%(partner)s”回收了面值 %(amount)s 元的券"),
        _("券ID %(number)s，未使用的部分不能再使用。"),
        "my:coupon_list",
    ),
    "account.coupon_expiring": Text(
        _("您有 %(amount)s 元的券即将过期"),
        _("券ID %(number)s，有效期至 %(until)s，请及时使用。"),
        "my:coupon_list",
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
