"""What customers granted, and what resellers may do: for the worlds of tests."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from customers.accounts.models import AccountUser
from customers.authorizations.models import Authorization, ProxyRight, SignedLetter
from customers.authorizations.rules import BUNDLE
from customers.models import Customer
from customers.proxies.models import ProxyAction, ProxySession
from org.models import Member, Partner, User
from tests.conftest import Cast
from tests.factories import NOW, make_account_user


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


def make_many(cast: Cast, customers: Sequence[Customer], users: Sequence[User]) -> None:
    """One row of every model of acting for customers, for each of them."""
    partner, member, start = cast.reseller, cast.jing, NOW - timedelta(days=3)
    by = {"partner": partner, "operator": member, "purpose": "order"}
    accounts = [
        AccountUser(cloud_account=c.cloud_account, user=u, created_at=NOW)
        for c, u in zip(customers, users, strict=True)
    ]
    AccountUser.objects.bulk_create(accounts)
    asked = [
        Authorization(
            partner=partner,
            customer=customer,
            cloud_account_id=customer.cloud_account_id,
            scopes=["view"],
            commitment_version="1",
            asked_at=NOW,
            asked_by=member.user,
            answer_by=NOW + timedelta(days=30),
        )
        for customer in customers
    ]
    asked = Authorization.objects.bulk_create(asked)
    SignedLetter.objects.bulk_create(
        SignedLetter(
            partner=partner,
            kind="commitment",
            version=f"v{c.pk}",
            text="…",
            signed_by=member,
            signed_at=NOW,
        )
        for c in customers
    )
    ProxyRight.objects.bulk_create(
        ProxyRight(
            partner=partner,
            distributor=cast.distributor,
            letter_version="1",
            given_at=start,
            given_by=cast.zong.user,
            withdrawn_at=NOW,
            withdrawn_by=cast.zong.user,
            reason="到期",
        )
        for _c in customers
    )
    sessions = ProxySession.objects.bulk_create(
        ProxySession(
            customer=each.customer,
            authorization=each,
            reason="续费",
            started_at=start,
            seen_at=start,
            ended_at=NOW,
            ended_how="back",
            **by,
        )
        for each in asked
    )
    ProxyAction.objects.bulk_create(
        ProxyAction(customer=each.customer, session=each, kind="entered", at=start, **by)
        for each in sessions
    )
