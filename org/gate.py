"""The doors: how a view says whom it lets in.

`@requires` opens the request's transaction, sets the tenant in it, loads the acting member
afresh (so that a change of roles bites on the next request) and asks for the permission.
"""

from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core import clock, tenancy
from core.access import DEFAULT_BODY, Access, declare, denied
from core.refusals import NotAllowed

from .models import Member, MemberQuerySet, Partner, Standing
from .passwords import must_change_password

View = Callable[..., HttpResponse]
Lack = Literal["", "password", "factor"]
# Keys of the session: the partner that the person acts for, and whether there was a choice.
ACTING_PARTNER, SEVERAL_PARTNERS = "acting_partner_id", "several_partners"
# … and the form opened last with a fresh proof, with how long it may take to fill in.
PROVED_FORM, FORM_SECONDS = "proved_form", 20 * 60


def requires(
    permission: str = "",
    *,
    reach_resellers: bool = False,
    step_up: bool = False,
    sensitive: bool = False,
    max_body: int = DEFAULT_BODY,
) -> Callable[[View], View]:
    """Members whose roles hold `permission` (none: any member) may call the view.

    Args:
        reach_resellers: a distributor may also read its resellers' rows here.
        step_up: ask for the second factor again when it was given more than 5 minutes ago.
        sensitive: the same where the partner asks for it (安全设置).
        max_body: bytes that a request may send; more is refused unread.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if turned_away := sign_in_first(request):
                return turned_away
            if request.user.is_customer:
                raise NotAllowed(denied(_("此页面只对伙伴开放"), _("请使用伙伴成员的账号登录")))
            partner_id = request.session.get(ACTING_PARTNER)
            with tenancy.tenant(partner_id, user_id=request.user.pk):
                member = _acting_member(request, partner_id)
                if member is None:
                    return _without_partner(request)
                request.member = member
                if turned_away := finish_account_first(request, member.has_second_factor):
                    return turned_away
                if permission and not (decision := member.may(permission)):
                    raise NotAllowed(decision)
                if step_up and (turned_away := prove_again(request)):
                    return turned_away
                if sensitive and (turned_away := prove_if_asked(request)):
                    return turned_away
                if reach_resellers:
                    reach(member)
                return rendered(view(request, *args, **kwargs))

        access = Access("member", permission, reach_resellers, step_up, max_body)
        return declare(access, guarded)

    return decorate


def signed_in(view: View | None = None, *, before: Lack = "") -> Any:
    """Anyone signed in, with or without a partner: the person's own account pages.

    Args:
        before: what the account may still lack here. "factor" opens a page to somebody who has
            no second factor yet, "password" also to somebody whose password must be changed.
    """
    if view is None:
        return lambda wrapped: signed_in(wrapped, before=before)

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if turned_away := sign_in_first(request):
            return turned_away
        with tenancy.tenant(None, user_id=request.user.pk):
            factor = _enter_acting_partner(request)
            if turned_away := finish_account_first(request, factor, before=before):
                return turned_away
            return rendered(view(request, *args, **kwargs))

    return declare(Access("signed_in"), guarded)


def vendor_only(*roles: str) -> Callable[[View], View]:
    """Vendor staff with one of the roles (none given: any of them)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if turned_away := sign_in_first(request):
                return turned_away
            if not request.user.is_staff:
                raise NotAllowed(denied(_("此页面只对厂商人员开放")))
            with tenancy.vendor():
                if turned_away := finish_account_first(request, has_second_factor(request.user)):
                    return turned_away
                if roles and request.user.vendor_role not in roles:
                    raise NotAllowed(denied(_("您的厂商角色不能执行此操作")))
                return rendered(view(request, *args, **kwargs))

        return declare(Access("vendor", ",".join(roles)), guarded)

    return decorate


def reach(member: Member) -> Sequence[int]:
    """Let the request read the rows of the distributor's resellers; returns their ids."""
    if not member.partner.is_distributor:
        member.reseller_ids, member.reseller_standings = [], {}
        return []
    below = Partner.objects.filter(distributor_id=member.partner_id)
    standings = dict(below.values_list("pk", "effective_standing"))
    ids = list(standings)
    tenancy.widen_reads([member.partner_id, *ids])
    member.reseller_ids = ids
    member.reseller_standings = {
        pk: standing for pk, standing in standings.items() if standing != Standing.NORMAL
    }
    return ids


# ---- is the account complete ----


