"""Pages of alerts. What may be done, services.py decides; what is listed, lists.py says."""

import json
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activity import verbs
from activity.models import Activity
from core import clock
from core.htmx import wants_part
from core.refusals import NotAllowed
from customers.services import decide_see_resellers
from customers.views import load_customer
from org.gate import requires
from org.models import Member
from org.permissions import CUSTOMERS_VIEW_RESELLERS, FOLLOWUPS_HANDLE, FOLLOWUPS_VIEW

from . import rules, services, texts
from .forms import HandleForm, SnoozeForm
from .lists import CustomerAlertList, HandleList, ResellerViewList, ViewList
from .models import Alert


@requires(FOLLOWUPS_HANDLE)
def handle_list(request: Any) -> HttpResponse:
    return HandleList(request).respond()


@requires(FOLLOWUPS_VIEW)
def view_list(request: Any) -> HttpResponse:
    return ViewList(request).respond()


@requires(FOLLOWUPS_VIEW, reach_resellers=True)
def reseller_view_list(request: Any) -> HttpResponse:
    if not (decision := decide_see_resellers(request.member)):
        raise NotAllowed(decision)
    return ResellerViewList(request).respond()


@requires(FOLLOWUPS_VIEW)
def customer_alerts(request: Any, pk: int) -> HttpResponse:
    """预警 of one customer, as its page's tab."""
    return CustomerAlertList(request, load_customer(request.member, pk)).respond()


@requires(FOLLOWUPS_VIEW, reach_resellers=True)
def alert_detail(request: Any, pk: int) -> HttpResponse:
    """One alert; in the drawer of a list (`?drawer=1`) or as a page of its own."""
    alert = load_alert(request.member, pk)
    form = HandleForm(alert=alert, at=clock.now())
    return _detail(request, alert, form)


@require_POST
@requires(FOLLOWUPS_HANDLE, max_body=rules.MAX_BODY)
def handle_alert(request: Any, pk: int) -> HttpResponse:
    """处理: one record, made by the sole owner."""
    alert = get_object_or_404(_alerts().visible_to(request.member), pk=pk)
    if not (decision := services.decide_handle(alert, request.member)):
        raise NotAllowed(decision)
    form = HandleForm(request.POST, request.FILES, alert=alert, at=clock.now())
    if not request.htmx and not alert.is_pending:
        return _detail(request, alert, form, status=409)  # a stale tab keeps what was typed
    if not form.is_valid():
        return _detail(request, alert, form, status=422)
    services.handle_alert(alert, form.said, by=request.member, at=clock.now())
    return _done(request, _("预警已处理。"))


@require_POST
@requires(FOLLOWUPS_HANDLE)
def snooze_alert(request: Any, pk: int) -> HttpResponse:
    """稍后处理."""
    alert = get_object_or_404(_alerts().visible_to(request.member), pk=pk)
    if not (decision := services.decide_handle(alert, request.member)):
        raise NotAllowed(decision)
    form = SnoozeForm(request.POST, today=clock.today())
    if not form.is_valid():
        handling = HandleForm(alert=alert, at=clock.now())
        return _detail(request, alert, handling, status=422, snooze_form=form)
    services.snooze_alert(alert, form.day, by=request.member, at=clock.now())
    return _done(request, _("预警已暂缓，到时会重新出现在待处理中。"))


@require_POST
@requires(FOLLOWUPS_HANDLE)
def resume_alert(request: Any, pk: int) -> HttpResponse:
    """取消暂缓."""
    alert = get_object_or_404(_alerts().visible_to(request.member), pk=pk)
    services.resume_alert(alert, by=request.member, at=clock.now())
    return _done(request, _("预警已恢复为待处理。"))


@requires(FOLLOWUPS_VIEW, reach_resellers=True)
def attachment(request: Any, pk: int, file: int) -> Any:
    """A file of a handling, for whoever may read the alert: always a download, never a page."""
    alert = load_alert(request.member, pk)
    handling = getattr(alert, "handling", None)
    found = get_object_or_404(handling.attachments, pk=file) if handling else None
    if found is None or not found.file.storage.exists(found.file.name):
        raise Http404
    response = FileResponse(
        found.file.open(),
        as_attachment=True,
        filename=found.name,
        content_type=found.content_type,
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def load_alert(member: Member, pk: int) -> Alert:
    """The alert if this member may read it, else 404."""
    own = _alerts().visible_to(member).filter(pk=pk).first()
    if own:
        return own
    if not member.may(CUSTOMERS_VIEW_RESELLERS):
        raise Http404
    return get_object_or_404(_alerts().visible_to(member, resellers=True), pk=pk)


def _alerts() -> Any:
    return Alert.objects.select_related(
        "customer__account_manager__user", "partner", "rule", "handling__handled_by__user"
    )


def _detail(
    request: Any, alert: Alert, form: HandleForm, status: int = 200, **more: Any
) -> HttpResponse:
    decision = services.decide_handle(alert, request.member)
    is_own = alert.partner_id == request.member.partner_id
    request.belongs_to = f"followups:{'handle' if is_own and decision else 'view'}_list"
    context = {
        "alert": alert,
        "form": form,
        "title": texts.title(alert.scenario, alert.facts),
        "facts": texts.details(alert.scenario, alert.facts),
        "decision": decision,
        "is_own": is_own,
        "in_drawer": wants_part(request),
        "snooze_form": SnoozeForm(today=clock.today()),
        "history": _history(alert) if is_own else (),
        **more,
    }
    part = "#detail" if wants_part(request) else ""
    return render(request, f"followups/alert_detail.html{part}", context, status=status)


def _history(alert: Alert) -> list[dict[str, Any]]:
    """What was done with the alert, as the log has it; newest first."""
    lines = Activity.objects.about_customer(alert.partner_id, alert.customer_id)
    own = lines.filter(subject_type=alert._meta.label_lower, subject_id=alert.pk)
    return [
        {
            "what": verbs.label(line.verb),
            "who": line.user.name if line.user else _("系统"),
            "at": line.at,
            "changes": verbs.summary(line.before, line.after),
        }
        for line in own.select_related("user").order_by("-at", "-pk")[:20]
    ]


def _done(request: Any, said: str) -> HttpResponse:
    """The drawer closes, the list below it and whoever else shows alerts ask again."""
    if not request.htmx:
        messages.success(request, said)
        return redirect("followups:handle_list")
    events = {
        "toast": {"target": "body", "text": said},
        "drawer-close": {"target": "body"},
        "alerts-changed": {"target": "body"},
    }
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})
