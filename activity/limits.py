"""What is recorded and told of budgets and freezing, in words; part of verbs.py, texts.py and
kinds.py."""

from typing import Any

from django.utils.translation import gettext_lazy as _

SUBJECTS = ("customers.limitgrant", "billing.budget")
VERBS = {
    "customer.frozen": _("冻结客户账号"),
    "customer.frozen_resources": _("冻结客户账号与资源"),
    "customer.unfrozen": _("解冻客户"),
    "customer.resources_released": _("释放冻结客户的资源"),
    "limit_grant.set": _("设置云经销商的预算和冻结权限"),
    "budget.set": _("设置客户预算"),
    "budget.deleted": _("删除客户预算"),
    "budget.recipients_chosen": _("设置预算提醒接收人"),
    "partner.restricted": _("伙伴受限"),
    "partner.frozen": _("冻结伙伴"),
    "partner.restored": _("恢复伙伴的经营状态"),
}
FIELDS = {
    "budget_kind": _("预算类型"),
    "budget_kinds": _("可设置的预算类型"),
    "freeze": _("冻结状态"),
    "may_freeze": _("可以冻结客户"),
    "monthly_most": _("月度预算上限（元）"),
    "on_exhaustion": _("预算用尽时"),
    "one_time_most": _("一次性预算上限（元）"),
    "recipients": _("接收人"),
    "sales_model": _("销售模式"),
    "standing": _("经营状态"),
}
_BUDGETS = {"monthly": _("月度预算"), "one_time": _("一次性预算")}
WORDS: dict[str, dict[str, Any]] = {
    "budget_kind": _BUDGETS,
    "budget_kinds": _BUDGETS,
    "freeze": {
        "normal": _("正常"),
        "account": _("账号已冻结"),
        "resources": _("账号与资源已冻结"),
        "released": _("资源已释放"),
    },
    "on_exhaustion": {"manual": _("手动处理"), "freeze": _("自动冻结账号")},
    "sales_model": {"resale": _("代售"), "postpaid": _("转售")},
    "standing": {"normal": _("正常"), "restricted": _("受限"), "frozen": _("冻结")},
}
# kind → what 消息设置 calls it, and whether it is mailed at once by default.
KINDS = {
    "customer.frozen": (_("客户账号冻结"), True),
    "customer.frozen_resources": (_("客户账号与资源冻结"), True),
    "customer.unfrozen": (_("客户解冻"), False),
    "customer.release_soon": (_("冻结客户的资源即将释放"), True),
    "customer.resources_released": (_("冻结客户的资源已释放"), True),
    "customer.waits_for_budget": (_("新转售客户等待设置预算"), True),
    "customers.frozen": (_("批量冻结我的客户"), False),
    "customers.unfrozen": (_("批量解冻我的客户"), False),
    "budget.at_75": (_("客户预算使用超过 75%"), True),
    "budget.at_90": (_("客户预算使用超过 90%"), True),
    "budget.at_100": (_("客户预算用尽"), True),
    "budget.reseller_at_100": (_("云经销商的客户预算用尽"), True),
    "limit_grant.set": (_("总经销商修改预算和冻结权限"), True),
    "partner.restricted": (_("贵公司受限"), True),
    "partner.frozen": (_("贵公司冻结"), True),
    "partner.restored": (_("贵公司的经营状态恢复正常"), True),
}
_CUSTOMER = ("customers:customer_detail", ("customer",))
_BUDGET = _("已使用 %(used)s 元，预算 %(amount)s 元。")
TEXTS = {
    "customer.frozen": (_("客户 %(number)s 的账号已冻结"), _("原因：%(reason)s"), *_CUSTOMER),
    "customer.frozen_resources": (
        _("客户 %(number)s 的账号与资源已冻结"),
        _("原因：%(reason)s。满 15 天未解冻，资源将被释放。"),
        *_CUSTOMER,
    ),
    "customer.unfrozen": (_("客户 %(number)s 已解冻"), _("原因：%(reason)s"), *_CUSTOMER),
    "customer.release_soon": (
        _("客户 %(number)s 的资源将于 %(until)s 释放"),
        _("账号与资源冻结满 15 天后资源被释放，不能恢复；如需保留请先解冻。"),
        *_CUSTOMER,
    ),
    "customer.resources_released": (
        _("客户 %(number)s 的资源已释放"),
        _("账号与资源冻结已满 15 天。"),
        *_CUSTOMER,
    ),
    "customer.waits_for_budget": (
        _("客户 %(number)s 已关联，账号冻结，等待设置预算"),
        _("设置预算并解冻后，客户才能新购、续费和变更资源。"),
        *_CUSTOMER,
    ),
    "customers.frozen": (_("您的 %(n)s 个客户已批量冻结"), "", "freezing:record_list"),
    "customers.unfrozen": (_("您的 %(n)s 个客户已批量解冻"), "", "freezing:record_list"),
    "budget.at_75": (_("客户 %(number)s 的预算使用超过 75%%"), _BUDGET, *_CUSTOMER),
    "budget.at_90": (_("客户 %(number)s 的预算使用超过 90%%"), _BUDGET, *_CUSTOMER),
    "budget.at_100": (
        _("客户 %(number)s 的预算已用尽"),
        _("已使用 %(used)s 元，预算 %(amount)s 元。请调整预算，或冻结账号。"),
        *_CUSTOMER,
    ),
    "budget.reseller_at_100": (
        _("云经销商“%(reseller)s”的客户 %(number)s 的预算已用尽"),
        _(
            "已使用 %(used)s 元，预算 %(amount)s 元。该云经销商没有设置预算的权限，"
            "请调整预算，或冻结账号。"
        ),
        "customers:reseller_customer_list",
    ),
    "limit_grant.set": (
        _("总经销商修改了贵公司的预算和冻结权限"),
        _("新的权限立即生效；已设置的预算保留。"),
        "customers:customer_list",
    ),
    "partner.restricted": (
        _("贵公司已被厂商设为受限"),
        _("原因：%(reason)s。转售客户暂时不能新购、续费和变更资源。"),
        "customers:customer_list",
    ),
    "partner.frozen": (
        _("贵公司已被厂商冻结"),
        _(
            "原因：%(reason)s。转售客户的账号与资源随之冻结；期间不能发展转售客户、"
            "与其解除关联或解冻其资源。"
        ),
        "customers:customer_list",
    ),
    "partner.restored": (
        _("贵公司的经营状态已恢复正常"),
        _("原因：%(reason)s。转售客户立即恢复；贵公司自己设置的冻结不变。"),
        "customers:customer_list",
    ),
}