def has_second_factor(user: Any) -> bool:
    """Whether the person has an authenticator app or a passkey; recovery codes are neither."""
    own = Authenticator.objects.filter(user=user)
    return own.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def finish_account_first(
    request: Any, has_factor: bool, *, before: Lack = ""
) -> HttpResponse | None:
    """Send a person whose account is not complete to the page that completes it."""
    lacks = _lacks(request.user, has_factor)
    request.account_lacks = lacks
    if not lacks or before in ("password", lacks):
        return None
    return go(request, "account_change_password" if lacks == "password" else "mfa_index")


def _lacks(user: Any, has_factor: bool) -> Lack:
    if must_change_password(user, at=clock.now()):
        return "password"
    return "factor" if must_have_factor(user) and not has_factor else ""


def must_have_factor(user: Any) -> bool:
    """Customers may have a second factor; whoever works for a partner or the vendor must."""
    return settings.SECOND_FACTOR_REQUIRED and not user.is_customer


def recently_proved(request: Any, has_factor: bool) -> bool:
    """Whether the strongest factor that the person has was given in the last five minutes."""
    strong = ("mfa",) if has_factor else ("mfa", "password")
    records = get_authentication_records(request, request.user)
    given = [record["at"] for record in records if record["method"] in strong]
    age = clock.now().timestamp() - max(given, default=0)
    return age < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def prove_again(request: Any) -> HttpResponse | None:
    """Where to give the factor again, unless it was given in the last five minutes.

    A form that was opened with the proof may be filled in at leisure: asking again when it is
    sent would lose what was typed.
    """
    if recently_proved(request, has_second_factor(request.user)):
        if request.method == "GET":
            request.session[PROVED_FORM] = [request.path, clock.now().timestamp()]
        return None
    if request.method == "POST" and _opened_with_proof(request):
        return None
    methods = get_adapter().get_reauthentication_methods(request.user)
    return _redirect(request, methods[0]["url"], come_back=True)


def _opened_with_proof(request: Any) -> bool:
    path, at = request.session.get(PROVED_FORM, ("", 0))
    return path == request.path and clock.now().timestamp() - at < FORM_SECONDS


def prove_if_asked(request: Any) -> HttpResponse | None:
    """The same before a sensitive act, if the acting partner asks for it."""
    return prove_again(request) if request.member.partner.sensitive_needs_code else None


# ---- who is acting ----


@cache
def _members() -> MemberQuerySet:
    """Put together once: that takes Django longer than the database takes to answer."""
    return Member.objects.active().acting()


def _acting_member(request: Any, partner_id: int | None) -> Member | None:
    """With the permissions of his custom roles, which are rows of the partner: it must have been
    entered before."""
    if not partner_id:
        own = Member.objects.active().filter(user=request.user)
        partners = list(own.values_list("partner_id", flat=True)[:2])
        if len(partners) != 1:
            return None
        # The only partner of this person: no need to choose.
        (partner_id,) = partners
        request.session[ACTING_PARTNER] = partner_id
        tenancy.enter_partner(partner_id)
    return _members().filter(user=request.user, partner_id=partner_id).first()


def _enter_acting_partner(request: Any) -> bool:
    """Act for the partner chosen earlier, if any; returns whether there is a second factor."""
    if partner_id := request.session.get(ACTING_PARTNER):
        tenancy.enter_partner(partner_id)
    member = _acting_member(request, partner_id)
    if member is None:
        tenancy.enter_partner(None)
        return has_second_factor(request.user)
    request.member = member
    return bool(member.has_second_factor)


def _without_partner(request: Any) -> HttpResponse:
    lacking = finish_account_first(request, has_second_factor(request.user))
    return lacking or go(request, "org:choose_partner", come_back=True)


# ---- where to go instead ----


def sign_in_first(request: Any, at: str = settings.LOGIN_URL) -> HttpResponse | None:
    if request.user.is_authenticated:
        return None
    return go(request, at, come_back=True)


def go(request: HttpRequest, url_name: str, *, come_back: bool = False) -> HttpResponse:
    return _redirect(request, reverse(url_name), come_back=come_back)


def _redirect(request: Any, target: str, *, come_back: bool = False) -> HttpResponse:
    """Redirect; a fragment request makes the whole browser go (T-HX-2)."""
    if come_back and (page := _page_of(request)):
        target = f"{target}?{urlencode({'next': page})}"
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _page_of(request: Any) -> str | None:
    """The page to come back to: the one asked for, or the one whose form or part this was."""
    if request.htmx:
        return request.htmx.current_url_abs_path
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure()):
        return None
    return urlunsplit(("", "", *urlsplit(came_from)[2:4], ""))


def rendered(response: Any) -> HttpResponse:
    """Render lazily built responses here, while the tenant is still set."""
    if hasattr(response, "render") and not response.is_rendered:
        response.render()
    return response
