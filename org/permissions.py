"""The catalogue of permissions and preset roles: the page a security reviewer reads.

Sources: customers_coupons.md §2 (permission items), benefits_org.md §3.3 (roles).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CUSTOMERS_VIEW = "customers.view"
CUSTOMERS_VIEW_RESELLERS = "customers.view_resellers"
CUSTOMERS_ASSIGN = "customers.assign"
CUSTOMERS_REVEAL = "customers.reveal"
CUSTOMERS_LABEL = "customers.label"
CUSTOMERS_LABELS_MANAGE = "customers.manage_labels"
CUSTOMERS_REMARK = "customers.remark"
CUSTOMERS_INVITE = "customers.invite"
CUSTOMERS_AUTHORIZE = "customers.authorize"
CUSTOMERS_ORDER = "customers.order"
CUSTOMERS_OPERATE = "customers.operate"
CUSTOMERS_FREEZE = "customers.freeze"
CUSTOMERS_FREEZE_RESELLERS = "customers.freeze_resellers"
BUDGETS_VIEW = "budgets.view"
BUDGETS_SET = "budgets.set"
BUDGETS_SET_RESELLERS = "budgets.set_resellers"
ASSOCIATIONS_VIEW = "associations.view"
CONSUMPTION_VIEW = "consumption.view"
ORDERS_VIEW = "orders.view"
ORDERS_PAY = "orders.pay"
RESOURCES_VIEW = "resources.view"
FUNDS_VIEW = "funds.view"
FUNDS_ALLOCATE = "funds.allocate"
FUNDS_RECLAIM = "funds.reclaim"
ADJUSTMENTS_VIEW = "adjustments.view"
QUOTAS_VIEW = "quotas.view"
QUOTAS_GIVE = "quotas.give"
COUPONS_VIEW = "coupons.view"
COUPONS_ISSUE = "coupons.issue"
COUPONS_RECLAIM = "coupons.reclaim"
FOLLOWUPS_VIEW = "followups.view"
FOLLOWUPS_HANDLE = "followups.handle"
ACTIVITY_VIEW = "activity.view"
VIEWS_SHARE = "views.share"
EXPORTS_APPROVE = "exports.approve"
BILLS_VIEW = "bills.view"
INVOICES_VIEW = "invoices.view"
INVOICES_MANAGE = "invoices.manage"
CONTRACTS_VIEW = "contracts.view"
CONTRACTS_APPLY = "contracts.apply"
SETTLEMENTS_VIEW = "settlements.view"
SETTLEMENTS_MANAGE = "settlements.manage"

LABELS = {
    CUSTOMERS_VIEW: _("查看客户列表"),
    CUSTOMERS_VIEW_RESELLERS: _("查看云经销商的客户"),
    CUSTOMERS_ASSIGN: _("分配客户经理"),
    CUSTOMERS_REVEAL: _("查看脱敏信息"),
    CUSTOMERS_LABEL: _("设置客户标签"),
    CUSTOMERS_LABELS_MANAGE: _("管理客户标签"),
    CUSTOMERS_REMARK: _("设置客户备注"),
    CUSTOMERS_INVITE: _("邀请客户"),
    CUSTOMERS_AUTHORIZE: _("申请客户授权"),
    CUSTOMERS_ORDER: _("代客下单"),
    CUSTOMERS_OPERATE: _("代客运维"),
    CUSTOMERS_FREEZE: _("冻结和解冻客户"),
    CUSTOMERS_FREEZE_RESELLERS: _("冻结和解冻云经销商的客户"),
    BUDGETS_VIEW: _("查看客户预算和调整记录"),
    BUDGETS_SET: _("设置客户预算"),
    BUDGETS_SET_RESELLERS: _("设置云经销商客户的预算"),
    ASSOCIATIONS_VIEW: _("查看关联关系操作记录"),
    CONSUMPTION_VIEW: _("查看客户消费"),
    ORDERS_VIEW: _("查看客户订单"),
    ORDERS_PAY: _("为客户代支付订单"),
    RESOURCES_VIEW: _("查看客户资源"),
    FUNDS_VIEW: _("查看资金和收支明细"),
    FUNDS_ALLOCATE: _("拨款"),
    FUNDS_RECLAIM: _("回收资金"),
    ADJUSTMENTS_VIEW: _("查看调账记录"),
    QUOTAS_VIEW: _("查看券额度"),
    QUOTAS_GIVE: _("向云经销商发放和回收额度"),
    COUPONS_VIEW: _("查看已发放的券"),
    COUPONS_ISSUE: _("发放券"),
    COUPONS_RECLAIM: _("回收券"),
    FOLLOWUPS_VIEW: _("查看客户预警"),
    FOLLOWUPS_HANDLE: _("处理客户预警"),
    ACTIVITY_VIEW: _("查看操作日志"),
    VIEWS_SHARE: _("共享列表视图"),
    EXPORTS_APPROVE: _("审批导出"),
    BILLS_VIEW: _("查看伙伴账单"),
    INVOICES_VIEW: _("查看开票关系和发票"),
    INVOICES_MANAGE: _("索取、登记和退回发票"),
    CONTRACTS_VIEW: _("查看合同"),
    CONTRACTS_APPLY: _("申请线上合同"),
    SETTLEMENTS_VIEW: _("查看结算记录"),
    SETTLEMENTS_MANAGE: _("登记和确认结算"),
}
CATALOGUE = frozenset(LABELS)

# What a permission is of no use without comes with it: else a page would lead to a closed door.
BRINGS = {
    CUSTOMERS_VIEW_RESELLERS: {CUSTOMERS_VIEW},
    CUSTOMERS_ASSIGN: {CUSTOMERS_VIEW},
    CUSTOMERS_REVEAL: {CUSTOMERS_VIEW},
    CUSTOMERS_LABEL: {CUSTOMERS_VIEW},
    CUSTOMERS_LABELS_MANAGE: {CUSTOMERS_VIEW},
    CUSTOMERS_REMARK: {CUSTOMERS_VIEW},
    CUSTOMERS_INVITE: {CUSTOMERS_VIEW},
    CUSTOMERS_AUTHORIZE: {CUSTOMERS_VIEW},
    CUSTOMERS_ORDER: {CUSTOMERS_VIEW, CUSTOMERS_AUTHORIZE},
    CUSTOMERS_OPERATE: {CUSTOMERS_VIEW, CUSTOMERS_AUTHORIZE},
    CUSTOMERS_FREEZE: {CUSTOMERS_VIEW},
    CUSTOMERS_FREEZE_RESELLERS: {CUSTOMERS_VIEW, CUSTOMERS_VIEW_RESELLERS},
    BUDGETS_VIEW: {CUSTOMERS_VIEW},
    BUDGETS_SET: {CUSTOMERS_VIEW, BUDGETS_VIEW},
    BUDGETS_SET_RESELLERS: {CUSTOMERS_VIEW, CUSTOMERS_VIEW_RESELLERS},
    ASSOCIATIONS_VIEW: {CUSTOMERS_VIEW},
    CONSUMPTION_VIEW: {CUSTOMERS_VIEW},
    ORDERS_VIEW: {CUSTOMERS_VIEW},
    ORDERS_PAY: {CUSTOMERS_VIEW, ORDERS_VIEW},
    RESOURCES_VIEW: {CUSTOMERS_VIEW},
    FUNDS_ALLOCATE: {CUSTOMERS_VIEW},
    FUNDS_RECLAIM: {CUSTOMERS_VIEW},
    ADJUSTMENTS_VIEW: {CUSTOMERS_VIEW},
    QUOTAS_VIEW: {CUSTOMERS_VIEW},
    QUOTAS_GIVE: {CUSTOMERS_VIEW, QUOTAS_VIEW},
    COUPONS_VIEW: {CUSTOMERS_VIEW},
    COUPONS_ISSUE: {CUSTOMERS_VIEW, QUOTAS_VIEW, COUPONS_VIEW},
    COUPONS_RECLAIM: {CUSTOMERS_VIEW, COUPONS_VIEW},
    FOLLOWUPS_VIEW: {CUSTOMERS_VIEW},
    FOLLOWUPS_HANDLE: {CUSTOMERS_VIEW, FOLLOWUPS_VIEW},
    INVOICES_MANAGE: {INVOICES_VIEW},
    CONTRACTS_APPLY: {CONTRACTS_VIEW},
    SETTLEMENTS_MANAGE: {SETTLEMENTS_VIEW},
}

PARTNER_ADMIN = "partner_admin"
SYSTEM_ADMIN = "system_admin"
ACCOUNT_DIRECTOR = "account_director"
ACCOUNT_MANAGER = "account_manager"
FINANCE = "finance"


@dataclass(frozen=True)
class Preset:
    """A role that every partner has and nobody edits."""

    code: str
    label: str | Promise
    permissions: frozenset[str]


PRESETS = {
    preset.code: preset
    for preset in (
        Preset(PARTNER_ADMIN, _("主账号"), CATALOGUE),
        Preset(SYSTEM_ADMIN, _("系统管理员"), CATALOGUE - {FOLLOWUPS_HANDLE}),
        Preset(
            ACCOUNT_DIRECTOR,
            _("客户经理主管"),
            frozenset(
                {CUSTOMERS_VIEW, CUSTOMERS_ASSIGN, CUSTOMERS_REVEAL, CONSUMPTION_VIEW}
                | {CUSTOMERS_LABEL, CUSTOMERS_LABELS_MANAGE, CUSTOMERS_REMARK}
                | {CUSTOMERS_INVITE, CUSTOMERS_AUTHORIZE, ASSOCIATIONS_VIEW}
                | {CUSTOMERS_FREEZE, BUDGETS_VIEW, BUDGETS_SET}
                | {ORDERS_VIEW, RESOURCES_VIEW}
                | {FOLLOWUPS_VIEW, ACTIVITY_VIEW, VIEWS_SHARE}
            ),
        ),
        Preset(
            ACCOUNT_MANAGER,
            _("客户经理"),
            frozenset(
                {CUSTOMERS_VIEW, CUSTOMERS_REVEAL, CONSUMPTION_VIEW}
                | {CUSTOMERS_LABEL, CUSTOMERS_REMARK, CUSTOMERS_INVITE, ASSOCIATIONS_VIEW}
                | {CUSTOMERS_AUTHORIZE, CUSTOMERS_ORDER, CUSTOMERS_OPERATE, BUDGETS_VIEW}
                | {ORDERS_VIEW, RESOURCES_VIEW}
                | {FOLLOWUPS_VIEW, FOLLOWUPS_HANDLE}
            ),
        ),
        Preset(
            FINANCE,
            _("财务"),
            frozenset(
                {CUSTOMERS_VIEW, CONSUMPTION_VIEW, BILLS_VIEW, INVOICES_VIEW, INVOICES_MANAGE}
                | {CONTRACTS_VIEW, CONTRACTS_APPLY, SETTLEMENTS_VIEW, SETTLEMENTS_MANAGE}
                | {ORDERS_VIEW, ORDERS_PAY, RESOURCES_VIEW}
                | {FUNDS_VIEW, FUNDS_ALLOCATE, FUNDS_RECLAIM, ADJUSTMENTS_VIEW}
                | {BUDGETS_VIEW, BUDGETS_SET}
                | {QUOTAS_VIEW, COUPONS_VIEW}
            ),
        ),
    )
}

MAX_ROLES = 3
MAX_CUSTOM_ROLES = 10


def complete(permissions: Iterable[str]) -> frozenset[str]:
    """These permissions with what they bring."""
    held = frozenset(permissions)
    return held.union(*(BRINGS.get(permission, ()) for permission in held))


def granted(role_codes: Iterable[str], custom: Iterable[str] = ()) -> frozenset[str]:
    """The permissions of these roles together; `custom` are those of custom roles.

    A code that is no longer in the catalogue grants nothing.
    """
    preset = {p for code in role_codes if code in PRESETS for p in PRESETS[code].permissions}
    return complete(preset.union(custom)) & CATALOGUE


def roles_granting(permission: str) -> list[str]:
    """The labels of the preset roles that hold the permission, for "who can fix it"."""
    return [str(p.label) for p in PRESETS.values() if permission in p.permissions]
