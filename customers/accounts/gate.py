"""The customers' door: who acts for which cloud account. Partners' doors are org/gate.py."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core import tenancy
from core.access import Access, declare, denied
from core.refusals import NotAllowed
from org.gate import (
    View,
    finish_account_first,
    go,
    has_second_factor,
    prove_again,
    rendered,
    sign_in_first,
)

from .models import AccountUser

# Keys of the session: the cloud account that the person acts for, and whether there was a choice.
ACTING_ACCOUNT, SEVERAL_ACCOUNTS = "acting_account_id", "several_accounts"
# The permissions of pages: for the account's main user, and for who may handle its business.
MAIN, HANDLES = "main", "handles"


def requires_customer(
    *,
    main: bool = False,
    handles: bool = False,
    acting: bool = True,
    step_up: bool = False,
    code: bool = False,
) -> Callable[[View], View]:
    """Users of a cloud account may call the view; `request.place` is the acting one.

    Args:
        main: only the account's main user.
        handles: only who may decide for the account, not who may only look.
        acting: False for the page on which a person chooses between several accounts.
        step_up: ask for the strongest factor again when it was given more than 5 minutes ago.
        code: the same for who has a second factor; the page asks everybody else for a code by
            e-mail (codes.py), as `request.has_factor` says.
    """

    permission = MAIN if main else HANDLES if handles else ""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if turned_away := _complete_first(request, step_up, code):
                return turned_away
            with _entered(request):
                place = _acting_place(request)
                if acting and place is None:
                    return go(request, "my:choose_account", come_back=True)
                request.place = place
                if place:
                    tenancy.enter_account(place.cloud_account_id)
                if handles and place and not (decision := place.decide_for_account()):
                    raise NotAllowed(decision)
                if main and place and not (decision := place.decide_people()):
                    raise NotAllowed(decision)
                return rendered(view(request, *args, **kwargs))

        return declare(Access("customer", permission, step_up=step_up), guarded)

    return decorate


@contextmanager
def _entered(request: Any) -> Iterator[None]:
    """The person's own transaction; what is shown after it (a refusal) has to enter once more."""
    with tenancy.customer(user_id=request.user.pk):
        request.is_entered = True
        try:
            yield
        finally:
            request.is_entered = False


def _complete_first(request: Any, step_up: bool, code: bool) -> HttpResponse | None:
    if turned_away := sign_in_first(request, "my:sign_in"):
        return turned_away
    if not request.user.is_customer:
        raise NotAllowed(denied(_("此页面只对客户开放"), _("请使用客户的账号登录")))
    request.has_factor = has_second_factor(request.user)
    if turned_away := finish_account_first(request, request.has_factor):
        return turned_away
    return prove_again(request) if step_up or (code and request.has_factor) else None


def _acting_place(request: Any) -> AccountUser | None:
    own = AccountUser.objects.visible_to(request.user)
    if chosen := request.session.get(ACTING_ACCOUNT):
        return own.filter(cloud_account_id=chosen).first()
    places = list(own.order_by("pk")[:2])
    if len(places) != 1:
        return None
    # The only account of this person: no need to choose.
    request.session[ACTING_ACCOUNT] = places[0].cloud_account_id
    return places[0]
