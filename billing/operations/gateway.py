"""What carries out requests on resources: a cloud, chosen by settings, or the local one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from core.refusals import Refused


class OfResource(Protocol):
    """What is carried out names its resource: a request, or what a freeze releases."""

    @property
    def resource_id(self) -> int | None: ...


class Unreachable(Exception):
    """The cloud did not answer: the request is tried again."""


@dataclass(frozen=True)
class Order:
    """A request as a cloud needs it. `key` is the same for every attempt: it is done once."""

    key: str
    kind: str
    account: str
    resource: str  # empty for what is about an order
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Offer:
    """One thing that can be ordered; `code` names it in a form."""

    code: str
    provider: str
    service: str
    spec: str
    list_price: Decimal  # CNY a month, for one
    is_marketplace: bool = False  # 云商店: nobody orders it for a customer


@dataclass(frozen=True)
class Done:
    """What became of a request, in a sentence; and the number of the order that it made.

    A cloud reports the order (orders/services.py, take_orders) before it names it here.
    """

    said: str
    order: str = ""


class ResourceGateway(Protocol):
    def offers(self) -> Sequence[Offer]:
        """What can be ordered now."""

    def price(self, offer: Offer, quantity: int, months: int) -> Decimal:
        """What so many of it cost for so many months, in CNY; asked again when it is ordered."""

    def carry_out(self, order: Order, request: OfResource, *, at: datetime) -> Done:
        """Do it, once for each key.

        Raises Refused where the cloud says no, Unreachable where it may be tried again.
        """


@cache
def _of(path: str) -> ResourceGateway:
    return import_string(path)()


def gateway() -> ResourceGateway:
    return _of(settings.RESOURCE_GATEWAY)


__all__ = ["Done", "Offer", "Order", "Refused", "ResourceGateway", "Unreachable", "gateway"]
