"""What carries out requests on resources: a cloud, chosen by settings, or the local one."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from core import tenancy
from core.refusals import Refused

from ..services.resources import change_resource


class OfResource(Protocol):
    """What is carried out names its resource: a request, or what a freeze releases."""

    @property
    def resource_id(self) -> int: ...


class Unreachable(Exception):
    """The cloud did not answer: the request is tried again."""


@dataclass(frozen=True)
class Order:
    """A request as a cloud needs it. `key` is the same for every attempt: it is done once."""

    key: str
    kind: str
    account: str
    resource: str
    parameters: dict[str, Any]


class ResourceGateway(Protocol):
    def carry_out(self, order: Order, request: OfResource, *, at: datetime) -> str:
        """Do it, once for each key, and say in a sentence what became of it.

        Raises Refused where the cloud says no, Unreachable where it may be tried again.
        """


class LocalGateway:
    """Without a cloud: the resource's own row is changed, and the daily file has the last word."""

    def carry_out(self, order: Order, request: OfResource, *, at: datetime) -> str:
        with tenancy.vendor():
            return change_resource(
                request.resource_id, order.kind, order.parameters, key=order.key, at=at
            )


@cache
def _of(path: str) -> ResourceGateway:
    return import_string(path)()


def gateway() -> ResourceGateway:
    return _of(settings.RESOURCE_GATEWAY)


__all__ = ["LocalGateway", "Order", "Refused", "ResourceGateway", "Unreachable", "gateway"]
