"""Acts on associations: invitations, and changes that two sides agree on."""

from .changes import (
    answer_customer,
    answer_for_partner,
    answer_partner,
    ask_of_customer,
    ask_to_leave,
    decide_leave,
    decide_manage,
    decide_meanwhile,
    decide_start,
    other_type,
    withdraw,
    withdraw_leaving,
)
from .checks import Outlook, outlook
from .invitations import (
    accept_invitation,
    check_open,
    decide_invite,
    invite_by_mail,
    make_link,
    refuse_invitation,
    resend_invitation,
    revoke_invitation,
)

__all__ = [
    "Outlook",
    "accept_invitation",
    "answer_customer",
    "answer_for_partner",
    "answer_partner",
    "ask_of_customer",
    "ask_to_leave",
    "check_open",
    "decide_invite",
    "decide_leave",
    "decide_manage",
    "decide_meanwhile",
    "decide_start",
    "invite_by_mail",
    "make_link",
    "other_type",
    "outlook",
    "refuse_invitation",
    "resend_invitation",
    "revoke_invitation",
    "withdraw",
    "withdraw_leaving",
]
