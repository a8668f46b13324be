"""The users of cloud accounts: how the addresses of their pages are filled."""

from customers.accounts.invitations import join_address
from customers.accounts.models import AccountUser, UserInvitation

from .actors import Seat
from .filling import Target, Which, of_account
from .world import World


def letters(seat: Seat, world: World, which: Which) -> list[Target]:
    """The address by which a colleague joins: open for whoever holds it."""
    if which != "own":
        return []
    found = UserInvitation.objects.open().order_by("pk").first()
    return [Target(join_address(found).split("/")[-2], True)]


_SUBS = of_account(AccountUser, is_main=False)
FILLERS = {
    ("my:join", "token"): letters,
    ("my:join_account", "token"): letters,
    **{(f"my:{page}", "pk"): _SUBS for page in ("user", "set_rights", "switch_user")},
    ("my:revoke_user_invitation", "pk"): of_account(UserInvitation),
}
