from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.addresses import own_address
from org.gate import requires

from . import services
from .models import Announcement


@requires()
@require_safe
def announcement_detail(request: Any, pk: int) -> HttpResponse:
    """The text. Who has it on the screen has read it."""
    announcement = _load(request, pk)
    if request.method == "GET":
        services.read_announcement(announcement, by=request.member, at=clock.now())
    context = {"announcement": announcement, "body": services.as_html(announcement.said_body)}
    return render(request, "activity/announcement.html", context)


@requires()
@require_POST
def close_announcement(request: Any, pk: int) -> HttpResponse:
    """关闭 on the banner: read, and back to the page on which it stood."""
    services.read_announcement(_load(request, pk), by=request.member, at=clock.now())
    back = own_address(request.POST.get("next", ""))
    return redirect(back or "activity:announcement_list")


@requires()
@require_POST
def read_all_announcements(request: Any) -> HttpResponse:
    """全部已读."""
    count = services.read_all_announcements(request.member, at=clock.now())
    messages.success(request, _("已将 %(n)d 条公告标为已读。") % {"n": count})
    return redirect("activity:announcement_list")


def _load(request: Any, pk: int) -> Announcement:
    shown = Announcement.objects.visible_to(request.member).on(clock.today())
    return get_object_or_404(shown, pk=pk)
