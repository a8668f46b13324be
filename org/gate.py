"""The doors: how a view says whom it lets in.

`@requires` opens the request's transaction, sets the tenant in it, loads the acting member
afresh (so that a change of roles bites on the next request) and asks for the permission.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core import tenancy
from core.access import Access, declare, denied
from core.refusals import NotAllowed

from .models import Member, Partner

View = Callable[..., HttpResponse]
ACTING_PARTNER = "acting_partner_id"


def requires(permission: str = "", *, reach_resellers: bool = False, step_up: bool = False):
    """Members whose roles hold `permission` (none: any member) may call the view.

    Args:
        reach_resellers: a distributor may also read its resellers' rows here.
        step_up: ask for the second factor again when it was given more than 5 minutes ago.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if turned_away := _sign_in_first(request):
                return turned_away
            partner_id = request.session.get(ACTING_PARTNER)
            with tenancy.tenant(partner_id, user_id=request.user.pk):
                member = _acting_member(request, partner_id)
                if member is None:
                    return _go(request, "org:choose_partner")
                request.member = member
                if turned_away := finish_account_first(request, member.has_second_factor):
                    return turned_away
                if permission and not (decision := member.may(permission)):
                    raise NotAllowed(decision)
                if step_up and (turned_away := prove_again(request)):
                    return turned_away
                if reach_resellers:
                    reach(member)
                return _rendered(view(request, *args, **kwargs))

        return declare(Access("member", permission, reach_resellers, step_up), guarded)

    return decorate


def signed_in(view: View) -> View:
    """Anyone signed in, before a partner is chosen: the person's own account pages."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if turned_away := _sign_in_first(request):
            return turned_away
        with tenancy.tenant(None, user_id=request.user.pk):
            return _rendered(view(request, *args, **kwargs))

    return declare(Access("signed_in"), guarded)


def vendor_only(*roles: str) -> Callable[[View], View]:
    """Vendor staff with one of the roles (none given: any of them)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if turned_away := _sign_in_first(request):
                return turned_away
            with tenancy.vendor():
                if not request.user.is_staff:
                    raise NotAllowed(denied(_("此页面只对厂商人员开放")))
                if turned_away := finish_account_first(request, has_second_factor(request.user)):
                    return turned_away
                if roles and request.user.vendor_role not in roles:
                    raise NotAllowed(denied(_("您的厂商角色不能执行此操作")))
                return _rendered(view(request, *args, **kwargs))

        return declare(Access("vendor", ",".join(roles)), guarded)

    return decorate


def reach(member: Member) -> Sequence[int]:
    """Let the request read the rows of the distributor's resellers; returns their ids."""
    if not member.partner.is_distributor:
        member.reseller_ids = []
        return []
    ids = list(Partner.objects.filter(distributor_id=member.partner_id).values_list("pk", flat=True))
    tenancy.widen_reads([member.partner_id, *ids])
    member.reseller_ids = ids
    return ids


def has_second_factor(user: Any) -> bool:
    from allauth.mfa.models import Authenticator

    own = Authenticator.objects.filter(user=user)
    return own.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def finish_account_first(request: Any, has_factor: bool) -> HttpResponse | None:
    """Send a person whose account is not complete to the page that completes it."""
    from .passwords import must_change_password

    if must_change_password(request.user):
        return _go(request, "account_change_password")
    if settings.SECOND_FACTOR_REQUIRED and not has_factor:
        return _go(request, "mfa_index")
    return None


def _sign_in_first(request: Any) -> HttpResponse | None:
    if request.user.is_authenticated:
        return None
    return _go(request, settings.LOGIN_URL, come_back=True)


def _acting_member(request: Any, partner_id: int | None) -> Member | None:
    own = Member.objects.active().acting().filter(user=request.user)
    if partner_id:
        return own.filter(partner_id=partner_id).first()
    memberships = list(own[:2])
    if len(memberships) != 1:
        return None
    # The only partner of this person: no need to choose.
    request.session[ACTING_PARTNER] = memberships[0].partner_id
    tenancy.enter_partner(memberships[0].partner_id)
    return memberships[0]


def prove_again(request: Any) -> HttpResponse | None:
    from allauth.account.internal.flows.reauthentication import did_recently_authenticate

    if did_recently_authenticate(request):
        return None
    return _go(request, "account_reauthenticate", come_back=True)


def _go(request: HttpRequest, url_name: str, *, come_back: bool = False) -> HttpResponse:
    """Redirect; a fragment request makes the whole browser go (T-HX-2)."""
    target = reverse(url_name)
    page = request.htmx.current_url_abs_path if request.htmx else request.get_full_path()  # type: ignore
    if come_back and page:
        from urllib.parse import urlencode

        target = f"{target}?{urlencode({'next': page})}"
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _rendered(response: Any) -> HttpResponse:
    """Render lazily built responses here, while the tenant is still set."""
    if hasattr(response, "render") and not response.is_rendered:
        response.render()
    return response
