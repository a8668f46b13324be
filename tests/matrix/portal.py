"""The users of cloud accounts: how the addresses of their pages are filled."""

from collections.abc import Callable
from typing import Any

from customers.accounts.invitations import join_address
from customers.accounts.models import AccountUser, UserInvitation


def fillers(of_account: Callable[..., Any]) -> dict[tuple[str, str], Any]:
    subs = of_account(AccountUser, is_main=False)
    return {
        ("my:join", "token"): letters,
        ("my:join_account", "token"): letters,
        **{(f"my:{page}", "pk"): subs for page in ("user", "set_rights", "switch_user")},
        ("my:revoke_user_invitation", "pk"): of_account(UserInvitation),
    }


def letters(seat: Any, world: Any, which: str) -> list[Any]:
    """The address by which a colleague joins: open for whoever holds it."""
    from .fillers import Target

    if which != "own":
        return []
    found = UserInvitation.objects.open().order_by("pk").first()
    return [Target(join_address(found).split("/")[-2], True)]
