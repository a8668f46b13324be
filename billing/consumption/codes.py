"""The codes of a charge, as the vendor numbers them (customers_coupons.md §12.3)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChargeMode(models.IntegerChoices):
    """计费模式."""

    PERIOD = 1, _("包年/包月")
    ON_DEMAND = 3, _("按需")
    RESERVED = 10, _("预留实例")
    SAVINGS_PLAN = 11, _("节省计划")


class BillType(models.IntegerChoices):
    """账单类型."""

    NEW = 1, _("消费-新购")
    RENEWAL = 2, _("消费-续订")
    CHANGE = 3, _("消费-变更")
    UNSUBSCRIPTION = 4, _("退款-退订")
    USAGE = 5, _("消费-使用")
    AUTO_RENEWAL = 8, _("消费-自动续订")
    COMPENSATION = 9, _("调账-补偿")
    SUPPORT_PLAN = 14, _("消费-服务支持计划月末扣费")
    DEDUCTION = 16, _("调账-扣费")
    MONTHLY = 18, _("消费-按月付费")
    REFUND_OF_CHANGE = 20, _("退款-变更")
    SAVINGS_PLAN = 23, _("消费-节省计划抵扣")
    REFUND_TO_ON_DEMAND = 24, _("退款-包年/包月转按需")
    ROUNDING = 25, _("调账-抹零补扣")
    YEARLY = 103, _("消费-按年付费")


REFUNDS = (BillType.UNSUBSCRIPTION, BillType.REFUND_OF_CHANGE, BillType.REFUND_TO_ON_DEMAND)


class PaymentStatus(models.IntegerChoices):
    """支付状态."""

    PAID = 1, _("已支付")
    UNCLEARED = 2, _("未结清")
    UNSETTLED = 3, _("未结算")
