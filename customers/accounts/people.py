"""用户管理: who acts for the cloud account, and the letter by which a colleague joins."""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.access import public

from . import invitations
from .codes import check_code, send_code
from .colleagues import colleagues
from .forms import HANDLES, LOOKS, CodeForm, InviteForm, JoinForm, RightsForm
from .gate import ACTING_ACCOUNT, requires_customer
from .models import AccountUser, UserInvitation

# ---- the people ----


@requires_customer()
@require_safe
def user_list(request: Any) -> HttpResponse:
    """用户管理: everybody sees with whom; the main user manages them."""
    now = clock.now()
    asked = UserInvitation.objects.of_account(request.place).open().order_by("-sent_at", "-pk")
    context = {
        "people": colleagues(),
        "invitations": [(each, each.expires_at <= now) for each in asked],
        "decision": request.place.decide_people(),
    }
    return render(request, "my/users/list.html", context)


@requires_customer(main=True, code=True)
def invite_user(request: Any) -> HttpResponse:
    """邀请用户. GET shows the form, POST sends the letter."""
    needs_code = not request.has_factor
    form = InviteForm(request.POST or None, initial={"rights": LOOKS}, needs_code=needs_code)
    if request.method == "POST" and form.is_valid():
        _prove(request, form)
        said = {name: form.cleaned_data[name] for name in ("name", "email")}
        invitations.invite_user(request.place, **said, may_handle=form.may_handle, at=clock.now())
        messages.success(request, _("邀请邮件已发送，7 天内有效。"))
        return redirect("my:user_list")
    context = {"form": form, "needs_code": needs_code}
    status = 422 if request.method == "POST" else 200
    return render(request, "my/users/invite.html", context, status=status)


@requires_customer(main=True)
@require_POST
def user_code(request: Any) -> HttpResponse:
    """获取验证码, by e-mail: for who has no second factor. Comes back to the form that asked."""
    send_code(request.user, at=clock.now())
    messages.success(request, _("验证码已发送到您的邮箱，10 分钟内有效。"))
    if (number := request.POST.get("user", "")).isdecimal() and len(number) < 19:
        return redirect("my:user", int(number))
    return redirect("my:invite_user")


@requires_customer(main=True)
@require_POST
def revoke_invitation(request: Any, pk: int) -> HttpResponse:
    rows = UserInvitation.objects.of_account(request.place)
    found = get_object_or_404(rows, pk=pk)
    invitations.revoke_invitation(found, place=request.place, at=clock.now())
    messages.success(request, _("邀请已撤销，邮件中的链接不再有效。"))
    return redirect("my:user_list")


# ---- one of them ----


@requires_customer(main=True)
@require_safe
def user(request: Any, pk: int) -> HttpResponse:
    return _show(request, _load(request, pk))


@requires_customer(main=True, code=True)
@require_POST
def set_rights(request: Any, pk: int) -> HttpResponse:
    found, form = _load(request, pk), RightsForm(request.POST, needs_code=not request.has_factor)
    if not form.is_valid():
        return _show(request, found, 422, rights_form=form)
    _prove(request, form)
    who = {"place": request.place, "at": clock.now()}
    invitations.set_may_handle(found, may_handle=form.may_handle, **who)
    messages.success(request, _("权限已修改，从该用户的下一次操作起生效。"))
    return redirect("my:user", pk)


@requires_customer(main=True, code=True)
@require_POST
def switch_user(request: Any, pk: int) -> HttpResponse:
    """停用 or 启用, whichever is left."""
    found = _load(request, pk)
    form = CodeForm(request.POST, needs_code=not request.has_factor, auto_id="switch_%s")
    if not form.is_valid():
        return _show(request, found, 422, switch_form=form)
    _prove(request, form)
    active = not found.is_active
    invitations.switch_user(found, active=active, place=request.place, at=clock.now())
    messages.success(request, _("用户已启用。") if active else _("用户已停用。"))
    return redirect("my:user", pk)


def _load(request: Any, pk: int) -> AccountUser:
    return get_object_or_404(AccountUser.objects.of_account(request.place), pk=pk)


def _show(request: Any, found: AccountUser, status: int = 200, **forms: Any) -> HttpResponse:
    needs_code = not request.has_factor
    rights = {"rights": HANDLES if found.may_handle else LOOKS}
    context = {
        "person": next(each for each in colleagues() if each.pk == found.pk),
        "since": found.created_at,
        "needs_code": needs_code,
        "rights_form": RightsForm(initial=rights, needs_code=needs_code),
        "switch_form": CodeForm(needs_code=needs_code, auto_id="switch_%s"),
        **forms,
    }
    return render(request, "my/users/user.html", context, status=status)


def _prove(request: Any, form: CodeForm) -> None:
    """Who has a second factor gave it at the door."""
    if not request.has_factor:
        check_code(request.user, form.cleaned_data["code"])


# ---- the letter ----


@public
def join(request: Any, token: str) -> HttpResponse:
    """What the letter's address opens: who asks, and the two ways to go on. POST registers."""
    found = invitations.find_invitation(token, at=clock.now())
    if request.user.is_authenticated and request.user.is_customer:
        return redirect("my:join_account", token)
    form = JoinForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("name", "password")}
        place = invitations.register_and_join(found, **said, at=clock.now())
        return perform_login(request, Login(user=place.user, redirect_url=reverse("my:partner")))
    context = {"invitation": found, "token": token, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "my/users/join.html", context, status=status)


@requires_customer(acting=False)
def join_account(request: Any, token: str) -> HttpResponse:
    """加入, for who has an account and is signed in with it."""
    found = invitations.find_invitation(token, at=clock.now())
    if request.method != "POST":
        return render(request, "my/users/join_account.html", {"invitation": found})
    place = invitations.join(found, user=request.user, at=clock.now())
    request.session[ACTING_ACCOUNT] = place.cloud_account_id
    messages.success(request, _("您已加入云账号。"))
    return redirect("my:partner")
