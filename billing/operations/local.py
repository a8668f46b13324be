"""The gateway without a cloud: our own rows are changed, and the daily file has the last word."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from core import tenancy
from core.clock import day_of
from core.formats import money
from core.refusals import Refused

from ..models import Resource, Service
from ..orders import announce
from ..orders import services as orders
from ..orders.models import Order as CustomerOrder
from ..services.resources import change_resource
from .gateway import Done, Offer, OfResource, Order
from .kinds import Kind
from .models import ResourceRequest
from .rules import ON_DEMAND

# provider, service, specification, CNY a month; the setting LOCAL_OFFERS says others.
_USUAL = (
    ("示例云", "弹性云服务器 ECS", "2核 4G", "168.00"),
    ("示例云", "弹性云服务器 ECS", "4核 8G", "336.00"),
    ("示例云", "云硬盘 EVS", "高IO 100G", "35.00"),
    ("示例云", "弹性公网IP EIP", "5M 带宽", "125.00"),
)


class LocalGateway:
    def offers(self) -> Sequence[Offer]:
        listed = settings.LOCAL_OFFERS or _USUAL
        return [
            Offer("/".join(names), names[0], names[1], names[2], Decimal(price))
            for *names, price in listed
        ]

    def price(self, offer: Offer, quantity: int, months: int) -> Decimal:
        return offer.list_price * quantity * months

    def carry_out(self, order: Order, request: OfResource, *, at: datetime) -> Done:
        with tenancy.vendor():
            if isinstance(request, ResourceRequest):
                if order.kind == Kind.ORDER:
                    return self._place(order, request, at)
                if order.kind == Kind.CANCEL:
                    return self._cancel(request, at)
            assert request.resource_id  # everything else is done to one
            changed = (request.resource_id, order.kind, order.parameters)
            return Done(change_resource(*changed, key=order.key, at=at))

    def _place(self, order: Order, request: ResourceRequest, at: datetime) -> Done:
        """Yearly and monthly: an unpaid order. On demand: the resources, at once."""
        if order.parameters["months"] == ON_DEMAND:
            return self._open(order, request, at)
        said, number = order.parameters, f"DK{request.pk:012d}"
        unpaid = {
            "number": number,
            "customer_number": order.account,
            "status": CustomerOrder.Status.UNPAID.value,
            "type": CustomerOrder.Type.NEW.value,
            "source": CustomerOrder.Source.AGENT.value,
            "provider": said["provider"],
            "service": said["service"],
            "official_amount": Decimal(said["price"]),
            "amount": Decimal(said["price"]),
            "created_at": request.asked_at,
            "proxy_asked_at": request.asked_at if said["by_partner"] else None,
        }
        taken = orders.take_orders([unpaid], by=None, at=at)
        if taken.errors.count:
            raise Refused(taken.errors.first[0].reason)
        words = {"number": number, "amount": money(Decimal(said["price"]))}
        return Done(_("已下单，订单号 %(number)s，%(amount)s 元待支付") % words, number)

    def _open(self, order: Order, request: ResourceRequest, at: datetime) -> Done:
        said = order.parameters
        service, _made = Service.objects.get_or_create(
            provider=said["provider"], name=said["service"]
        )
        for n in range(1, said["quantity"] + 1):
            Resource.objects.get_or_create(
                customer_id=request.customer_id,
                number=f"{order.key}-{n}",
                defaults={
                    "partner_id": request.partner_id,
                    "name": said["spec"],
                    "service": service,
                    "list_price": Decimal(said["list_price"]),
                    "created_on": day_of(at),
                },
            )
        return Done(_("已开通 %(n)d 个按需资源") % {"n": said["quantity"]})

    def _cancel(self, request: ResourceRequest, at: datetime) -> Done:
        found = CustomerOrder.objects.lock(request.order_id)
        if found.status != CustomerOrder.Status.CANCELLED:
            if said := found.why_not_cancelled:
                raise Refused(said)
            found.mark_cancelled()
            announce.close_if_none_waits(found.partner_id, at=at)
        return Done(_("订单 %(number)s 已取消") % {"number": found.number})
