"""What is recorded and told of bills, invoices and settlements, in words; part of verbs.py,
texts.py and kinds.py."""

from typing import Any

from django.utils.translation import gettext_lazy as _

VERBS_OF_PARTNERS = {
    "invoice_title.set": _("设置发票抬头"),
    "invoice.drafted": _("保存发票申请草稿"),
    "invoice.requested": _("提交发票申请"),
    "invoice.withdrawn": _("撤销发票申请"),
    "invoice.withdrawal_asked": _("申请撤销开票"),
    "invoice.withdrawal_granted": _("同意撤销开票"),
    "invoice.withdrawal_refused": _("拒绝撤销开票"),
    "invoice.accepted": _("受理发票申请"),
    "invoice.rejected": _("驳回发票申请"),
    "invoice.issued": _("开具发票"),
    "invoice.signed": _("签收发票"),
    "invoice.return_asked": _("申请退票"),
    "invoice.returned": _("确认退票"),
    "invoice.return_refused": _("驳回退票"),
    "invoice.recorded": _("登记发票"),
    "invoice.taken_back": _("登记退票"),
    "settlement.recorded": _("登记结算"),
    "settlement.agreed": _("确认结算"),
    "settlement.disputed": _("对结算提出异议"),
    "settlement.withdrawn": _("撤销结算记录"),
    "agreement.made": _("申请线上合同"),
    "agreement.downloaded": _("下载线上合同"),
    "bill.downloaded": _("下载伙伴账单"),
    "customer_bill.downloaded": _("下载客户账单"),
    "contract.created": _("登记线下合同"),
    "contract.changed": _("修改线下合同"),
}
VERBS_OF_VENDOR = {"bills.made": _("生成伙伴账单")}
SUBJECTS = (
    *("billing.invoice", "billing.invoicetitle", "billing.settlement", "billing.contract"),
    *("billing.paymentagreement", "billing.partnerbill", "billing.obligation"),
)
FIELDS = {
    "amount": _("金额"),
    "bills": _("账单数"),
    "checksum": _("文件校验值（SHA-256）"),
    "contract": _("合同编码"),
    "name_shown": _("客户名称完整显示"),
    "invoice_number": _("发票号码"),
    "invoice_state": _("发票状态"),
    "invoice_title": _("发票抬头"),
    "is_complete": _("数据完整"),
    "month": _("账期"),
    "pays_on": _("承诺付款时间"),
    "settlement_state": _("结算状态"),
    "tax_number": _("纳税人识别号"),
}
WORDS: dict[str, dict[str, Any]] = {
    "invoice_state": {
        "draft": _("草稿"),
        "reviewing": _("待审核"),
        "issuing": _("开票中"),
        "withdrawing": _("撤销中"),
        "issuing_kept": _("开票中（撤销失败）"),
        "to_sign": _("待签收"),
        "issued": _("已开票"),
        "returning": _("退票中"),
        "issued_kept": _("已开票（退票驳回）"),
        "returned": _("已退票"),
        "withdrawn": _("已撤销"),
    },
    "settlement_state": {
        "waiting": _("待确认"),
        "agreed": _("已确认"),
        "disputed": _("有异议"),
        "withdrawn": _("已撤销"),
    },
    "list": {
        "obligations": _("开票关系"),
        "reseller_obligations": _("云经销商客户的开票关系"),
        "invoices": _("发票管理"),
        "own_invoices": _("开给客户的发票"),
    },
}
_INVOICE = ("invoices:invoice_detail", ("invoice",))
TEXTS: dict[str, tuple[Any, ...]] = {
    "bill.made": (
        _("%(month)s 的伙伴账单已生成"),
        _("应付 %(due)s 元。"),
        "bills:bill_detail",
        ("bill",),
    ),
    "invoice.rejected": (
        _("%(month)s 的发票申请被驳回"),
        _("原因：%(reason)s。申请已退回草稿。"),
        *_INVOICE,
    ),
    "invoice.issued": (_("%(month)s 的发票已开具"), _("发票号码 %(number)s。"), *_INVOICE),
    "invoice.withdrawal_granted": (_("%(month)s 的发票申请已撤销"), "", *_INVOICE),
    "invoice.withdrawal_refused": (
        _("%(month)s 的发票申请未能撤销"),
        _("原因：%(reason)s"),
        *_INVOICE,
    ),
    "invoice.returned": (
        _("%(month)s 的发票 %(number)s 已退票"),
        _("如需重开，请重新索取。"),
        *_INVOICE,
    ),
    "invoice.return_refused": (
        _("%(month)s 的发票 %(number)s 退票被驳回"),
        _("原因：%(reason)s"),
        *_INVOICE,
    ),
    "settlement.recorded": (
        _("%(name)s 登记了 %(month)s 的结算"),
        _("金额 %(amount)s 元，请确认。"),
        "invoices:settlement_list",
    ),
    "settlement.agreed": (
        _("%(name)s 确认了 %(month)s 的结算"),
        _("金额 %(amount)s 元。"),
        "invoices:settlement_list",
    ),
    "settlement.disputed": (
        _("%(name)s 对 %(month)s 的结算有异议"),
        _("原因：%(reason)s"),
        "invoices:settlement_list",
    ),
    "settlement.withdrawn": (
        _("%(name)s 撤销了 %(month)s 的结算"),
        _("金额 %(amount)s 元。"),
        "invoices:settlement_list",
    ),
}
# kind → (how 消息设置 calls it, whether it is mailed at once by default)
KINDS = {
    "bill.made": (_("伙伴账单生成"), True),
    "invoice.rejected": (_("发票申请被驳回"), True),
    "invoice.issued": (_("发票已开具"), False),
    "invoice.withdrawal_granted": (_("发票申请已撤销"), False),
    "invoice.withdrawal_refused": (_("发票申请未能撤销"), False),
    "invoice.returned": (_("发票已退票"), False),
    "invoice.return_refused": (_("退票被驳回"), True),
    "settlement.recorded": (_("结算等待我方确认"), False),
    "settlement.agreed": (_("结算已由对方确认"), False),
    "settlement.disputed": (_("结算有异议"), True),
    "settlement.withdrawn": (_("结算记录被撤销"), False),
}
