"""Acting for the customer: what was granted, who is in whose account, what was done there."""

from datetime import timedelta
from typing import Any

from billing.models import Resource
from billing.operations.models import ResourceRequest
from customers.accounts.models import AccountUser
from customers.authorizations.models import Authorization, SignedLetter
from customers.authorizations.rules import LETTERS
from customers.models import Customer
from customers.proxies.models import ProxyAction, ProxySession, Purpose
from org.models import Member, Partner
from tests.authorizations.making import make_authorization, make_proxy_right, make_purchase
from tests.factories import NOW, TODAY

from .planting import mark

# Acts whose form stands on the page of the row.
FORM_AT = dict.fromkeys(
    ("authorizations:cancel", "my:code", "my:grant", "my:refuse", "my:revoke"),
    lambda path: f"{path[:-1].rpartition('/')[0]}/",
)
FORM_AT |= dict.fromkeys(("my:set_rights", "my:switch_user"), FORM_AT["my:grant"])
FORM_AT |= {
    "my:user_code": lambda path: "/my/users/invite/",
    "my:revoke_user_invitation": lambda path: "/my/users/",
}
_REVEAL = {"reveal": "name"}
_USER = {"rights": "handles"}
SENT = {"my:invite_user": _USER, "my:set_rights": _USER}
_LISTS = ("authorizations:authorization_list", "proxies:action_list", "billing:purchase_list")
SENT |= dict.fromkeys(_LISTS, _REVEAL)
SENT |= {"operations:buy": {"step": "confirm", "shown": "168.00"}}
# The customer reads that somebody looked; a session that is over ends when its operator is back.
_ENDS = {"customers_proxysession", "customers_proxyaction", "activity_activity"}
NOTED_BY_ASKING = {f"operations:{page}": _ENDS for page in ("workplace", "ask", "buy", "cancel")}
# A distributor writes its reseller's right; who acts by it is out of the customers' accounts.
_OF_RIGHT = {"customers_proxyright", "activity_notification"}
# Whoever holds the letter joins the account that it names, as somebody new.
_JOINED = {"customers_accountnotice", "customers_accountuser"}
_JOINED |= {"customers_userinvitation", "org_user"}
CROSSES = {
    "authorizations:give_right": _OF_RIGHT,
    "authorizations:withdraw_right": _OF_RIGHT
    | {"customers_proxysession", "customers_proxyaction"},
    "my:join": _JOINED,
    "my:join_account": _JOINED,
}


def of_partner(partner: Partner) -> None:
    """Its letters, and what a reseller may do."""
    by = _main_account(partner)
    for kind in SignedLetter.Kind.values:
        version = LETTERS[kind].version
        SignedLetter.objects.create(
            partner=partner, kind=kind, version=version, text="x", signed_by=by, signed_at=NOW
        )
    if partner.distributor:
        make_proxy_right(reseller=partner, by=_main_account(partner.distributor))


def of_former_reseller(partner: Partner, distributor: Partner) -> None:
    """A right that was withdrawn."""
    by = _main_account(distributor)
    right = make_proxy_right(reseller=partner, by=by)
    right.withdrawn_at, right.withdrawn_by = NOW, by.user
    right.reason = mark("customers.ProxyRight.reason")
    right.save()


def of_customer(customer: Customer, manager: Member | None, n: int) -> None:
    """All of it granted. The first one is asked for more, and refused that once before."""
    by = manager or _main_account(customer.partner)
    granted = make_authorization(customer=customer, by=by)
    user = AccountUser.objects.filter(cloud_account=customer.cloud_account_id).first().user
    ended: dict[str, Any] = {"ended_at": NOW, "days": 30}
    if n:
        expired = ended | {"expires_on": TODAY - timedelta(days=1)}
        make_authorization(customer=customer, by=by, state="expired", **expired)
    else:
        make_authorization(customer=customer, by=by, state="refused", ended_by=user, **ended)
        make_authorization(customer=customer, by=by, state="asked", days=30)
    _sessions_of(customer, granted, by)


def _sessions_of(customer: Customer, granted: Authorization, by: Member) -> None:
    """One that is over; and where the operator is in nobody's account, one that goes on: main
    accounts order, account managers operate."""
    who = {"customer": customer, "operator": by, "partner_id": customer.partner_id}
    made = {"authorization": granted, "reason": "x", "started_at": NOW, "seen_at": NOW}
    over = {"purpose": Purpose.ORDER, "ended_at": NOW, "ended_how": "back"}
    sessions = [ProxySession.objects.create(**who, **made, **over)]
    if not ProxySession.objects.open().filter(operator=by).exists():
        purpose = Purpose.ORDER if by.is_main_account else Purpose.OPERATE
        sessions.append(ProxySession.objects.create(**who, **made, purpose=purpose))
    for session in sessions:
        for kind in ("entered", "renew"):
            ProxyAction.objects.create(
                **who, session=session, purpose=session.purpose, kind=kind, at=NOW
            )
    _requests_of(customer, sessions[-1], by)


def _requests_of(customer: Customer, session: ProxySession, by: Member) -> None:
    """One that is done, and one that waits."""
    yearly, on_demand = Resource.objects.filter(customer=customer).order_by("pk")
    asked = {"customer": customer, "partner_id": customer.partner_id, "session": session}
    asked |= {"asked_by": by, "asked_at": NOW, "next_at": NOW}
    done = {"kind": "renew", "parameters": {"months": 1}, "state": "done", "ended_at": NOW}
    ResourceRequest.objects.create(**asked, resource=yearly, **done)
    ResourceRequest.objects.create(**asked, resource=on_demand, kind="stop")
    make_purchase(customer=customer, by=by, session=session)


def _main_account(partner: Partner) -> Member:
    return Member.objects.main_accounts().filter(partner=partner).order_by("pk").first()
