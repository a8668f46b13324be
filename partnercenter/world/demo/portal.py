"""The demo's customers: who of them signs in, an open invitation, and a request each way.

Each part finds out by itself whether it is there.
"""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from associations import services
from associations.models import AssociationChange, Invitation
from associations.services import nightly
from core import tenancy
from customers.accounts.models import AccountUser
from customers.models import CloudAccount, Customer
from org.models import Member, User

# Address and what the demo shows with it.
WITH_PARTNER, LEAVES, ALONE = "kehu@example.com", "likai@example.com", "xinke@example.com"
ADDRESSES = (WITH_PARTNER, LEAVES, ALONE)
_LABEL = "演示邀请"


def open_portal(jing: Member, yun: Member, *, password: str, at: datetime) -> Iterator[AccountUser]:
    """The customers' users; `jing` is whose customers they are, `yun` their main account."""
    nightly.note_associations(at=at)
    with tenancy.vendor():
        places = _places(jing, password, at)
        if not Invitation.objects.filter(label=_LABEL).exists():
            services.make_link(
                association_type=Customer.Association.RESALE,
                label=_LABEL,
                days=None,
                by=jing,
                at=at,
            )
        _ask(places, yun, at)
        yield from places.values()


def _places(jing: Member, password: str, at: datetime) -> dict[str, AccountUser]:
    known = AccountUser.objects.filter(user__email__in=ADDRESSES)
    found = {
        place.user.email or "": place for place in known.select_related("user", "cloud_account")
    }
    if len(found) == len(ADDRESSES):
        return {address: found[address] for address in ADDRESSES}
    calm = Customer.objects.associated().filter(account_manager=jing, arrears=0).order_by("pk")
    first, second = calm.filter(association_type="resale")[:1].get(), calm.last()
    accounts = {
        WITH_PARTNER: first.cloud_account,
        LEAVES: second.cloud_account if second else first.cloud_account,
        ALONE: CloudAccount.objects.get_or_create(
            number="demo-new-customer", defaults={"name": "深圳新客科技有限公司"}
        )[0],
    }
    hashed = make_password(password)
    return {
        address: found.get(address) or _make(address, account, hashed, at)
        for address, account in accounts.items()
    }


def _make(address: str, account: CloudAccount, password: str, at: datetime) -> AccountUser:
    names = {WITH_PARTNER: "王客", LEAVES: "李开", ALONE: "辛可"}
    user = User(name=names[address], email=address, is_customer=True, password=password)
    user.save(force_insert=True)
    return AccountUser.objects.create(cloud_account=account, user=user, is_main=True, created_at=at)


def _ask(places: dict[str, AccountUser], yun: Member, at: datetime) -> None:
    """A request each way, unless this customer has had one."""
    asked, leaves = (_customer(places[address]) for address in (WITH_PARTNER, LEAVES))
    if asked and not _had_one(asked):
        services.ask_of_customer(
            asked, AssociationChange.Kind.SWITCH, reason=_("客户希望自行付款"), by=yun, at=at
        )
    if leaves and not _had_one(leaves):
        place = places[LEAVES]
        services.ask_to_leave(
            leaves, reason=_("业务由集团统一采购"), place=place, by=place.user, at=at
        )


def _customer(place: AccountUser) -> Customer | None:
    return Customer.objects.of_account(place).associated().first()


def _had_one(customer: Customer) -> bool:
    changes = AssociationChange.objects.filter(customer=customer)
    return changes.exclude(kind=AssociationChange.Kind.JOIN).exists()
