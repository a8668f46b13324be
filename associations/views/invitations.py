"""邀请客户, the partner's side."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from org.gate import requires
from org.permissions import CUSTOMERS_INVITE

from .. import rules, services
from ..forms import LinkForm, MailForm
from ..links import full_address, qr_svg
from ..lists import InvitationList
from ..models import Invitation, InvitationAnswer

SHOWN_ANSWERS = 50


@requires(CUSTOMERS_INVITE)
def invitation_list(request: Any) -> HttpResponse:
    return InvitationList(request).respond()


@requires(CUSTOMERS_INVITE)
def invite_by_mail(request: Any) -> HttpResponse:
    """邮件邀请. GET shows the form, POST sends."""
    form = MailForm(request.POST or None, by=request.member)
    if request.method == "POST" and form.is_valid():
        made = services.invite_by_mail(**form.cleaned_data, by=request.member, at=clock.now())
        messages.success(request, _("邀请已发送，7 天内有效。"))
        return redirect("associations:invitation", made.pk)
    return _form(request, form, "mail")


@requires(CUSTOMERS_INVITE)
def make_link(request: Any) -> HttpResponse:
    """生成邀请链接和二维码."""
    form = LinkForm(request.POST or None, by=request.member)
    if request.method == "POST" and form.is_valid():
        made = services.make_link(**form.cleaned_data, by=request.member, at=clock.now())
        messages.success(request, _("链接和二维码已生成。"))
        return redirect("associations:invitation", made.pk)
    return _form(request, form, "link")


def _form(request: Any, form: Any, tab: str) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "tab": tab, "name": request.member.user.name}
    return render(request, "associations/invite.html", context, status=status)


def _load(request: Any, pk: int) -> Invitation:
    rows = Invitation.objects.visible_to(request.member)
    return get_object_or_404(rows.select_related("invited_by__user", "manager__user"), pk=pk)


@requires(CUSTOMERS_INVITE)
@require_safe
def invitation(request: Any, pk: int) -> HttpResponse:
    """One invitation: its link and QR code, and every answer with its reasons."""
    found = _load(request, pk)
    answers = InvitationAnswer.objects.visible_to(request.member).filter(invitation=found)
    shown = answers.order_by("-at", "-pk")[:SHOWN_ANSWERS]
    context = {
        "invitation": found,
        "is_over": found.is_over(clock.now()),
        # Of an e-mail the link stays with who got it: it proves the address.
        "link": "" if found.is_email else full_address(found, request.build_absolute_uri("/")[:-1]),
        "answers": [
            {"row": each, "bars": [rules.BARS[code] for code in each.bars if code in rules.BARS]}
            for each in shown
        ],
    }
    return render(request, "associations/invitation.html", context)


@requires(CUSTOMERS_INVITE)
@require_safe
def qr_code(request: Any, pk: int) -> HttpResponse:
    """The link as a picture, to look at and to download."""
    rows = Invitation.objects.visible_to(request.member).filter(channel=Invitation.Channel.LINK)
    found = get_object_or_404(rows, pk=pk)
    address = full_address(found, request.build_absolute_uri("/")[:-1])
    response = HttpResponse(qr_svg(address), content_type="image/svg+xml; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="invitation-{pk}.svg"'
    return response


@requires(CUSTOMERS_INVITE)
@require_POST
def resend(request: Any, pk: int) -> HttpResponse:
    services.resend_invitation(_load(request, pk), by=request.member, at=clock.now())
    messages.success(request, _("邀请已重新发送，7 天内有效。"))
    return redirect("associations:invitation", pk)


@requires(CUSTOMERS_INVITE)
@require_POST
def revoke(request: Any, pk: int) -> HttpResponse:
    services.revoke_invitation(_load(request, pk), by=request.member, at=clock.now())
    messages.success(request, _("邀请已撤销，链接不再有效。"))
    return redirect("associations:invitation", pk)
