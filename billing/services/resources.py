"""Changing a resource between two daily reports."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.clock import day_of
from core.refusals import Refused

from ..models import Resource
from ..operations.kinds import Kind
from ..operations.rules import renewed_until


def change_resource(
    pk: int, kind: str, parameters: dict[str, Any], *, key: str, at: datetime
) -> str:
    """启动, 停止, 续费 or 释放, once for each key; what it came to, in a sentence. Raises Refused.

    The last key stands on the row: a second attempt of the same request changes nothing.
    """
    resource = Resource.objects.select_for_update(no_key=True).get(pk=pk)
    said = check_change(resource, kind) if resource.last_request != key else ""
    if said:
        raise Refused(said)
    if resource.last_request != key:
        _apply(resource, kind, parameters, at)
        resource.last_request = key
        resource.save(
            update_fields=["is_stopped", "expires_on", "state", "released_on", "last_request"]
        )
    if kind == Kind.RENEW:
        return _("已续费至 %(day)s") % {"day": resource.expires_on}
    return _("已完成")


def check_change(resource: Resource, kind: str) -> str:
    """Why this cannot be done to the resource as it is; empty when it can."""
    if resource.state == Resource.State.RELEASED:
        return _("资源已释放")
    if kind == Kind.START and not resource.is_stopped:
        return _("资源正在运行")
    if kind == Kind.STOP and resource.is_stopped:
        return _("资源已停止")
    if kind == Kind.RENEW and resource.expires_on is None:
        return _("按需资源不需要续费")
    return ""


def _apply(resource: Resource, kind: str, parameters: dict[str, Any], at: datetime) -> None:
    if kind in (Kind.START, Kind.STOP):
        resource.is_stopped = kind == Kind.STOP
    elif kind == Kind.RENEW and resource.expires_on:
        start = max(resource.expires_on, day_of(at))
        resource.expires_on = renewed_until(start, int(parameters["months"]))
        resource.state = Resource.State.ACTIVE
    else:
        resource.state, resource.released_on = Resource.State.RELEASED, day_of(at)
