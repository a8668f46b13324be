"""What customers granted, and what resellers may do: for the worlds of tests."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from billing.operations.models import ResourceRequest
from customers.accounts.models import AccountUser
from customers.authorizations.models import Authorization, ProxyRight, SignedLetter
from customers.authorizations.rules import BUNDLE
from customers.models import Customer
from customers.proxies.models import ProxyAction, ProxySession
from org.models import Member, Partner, User
from tests.conftest import Cast
from tests.factories import NOW, make_account_user, make_order


def make_authorization(*, customer: Customer, by: Member, **fields: Any) -> Authorization:
    """Granted today and without an end, unless told otherwise."""
    fields.setdefault("state", "granted")
    fields.setdefault("scopes", list(BUNDLE))
    fields.setdefault("asked_at", NOW)
    fields.setdefault("answer_by", fields["asked_at"] + timedelta(days=30))
    if fields["state"] in ("granted", "revoked", "expired"):
        place = AccountUser.objects.filter(cloud_account=customer.cloud_account_id).first()
        place = place or make_account_user(account=customer.cloud_account)
        granted = {"granted_at": NOW, "granted_by": place.user, "letter_version": "2026-11"}
        fields = granted | fields
    return Authorization.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        cloud_account_id=customer.cloud_account_id,
        asked_by=by.user,
        commitment_version="2026-11",
        **fields,
    )


def make_proxy_right(*, reseller: Partner, by: Member) -> ProxyRight:
    return ProxyRight.objects.create(
        partner=reseller,
        distributor_id=by.partner_id,
        letter_version="2026-11",
        given_at=NOW,
        given_by=by.user,
    )


def make_session(
    *, customer: Customer, by: Member, over: bool = False, **fields: Any
) -> ProxySession:
    """A member inside a customer's account, or `over`, one who was."""
    granted = customer.authorizations.filter(state="granted").first()
    granted = granted or make_authorization(customer=customer, by=by)
    ended = {"ended_at": NOW, "ended_how": "back"} if over else {}
    made = {"purpose": "order", "reason": "扩容", "started_at": NOW, "seen_at": NOW} | fields
    who = {"partner_id": customer.partner_id, "customer": customer, "operator": by}
    return ProxySession.objects.create(authorization=granted, **who, **made, **ended)


def make_purchase(*, customer: Customer, by: Member, **fields: Any) -> ResourceRequest:
    """An order that was asked for in a customer's account, carried out unless told otherwise."""
    session = fields.pop("session", None) or make_session(customer=customer, by=by, over=True)
    if "order" not in fields:
        fields["order"] = make_order(customer=customer, status=6)
    said = {"provider": "cloud", "service": "ECS", "spec": "2核 4G", "quantity": 1, "months": 1}
    said |= {"auto_renew": False, "by_partner": False, "list_price": "100", "price": "100"}
    done = {"state": "done", "ended_at": NOW} if fields["order"] else {}
    made = {"kind": "order", "parameters": said, "token": uuid4(), "asked_by": by, **done}
    made |= {"asked_at": NOW, "next_at": NOW, "customer": customer, "session": session}
    return ResourceRequest.objects.create(partner_id=customer.partner_id, **(made | fields))


def make_many(cast: Cast, customers: Sequence[Customer]) -> None:
    """One row of every model of acting for customers, for each of them."""
    partner, start = cast.reseller, NOW - timedelta(days=3)
    _users_of(customers)
    _papers_of(cast, len(customers))
    asked = Authorization.objects.bulk_create(
        Authorization(
            partner=partner,
            customer=customer,
            cloud_account_id=customer.cloud_account_id,
            scopes=["view"],
            commitment_version="1",
            asked_at=NOW,
            asked_by=cast.jing.user,
            answer_by=NOW + timedelta(days=30),
        )
        for customer in customers
    )
    by = {"partner": partner, "operator": cast.jing, "purpose": "order"}
    ended = {"started_at": start, "seen_at": start, "ended_at": NOW, "ended_how": "back"}
    sessions = ProxySession.objects.bulk_create(
        ProxySession(customer=each.customer, authorization=each, reason="续费", **ended, **by)
        for each in asked
    )
    ProxyAction.objects.bulk_create(
        ProxyAction(customer=each.customer, session=each, kind="entered", at=start, **by)
        for each in sessions
    )


def _users_of(customers: Sequence[Customer]) -> None:
    users = User.objects.bulk_create(
        User(name="客户", email=f"at{c.pk}@example.com", is_customer=True) for c in customers
    )
    AccountUser.objects.bulk_create(
        AccountUser(cloud_account=customer.cloud_account, user=user, created_at=NOW)
        for customer, user in zip(customers, users, strict=True)
    )


def _papers_of(cast: Cast, number: int) -> None:
    """Letters of many versions, and rights that were withdrawn."""
    had = SignedLetter.objects.count()
    signed = {"partner": cast.reseller, "signed_by": cast.jing, "signed_at": NOW}
    SignedLetter.objects.bulk_create(
        SignedLetter(kind="commitment", version=f"v{had + n}", text="…", **signed)
        for n in range(number)
    )
    given = {"given_at": NOW - timedelta(days=3), "given_by": cast.zong.user}
    withdrawn = {"withdrawn_at": NOW, "withdrawn_by": cast.zong.user, "reason": "到期"}
    sides = {"partner": cast.reseller, "distributor": cast.distributor, "letter_version": "1"}
    ProxyRight.objects.bulk_create(
        ProxyRight(**sides, **given, **withdrawn) for _n in range(number)
    )
