"""What customers granted, and what resellers may do: for the worlds of tests."""

from datetime import timedelta
from typing import Any

from customers.accounts.models import AccountUser
from customers.authorizations.models import Authorization, ProxyRight
from customers.authorizations.rules import BUNDLE
from customers.models import Customer
from org.models import Member, Partner
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
