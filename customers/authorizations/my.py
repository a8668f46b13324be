"""授权管理: what a customer lets its partner do, on its own pages under /my/."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock

from ..accounts.codes import check_code, send_code
from ..accounts.gate import requires_customer
from ..proxies.models import ProxyAction
from . import rules, services
from .forms import GrantForm, RefuseForm, RevokeForm
from .models import Authorization

SHOWN = 50
# The columns that a customer's role may read: what was done, not by whom.
_LINE = ("at", "purpose", "kind", "result", "subject", "note", "address")


@requires_customer()
@require_safe
def authorization_list(request: Any) -> HttpResponse:
    rows = Authorization.objects.visible_to(request.place).order_by("-asked_at", "-pk")
    return render(request, "my/authorization_list.html", {"authorizations": rows[:SHOWN]})


@requires_customer()
@require_safe
def action_list(request: Any) -> HttpResponse:
    """代客操作记录: what the partner did in this account, as it is done."""
    rows = ProxyAction.objects.visible_to(request.place).order_by("-at", "-pk")
    return render(request, "my/action_list.html", {"actions": rows.only("pk", *_LINE)[:SHOWN]})


def _load(request: Any, pk: int) -> Authorization:
    return get_object_or_404(Authorization.objects.visible_to(request.place), pk=pk)


@requires_customer()
@require_safe
def authorization(request: Any, pk: int) -> HttpResponse:
    return _show(request, _load(request, pk))


def _show(request: Any, found: Authorization, status: int = 200, **forms: Any) -> HttpResponse:
    needs_code = not request.has_factor
    context = {
        "authorization": found,
        "decision": request.place.decide_for_account(),
        "letter": rules.LETTERS[rules.CONSENT],
        "needs_code": needs_code,
        "grant_form": GrantForm(authorization=found, needs_code=needs_code),
        "refuse_form": RefuseForm(auto_id="refuse_%s"),
        "revoke_form": RevokeForm(needs_code=needs_code),
        **forms,
    }
    return render(request, "my/authorization.html", context, status=status)


@requires_customer(handles=True)
@require_POST
def code(request: Any, pk: int) -> HttpResponse:
    """获取验证码, by e-mail: for who has no second factor."""
    found = _load(request, pk)
    send_code(request.user, at=clock.now())
    messages.success(request, _("验证码已发送到您的邮箱，10 分钟内有效。"))
    return redirect("my:authorization", found.pk)


@requires_customer(handles=True, code=True)
@require_POST
def grant(request: Any, pk: int) -> HttpResponse:
    """同意, with the letter ticked and the person proved."""
    found, needs_code = _load(request, pk), not request.has_factor
    form = GrantForm(request.POST, authorization=found, needs_code=needs_code)
    if not form.is_valid():
        return _show(request, found, 422, grant_form=form)
    if needs_code:
        check_code(request.user, form.cleaned_data["code"])
    said = {name: form.cleaned_data[name] for name in ("scopes", "days")}
    who = {"place": request.place, "by": request.user, "at": clock.now()}
    services.grant(found, **said, **who)
    messages.success(request, _("已授权。建议开通云审计服务，以便查看伙伴的每一步操作。"))
    return redirect("my:authorization", pk)


@requires_customer(handles=True)
@require_POST
def refuse(request: Any, pk: int) -> HttpResponse:
    found, form = _load(request, pk), RefuseForm(request.POST, auto_id="refuse_%s")
    if not form.is_valid():
        return _show(request, found, 422, refuse_form=form)
    who = {"place": request.place, "by": request.user, "at": clock.now()}
    services.refuse(found, reason=form.cleaned_data["reason"], **who)
    messages.success(request, _("已拒绝，原因已告知伙伴。"))
    return redirect("my:authorization", pk)


@requires_customer(handles=True, code=True)
@require_POST
def revoke(request: Any, pk: int) -> HttpResponse:
    """撤销, at any time."""
    found, needs_code = _load(request, pk), not request.has_factor
    form = RevokeForm(request.POST, needs_code=needs_code)
    if not form.is_valid():
        return _show(request, found, 422, revoke_form=form)
    if needs_code:
        check_code(request.user, form.cleaned_data["code"])
    who = {"place": request.place, "by": request.user, "at": clock.now()}
    services.revoke(found, reason=form.cleaned_data["reason"], **who)
    messages.success(request, _("授权已撤销，伙伴不能再代您操作。"))
    return redirect("my:authorization", pk)
