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
from customers.accounts.invitations import invite_user
from customers.accounts.models import AccountUser
from customers.models import CloudAccount, Customer
from org.models import Member, User

# Address and what the demo shows with it.
WITH_PARTNER, LEAVES, ALONE = "kehu@example.com", "likai@example.com", "xinke@example.com"
MAIN_USERS = (WITH_PARTNER, LEAVES, ALONE)
COLLEAGUE, INVITED = "tongshi@example.com", "zhaoxin@example.com"  # of the first: one may look
ADDRESSES = (*MAIN_USERS, COLLEAGUE)
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
        places[COLLEAGUE] = _colleague(places[WITH_PARTNER], password, at)
        yield from places.values()


def _places(jing: Member, password: str, at: datetime) -> dict[str, AccountUser]:
    known = AccountUser.objects.filter(user__email__in=MAIN_USERS)
    found = {
        place.user.email or "": place for place in known.select_related("user", "cloud_account")
    }
    if len(found) == len(MAIN_USERS):
        return {address: found[address] for address in MAIN_USERS}
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


def _colleague(main: AccountUser, password: str, at: datetime) -> AccountUser:
    """One who may only view, and one who has not accepted yet."""
    mine = AccountUser.objects.of_account(main).select_related("user", "cloud_account")
    if found := mine.filter(user__email=COLLEAGUE).first():
        return found
    invite_user(main, name="赵新", email=INVITED, may_handle=True, at=at)
    hashed = make_password(password)
    user = User(name="童诗", email=COLLEAGUE, is_customer=True, password=hashed)
    user.save(force_insert=True)
    return AccountUser.objects.create(cloud_account=main.cloud_account, user=user, created_at=at)


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
