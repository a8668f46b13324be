"""What is recorded and told of quotas and coupons, in words; part of verbs.py, texts.py and
kinds.py."""

from typing import Any

from django.utils.translation import gettext_lazy as _

VERBS = {
    "quota.granted": _("授予券额度"),
    "quota.limits_changed": _("调整券额度限制"),
    "quota.frozen": _("冻结券额度"),
    "quota.disabled": _("使券额度失效"),
    "quota.put_aside": _("暂停券额度待调整"),
    "quota.resumed": _("恢复券额度"),
    "quota.given": _("向云经销商发放额度"),
    "quota.taken": _("回收云经销商的额度"),
    "coupon.issued": _("发放券"),
    "coupon.reclaimed": _("回收券"),
    "coupon.returned": _("券自动回收"),
    "coupon.expired": _("券过期回收"),
    "whitelist.imported": _("导入客户白名单"),
    "voucher_plan.made": _("新建活动代金券配置"),
    "voucher_plan.changed": _("修改活动代金券配置"),
    "voucher_plan.submitted": _("提交活动代金券配置"),
    "voucher_plan.withdrawn": _("撤销活动代金券配置"),
    "voucher_plan.deleted": _("删除活动代金券配置"),
    "voucher_plan.approved": _("通过活动代金券配置"),
    "voucher_plan.refused": _("驳回活动代金券配置"),
    "voucher_plan.ended": _("活动代金券配置失效"),
}
VERBS_OF_VENDOR = {
    "promotion.published": _("发布促销活动"),
    "promotion.changed": _("修改促销活动"),
}
SUBJECTS = (
    *("coupons.quota", "coupons.coupon", "coupons.whitelistversion"),
    "coupons.voucherplan",
)
FIELDS = {
    "coupon": _("券ID"),
    "coupon_kind": _("券类型"),
    "coupons": _("张数"),
    "ends_at": _("失效时间"),
    "face": _("面值"),
    "failed": _("未能发放"),
    "limits": _("限制"),
    "order_types": _("订购类型"),
    "per_customer": _("每客户张数"),
    "plan": _("配置编号"),
    "plan_name": _("配置名称"),
    "promotion": _("促销活动"),
    "quota": _("额度编号"),
    "quota_state": _("额度状态"),
    "quotas": _("额度数"),
    "services": _("云服务类型"),
    "starts_at": _("生效时间"),
}
WORDS: dict[str, dict[str, Any]] = {
    "coupon_kind": {"voucher": _("代金券"), "cash": _("现金券"), "pickup": _("提货券")},
    "quota_state": {
        "normal": _("正常"),
        "invalid": _("失效"),
        "adjusting": _("额度调整中"),
        "frozen": _("冻结"),
        "reclaimed": _("已回收"),
    },
    "order_types": {"new": _("新购"), "renew": _("续订"), "change": _("变更")},
    "list": {
        "coupons": _("已发放的券"),
        "coupon_records": _("券操作记录"),
        "coupon_uses": _("券使用记录"),
        "voucher_records": _("活动代金券发放记录"),
    },
}
_QUOTA = ("coupons:quota_detail", ("quota",))
_PLAN = ("coupons:plan_detail", ("plan",))
TEXTS: dict[str, tuple[Any, ...]] = {
    "quota.granted": (
        _("厂商授予券额度 %(amount)s 元"),
        _("额度编号 %(number)s，可以向客户发放。"),
        *_QUOTA,
    ),
    "quota.changed": (
        _("券额度 %(number)s：%(state)s"),
        _("由厂商调整。原因：%(reason)s"),
        *_QUOTA,
    ),
    "quota.received": (
        _("总经销商发放券额度 %(amount)s 元"),
        _("额度编号 %(number)s，可以向客户发放。"),
        *_QUOTA,
    ),
    "quota.taken": (
        _("总经销商回收券额度 %(amount)s 元"),
        _("额度编号 %(number)s 不再可用，已发放的券不受影响。"),
        "coupons:quota_list",
    ),
    "quota.expiring": (
        _("券额度 %(number)s 将于 %(until)s 失效"),
        _("余额 %(amount)s 元，请及时发放。"),
        *_QUOTA,
    ),
    "voucher_plan.approved": (
        _("活动代金券配置“%(name)s”已通过"),
        _("已发放 %(coupons)s 张，共 %(amount)s 元；%(failed)s 个客户未能发放，原因见发放记录。"),
        *_PLAN,
    ),
    "voucher_plan.refused": (
        _("活动代金券配置“%(name)s”被驳回"),
        _("原因：%(reason)s"),
        *_PLAN,
    ),
}
# kind → (how 消息设置 calls it, whether it is mailed at once by default)
KINDS = {
    "quota.granted": (_("厂商授予券额度"), True),
    "quota.changed": (_("厂商调整券额度"), True),
    "quota.received": (_("总经销商发放券额度"), True),
    "quota.taken": (_("总经销商回收券额度"), True),
    "quota.expiring": (_("券额度即将失效"), False),
    "voucher_plan.approved": (_("活动代金券配置通过"), True),
    "voucher_plan.refused": (_("活动代金券配置被驳回"), True),
}
