"""The menu, as data: sections, groups, entries, and who may open what.

An entry shows when its page exists and the acting member may open it; a section without entries
does not show, so the menu never promises what is not built.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.templatetags.ui import address
from org import permissions as may

Label = str | Promise


@dataclass(frozen=True, eq=False)
class Entry:
    """One page of the menu.

    Args:
        icon: a name of lucide.dev.
        permission: what the acting member must hold; empty for everybody of the group.
        also: names of further pages on which this entry is the current one.
        only: the sales model whose partners have it; empty for all.
    """

    label: Label
    url_name: str
    icon: str
    permission: str = ""
    also: tuple[str, ...] = ()
    only: str = ""

    @property
    def url(self) -> str:
        """The page's address; empty while the page is not built."""
        return address(self.url_name)

    @property
    def namespace(self) -> str:
        return self.url_name.rpartition(":")[0]


@dataclass(frozen=True, eq=False)
class Group:
    """Entries that fold together; `audience` says for whom: member, vendor or person."""

    label: Label
    entries: tuple[Entry, ...]
    audience: str = "member"


@dataclass(frozen=True, eq=False)
class Section:
    """A tab of the top bar, and the menu below it."""

    label: Label
    groups: tuple[Group, ...]


_CUSTOMERS = Entry(
    _("客户管理"),
    "customers:customer_list",
    "users",
    may.CUSTOMERS_VIEW,
    also=(
        *("billing:customer_consumption", "billing:customer_orders", "billing:customer_resources"),
        *("associations:customer", "associations:ask_leave", "associations:ask_switch"),
        *("followups:customer_alerts", "funds:allocate_customer", "funds:reclaim_customer"),
        *("authorizations:customer", "authorizations:ask"),
        *("proxies:enter_to_order", "proxies:enter_to_operate"),
        *("budgets:set_budget", "freezing:freeze", "freezing:unfreeze"),
        *("budgets:set_theirs", "freezing:freeze_theirs", "freezing:unfreeze_theirs"),
        *("freezing:grant_list", "freezing:grant"),
    ),
)
_ASSIGN = Entry(_("客户分配"), "customers:assign_list", "user-check", may.CUSTOMERS_ASSIGN)
_LABELS = Entry(
    _("客户标签"),
    "customers:label_list",
    "tags",
    may.CUSTOMERS_LABELS_MANAGE,
    also=("customers:create_label", "customers:change_label", "customers:delete_label"),
)
_BILLS = Entry(_("伙伴账单"), "bills:bill_list", "receipt", may.BILLS_VIEW)
_OBLIGATIONS = Entry(
    _("开票关系"),
    "invoices:obligation_list",
    "file-symlink",
    may.INVOICES_VIEW,
    also=(
        *("invoices:reseller_obligation_list", "invoices:obligation_detail"),
        *("invoices:record_invoice", "invoices:request_invoice"),
    ),
)
_INVOICES = Entry(
    _("发票管理"),
    "invoices:invoice_list",
    "file-text",
    may.INVOICES_VIEW,
    also=("invoices:own_invoice_list", "invoices:invoice_detail", "invoices:title"),
)
_CONTRACTS = Entry(
    _("合同商务"),
    "contracts:agreement_list",
    "file-check",
    may.CONTRACTS_VIEW,
    also=("contracts:agreement", "contracts:apply", "invoices:contract"),
)
_SETTLEMENTS = Entry(_("结算记录"), "invoices:settlement_list", "handshake", may.SETTLEMENTS_VIEW)
_INVITE = Entry(
    _("邀请客户"),
    "associations:invitation_list",
    "user-plus",
    may.CUSTOMERS_INVITE,
    also=("associations:invite_by_mail", "associations:make_link", "associations:invitation"),
)
_CHANGES = Entry(
    _("关联关系操作记录"),
    "associations:change_list",
    "history",
    may.ASSOCIATIONS_VIEW,
    also=("associations:change",),
)
_ORDERS = Entry(
    _("客户订单"),
    "billing:order_list",
    "shopping-cart",
    may.ORDERS_VIEW,
    also=(
        *("billing:waiting_list", "billing:purchase_list"),
        *("billing:order_line_list", "billing:order_detail"),
    ),
)
_CONSUMPTION = Entry(
    _("客户消费"),
    "billing:summary_list",
    "chart-column",
    may.CONSUMPTION_VIEW,
    also=(
        *("billing:charge_list", "billing:arrears_list"),
        *("billing:reseller_summary_list", "billing:reseller_charge_list"),
    ),
)
_RESOURCES = Entry(
    _("客户资源"),
    "billing:resource_list",
    "server",
    may.RESOURCES_VIEW,
    also=("billing:on_demand_list",),
)
_FUNDS = Entry(
    _("资金管理"),
    "funds:statement",
    "wallet",
    may.FUNDS_VIEW,
    also=(
        *("funds:set_warning", "funds:reseller_list"),
        *("funds:allocate_reseller", "funds:reclaim_reseller"),
    ),
)
_ADJUSTMENTS = Entry(
    _("调账记录"), "funds:adjustment_list", "arrow-left-right", may.ADJUSTMENTS_VIEW
)
_BUDGETS = Entry(
    _("预算调整记录"),
    "budgets:record_list",
    "gauge",
    may.BUDGETS_VIEW,
    also=("budgets:reseller_record_list", "budgets:recipients"),
    only="postpaid",
)
_FREEZES = Entry(
    _("冻结记录"),
    "freezing:record_list",
    "snowflake",
    may.CUSTOMERS_FREEZE,
    also=("freezing:reseller_record_list",),
    only="postpaid",
)
_AUTHORIZATIONS = Entry(
    _("客户授权"),
    "authorizations:authorization_list",
    "key-round",
    may.CUSTOMERS_AUTHORIZE,
)
_PROXIES = Entry(_("代客操作记录"), "proxies:action_list", "footprints", may.ACTIVITY_VIEW)
_QUOTAS = Entry(
    _("券额度"),
    "coupons:quota_list",
    "ticket-percent",
    may.QUOTAS_VIEW,
    also=(
        *("coupons:quota_detail", "coupons:issue", "coupons:issued"),
        *("coupons:given_list", "coupons:give", "coupons:take"),
        *("coupons:whitelist_list", "coupons:whitelist"),
    ),
)
_COUPONS = Entry(
    _("已发放的券"),
    "coupons:coupon_list",
    "tickets",
    may.COUPONS_VIEW,
    also=("coupons:coupon_detail", "coupons:reclaim"),
)
_COUPON_USES = Entry(_("券使用记录"), "coupons:use_list", "receipt", may.COUPONS_VIEW)
_COUPON_RECORDS = Entry(_("券操作记录"), "coupons:record_list", "scroll", may.QUOTAS_VIEW)
_ACTIVITY_VOUCHERS = Entry(
    _("活动代金券"),
    "coupons:plan_list",
    "gift",
    may.COUPONS_VIEW,
    also=(
        *("coupons:plan_detail", "coupons:create_plan", "coupons:edit_plan", "coupons:copy_plan"),
        *("coupons:submit_plan", "coupons:withdraw_plan", "coupons:delete_plan"),
        *("coupons:promotion_list", "coupons:voucher_record_list"),
    ),
)
_CERTIFICATES = Entry(
    _("券账证书"),
    "coupons:certificate_list",
    "badge-check",
    may.QUOTAS_VIEW,
    also=("coupons:certificate",),
)
_HANDLE = Entry(_("处理预警"), "followups:handle_list", "bell-ring", may.FOLLOWUPS_HANDLE)
_VIEW = Entry(_("查看预警"), "followups:view_list", "eye", may.FOLLOWUPS_VIEW)
_LOG = Entry(_("操作日志"), "activity:activity_list", "scroll-text", may.ACTIVITY_VIEW)
_SECURITY = Entry(_("安全设置"), "org:security", "shield", may.EXPORTS_APPROVE)
_DESK = Entry(_("工作台"), "admin:index", "layout-dashboard")

