"""What may be recorded of acting for customers, in words (verbs.py has the rest)."""

from django.utils.translation import gettext_lazy as _l

SUBJECTS = (
    *("customers.authorization", "customers.proxysession", "customers.proxyright"),
    "billing.resourcerequest",
)
VERBS = {
    "authorization.asked": _l("申请客户授权"),
    "authorization.cancelled": _l("取消客户授权申请"),
    "authorization.granted": _l("客户同意授权"),
    "authorization.refused": _l("客户拒绝授权"),
    "authorization.revoked": _l("客户撤销授权"),
    "authorization.lapsed": _l("客户授权失效"),
    "authorization.expired": _l("客户授权到期"),
    "letter.signed": _l("签署承诺书"),
    "proxy_right.given": _l("开通云经销商代客操作权限"),
    "proxy_right.withdrawn": _l("收回云经销商代客操作权限"),
    "proxy.entered": _l("进入客户账号"),
    "resource_request.asked": _l("代客操作资源"),
    "resource_request.retried": _l("重新执行代客操作"),
    "resource_request.given_up": _l("标记代客操作失败"),
    "proxy.left": _l("离开客户账号"),
}
FIELDS = {
    "end": _l("离开方式"),
    "letter": _l("承诺书"),
    "purpose": _l("目的"),
    "request": _l("操作"),
    "resource": _l("资源ID"),
    "months": _l("时长（月）"),
    "product": _l("产品"),
    "quantity": _l("数量"),
    "auto_renew": _l("自动续费"),
    "by_partner": _l("伙伴支付"),
    "price": _l("应付金额"),
    "scopes": _l("授权范围"),
    "version": _l("版本"),
}
WORDS = {
    "request": {
        "start": _l("启动"),
        "stop": _l("停止"),
        "renew": _l("续费"),
        "release": _l("释放"),
        "order": _l("下单"),
        "cancel": _l("取消订单"),
    },
    "letter": {"commitment": _l("代客操作承诺书"), "delegation": _l("总经销商代客操作承诺书")},
    "purpose": {"order": _l("代客下单"), "operate": _l("代客运维")},
    "scopes": {
        "view": _l("查看资源和订单"),
        "renew": _l("续费资源"),
        "order": _l("代客下单"),
        "operate": _l("启动、停止和释放资源"),
    },
    "end": {
        "back": _l("切换角色"),
        "out": _l("退出登录"),
        "idle": _l("长时间未操作"),
        "authorization": _l("授权已结束"),
        "another": _l("进入了其他客户"),
        "rights": _l("操作人权限变化"),
    },
}
