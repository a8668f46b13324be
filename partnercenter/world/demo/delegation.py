"""客户授权 of the demo: one granted, one asked for, one about to expire."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from core import tenancy
from customers.accounts.models import AccountUser
from customers.authorizations import rights, services
from customers.authorizations.models import Authorization
from customers.authorizations.rules import BUNDLE
from customers.models import Customer
from org.models import Member, User


def make_authorizations(manager: Member, *, at: datetime) -> None:
    """For the first 代售 customers of the manager; done once."""
    with tenancy.vendor():
        if Authorization.objects.filter(partner_id=manager.partner_id).exists():
            return
        _give_right(manager, at)
        own = Customer.objects.filter(account_manager=manager, association_type="resale")
        signs_in = Exists(AccountUser.objects.filter(cloud_account=OuterRef("cloud_account")))
        customers = list(own.associated().order_by(signs_in.desc(), "pk")[:3])
        for n, customer in enumerate(customers):
            row = services.ask_authorization(
                customer,
                scopes=list(BUNDLE),
                days=(None, 90, 5)[n],
                note="",
                signs=True,
                by=manager,
                at=at - timedelta(days=1),
            )
            if n != 1:
                _agree(row, at=at - timedelta(hours=1))


def _give_right(manager: Member, at: datetime) -> None:
    distributor = manager.partner.distributor_id
    if not distributor or rights.has_right(manager.partner):
        return
    giver = Member.objects.active().main_accounts().filter(partner_id=distributor).first()
    if giver:
        rights.give_right(manager.partner, signs=True, by=giver, at=at - timedelta(days=2))


def _agree(row: Authorization, *, at: datetime) -> None:
    """By the account's main user, who is made where there is none."""
    places = AccountUser.objects.filter(cloud_account_id=row.cloud_account_id, is_main=True)
    place = places.select_related("user").first()
    if place is None:
        user = User.objects.create_user(
            f"zhu{row.customer.pk}@example.com",
            None,
            name=f"客户 {row.customer.number[-4:]}",
            is_customer=True,
        )
        place = AccountUser.objects.create(
            cloud_account_id=row.cloud_account_id, user=user, is_main=True, created_at=at
        )
    services.grant(row, scopes=row.scopes, days=row.days, place=place, by=place.user, at=at)