SECTIONS = (
    Section(
        _("销售"),
        (
            Group(
                pgettext_lazy("复数", "客户"),
                (
                    *(_CUSTOMERS, _INVITE, _ASSIGN, _LABELS, _CHANGES),
                    *(_BUDGETS, _FREEZES, _AUTHORIZATIONS, _PROXIES),
                    *(_ORDERS, _CONSUMPTION, _RESOURCES),
                ),
            ),
            Group(
                _("券管理"),
                (
                    *(_QUOTAS, _COUPONS, _ACTIVITY_VOUCHERS),
                    *(_COUPON_USES, _COUPON_RECORDS, _CERTIFICATES),
                ),
            ),
            Group(pgettext_lazy("复数", "客户预警"), (_HANDLE, _VIEW)),
            Group(
                _("账务"),
                (
                    *(_FUNDS, _ADJUSTMENTS, _BILLS),
                    *(_OBLIGATIONS, _INVOICES, _CONTRACTS, _SETTLEMENTS),
                ),
            ),
        ),
    ),
    Section(_("权益"), ()),
    Section(_("组织"), (Group(_("审计"), (_LOG,)), Group(_("设置"), (_SECURITY,)))),
    Section(_("厂商"), (Group(_("厂商工作台"), (_DESK,), "vendor"),)),
)
# The menu of a person's own pages; it has no tab.
ACCOUNT = Section(
    _("我的账号"),
    (
        Group(
            _("我的账号"),
            (
                Entry(_("账号信息"), "org:account", "user-round"),
                Entry(_("修改密码"), "account_change_password", "key-round"),
                Entry(_("两步验证"), "mfa_index", "shield-check"),
                Entry(_("登录设备"), "usersessions_list", "monitor-smartphone"),
                Entry(_("选择伙伴"), "org:choose_partner", "building-2"),
            ),
            "person",
        ),
        Group(
            _("消息"),
            (
                Entry(_("站内信"), "activity:notification_list", "bell"),
                Entry(_("消息设置"), "activity:notice_settings", "sliders-horizontal"),
                Entry(_("公告"), "activity:announcement_list", "megaphone"),
                Entry(_("任务中心"), "jobs:job_list", "list-checks"),
            ),
        ),
    ),
)

# The customers' portal.
MY = (
    Section(
        _("我的账号"),
        (
            Group(
                _("我的合作伙伴"),
                (
                    Entry(_("我的合作伙伴"), "my:partner", "handshake"),
                    Entry(_("我的发票"), "my:invoices", "file-text"),
                    Entry(_("我的优惠券"), "my:coupon_list", "ticket"),
                    Entry(_("授权管理"), "my:authorization_list", "key-round"),
                    Entry(_("代客操作记录"), "my:action_list", "footprints"),
                    Entry(
                        _("用户管理"),
                        "my:user_list",
                        "users",
                        also=("my:invite_user", "my:user", "my:set_rights", "my:switch_user"),
                    ),
                    Entry(_("消息"), "my:notice_list", "bell"),
                ),
                "customer",
            ),
        ),
    ),
)
