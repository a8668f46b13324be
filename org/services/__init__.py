"""Acts on partners, members, roles and people's accounts.

These stand above `activity`, because each leaves a line in the log; the models, permissions and
gate of this app stand below it (docs/design.md).
"""

from .accounts import (
    change_contact,
    check_contact,
    create_customer_user,
    create_user,
    create_vendor_user,
    deactivate_user,
    give_temporary_password,
    reactivate_user,
    reset_second_factor,
    reveal_contact,
)
from .members import (
    activate_member,
    admit_member,
    change_roles,
    create_member,
    deactivate_member,
    set_director,
    switch_partner,
    transfer_main_account,
)
from .partners import (
    change_partner,
    change_security,
    create_partner,
    decide_change_security,
    resume_partner,
    suspend_partner,
)
from .roles import change_role, create_role, delete_role
from .standing import set_standing

__all__ = [
    "activate_member",
    "admit_member",
    "change_contact",
    "change_partner",
    "change_role",
    "change_roles",
    "change_security",
    "check_contact",
    "create_customer_user",
    "create_member",
    "create_partner",
    "create_role",
    "create_user",
    "create_vendor_user",
    "deactivate_member",
    "deactivate_user",
    "decide_change_security",
    "delete_role",
    "give_temporary_password",
    "reactivate_user",
    "reset_second_factor",
    "resume_partner",
    "reveal_contact",
    "set_director",
    "set_standing",
    "suspend_partner",
    "switch_partner",
    "transfer_main_account",
]
