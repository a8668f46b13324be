"""How customers came, who of them signs in, and what waits between the two sides."""

from typing import Any

from associations.models import InvitationAnswer
from customers.accounts import invitations
from customers.accounts.models import AccountNotice, AccountUser, UserInvitation
from customers.models import Customer
from org.models import Member
from tests import factories
from tests.factories import NOW

from . import marks


def of_customer(customer: Customer, manager: Member | None, n: int) -> None:
    by = manager or Member.objects.main_accounts().filter(partner=customer.partner).first()
    place = factories.make_account_user(account=customer.cloud_account)
    factories.make_account_user(account=customer.cloud_account, is_main=False)
    AccountNotice.objects.create(
        cloud_account=customer.cloud_account,
        kind="account.associated",
        params={"partner": "word"},
        key=f"{n}",
        created_at=NOW,
    )
    UserInvitation.objects.create(
        cloud_account=customer.cloud_account,
        name="x",
        email=marks.email(marks.group_of(customer.pk), "customers.UserInvitation.email", n),
        may_handle=False,
        sent_at=NOW,
        expires_at=NOW + invitations.LIFE,
    )
    _changes_of(customer, n)
    if by:
        _invitations_of(customer, by, place)


def _changes_of(customer: Customer, n: int) -> None:
    """It came; and one side asks to end the association: the partner of every other customer.

    A customer that asked has waited for so long that the vendor may answer, too.
    """
    words: dict[str, Any] = {"customer": customer, "reason": "word", "comment": "word"}
    joined = {"type_after": customer.association_type, "state": "done", "done_at": NOW}
    factories.make_change(kind="join", **words, **joined)
    asked = {"initiator": "customer", "escalated_at": NOW} if n % 2 else {"initiator": "partner"}
    factories.make_change(**asked, **words)


def _invitations_of(customer: Customer, by: Member, place: AccountUser) -> None:
    group = marks.group_of(customer.pk)
    n = customer.pk % 10_000
    mail = factories.make_invitation(
        by=by, email=marks.email(group, "associations.Invitation.email", n), sent_at=None
    )
    for invitation in (mail, factories.make_invitation(by=by)):
        InvitationAnswer.objects.create(
            partner_id=customer.partner_id,
            invitation=invitation,
            cloud_account=customer.cloud_account,
            account_name="x",
            user=place.user,
            outcome="accepted",
            customer=customer,
            at=NOW,
        )


def place_of(group: str, n: int, *, is_main: bool = True) -> AccountUser:
    """A user of the n-th customer's account of a group."""
    first = marks.first_id(group)
    customers = Customer.objects.filter(pk__range=(first, first + 9999)).order_by("pk")
    account = customers[n].cloud_account_id
    return AccountUser.objects.get(cloud_account=account, is_main=is_main)
