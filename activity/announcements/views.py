from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core import clock
from org.gate import requires

from .models import Announcement
from .services import as_html, read_announcement


@requires()
@require_safe
def announcement_detail(request: Any, pk: int) -> HttpResponse:
    """The text. Who has it on the screen has read it."""
    announcement = _load(request, pk)
    if request.method == "GET":
        read_announcement(announcement, by=request.member, at=clock.now())
    context = {"announcement": announcement, "body": as_html(announcement.said_body)}
    return render(request, "activity/announcement.html", context)


@requires()
@require_POST
def close_announcement(request: Any, pk: int) -> HttpResponse:
    """关闭 on the banner: read, and back to the page on which it stood."""
    read_announcement(_load(request, pk), by=request.member, at=clock.now())
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, None) and back.startswith("/"):
        return redirect(back)
    return redirect("activity:announcement_list")


def _load(request: Any, pk: int) -> Announcement:
    shown = Announcement.objects.visible_to(request.member).on(clock.today())
    return get_object_or_404(shown, pk=pk)
