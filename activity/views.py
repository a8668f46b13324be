"""站内信. The log is composed with the customers' names in partnercenter/pages/activity.py."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from org.gate import requires

from . import services, texts
from .models import Notification


@requires()
@require_POST
def open_notification(request: Any, pk: int) -> HttpResponse:
    """Mark it read and go where it leads."""
    notification = get_object_or_404(Notification.objects.visible_to(request.member), pk=pk)
    services.read_notification(notification, at=clock.now())
    told = texts.told(notification.kind, notification.params)
    return redirect(told.url or "activity:notification_list")


@requires()
@require_POST
def read_all_notifications(request: Any) -> HttpResponse:
    """全部已读."""
    count = services.read_all_notifications(request.member, at=clock.now())
    messages.success(request, _("已将 %(n)d 条站内信标为已读。") % {"n": count})
    return redirect("activity:notification_list")
