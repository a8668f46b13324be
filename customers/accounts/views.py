"""The customer's own pages: sign-in, choice of account, notices."""

from typing import Any

from allauth.account.views import LoginView
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.access import public
from core.addresses import own_address

from .gate import ACTING_ACCOUNT, SEVERAL_ACCOUNTS, requires_customer
from .models import AccountNotice, AccountUser
from .texts import told

SHOWN = 50


class SignInView(LoginView):
    template_name = "my/sign_in.html"


sign_in = public(SignInView.as_view())


@requires_customer(acting=False)
@require_safe
def choose_account(request: Any) -> HttpResponse:
    """选择云账号: for people who act for several; who has none learns whom to ask."""
    places = AccountUser.objects.visible_to(request.user).order_by("cloud_account__name", "pk")
    context = {"places": places, "next": own_address(request.GET.get("next", ""))}
    return render(request, "my/choose_account.html", context)


@requires_customer(acting=False)
@require_POST
def switch_account(request: Any, pk: int) -> HttpResponse:
    place = get_object_or_404(AccountUser.objects.visible_to(request.user), cloud_account_id=pk)
    request.session[ACTING_ACCOUNT] = place.cloud_account_id
    request.session[SEVERAL_ACCOUNTS] = True
    return HttpResponseRedirect(own_address(request.POST.get("next", "")) or reverse("my:partner"))


@requires_customer()
@require_safe
def notice_list(request: Any) -> HttpResponse:
    """消息: the newest; older ones have had their time."""
    notices = AccountNotice.objects.visible_to(request.place).order_by("-created_at", "-pk")
    shown = [
        {"pk": n.pk, "at": n.created_at, "read": n.read_at, "said": told(n.kind, n.params)}
        for n in notices[:SHOWN]
    ]
    return render(request, "my/notice_list.html", {"notices": shown})


@requires_customer()
@require_POST
def open_notice(request: Any, pk: int) -> HttpResponse:
    notice = get_object_or_404(AccountNotice.objects.visible_to(request.place), pk=pk)
    notice.mark_read(at=clock.now())
    said = told(notice.kind, notice.params)
    return HttpResponseRedirect(said.url or reverse("my:notice_list"))


@requires_customer()
@require_POST
def read_notices(request: Any) -> HttpResponse:
    """全部已读."""
    AccountNotice.objects.visible_to(request.place).unread().update(read_at=clock.now())
    return HttpResponseRedirect(reverse("my:notice_list"))
