"""Who is refused although the roles hold the permission, and why."""

from collections.abc import Callable

from core import tenancy
from customers.proxies.models import Purpose
from jobs.models import Job
from org.permissions import CUSTOMERS_REVEAL, CUSTOMERS_VIEW, CUSTOMERS_VIEW_RESELLERS

from . import of_billing
from .actors import Seat
from .imports import WRITES
from .pages import Probe

# Who handles an alert: the customer's manager, or the main account without one.
_SOLE_OWNERS = {"jing": "jing", "unassigned": "yun", "distributor": "zong", "stranger": "pang"}


def _is_asker(seat: Seat, probe: Probe) -> bool:
    """Whether the person asked for the job of the address: nobody approves his own."""
    with tenancy.vendor():
        return Job.objects.filter(pk=probe.path.split("/")[2], member=seat.member).exists()


def _no_distributor(seat: Seat, probe: Probe) -> bool:
    return not seat.is_distributor


def _not_ordering(seat: Seat, probe: Probe) -> bool:
    return seat.acts_to != Purpose.ORDER


ALSO_REFUSE: dict[str, Callable[[Seat, Probe], bool]] = {
    "customers:reseller_customer_list": _no_distributor,
    "operations:buy": _not_ordering,
    "operations:cancel": _not_ordering,
    "operations:ask": lambda seat, probe: (
        seat.acts_to == Purpose.ORDER and "/renew/" not in probe.path
    ),
    **dict.fromkeys(
        (
            *("followups:reseller_view_list", "budgets:reseller_record_list"),
            "freezing:reseller_record_list",
            *of_billing.RESELLERS,
        ),
        lambda seat, probe: (
            not seat.is_distributor or CUSTOMERS_VIEW_RESELLERS not in seat.permissions
        ),
    ),
    "invoices:reseller_obligation_list": _no_distributor,
    **dict.fromkeys(
        ("followups:handle_alert", "followups:snooze_alert", "followups:resume_alert"),
        lambda seat, probe: (
            seat.actor.name != _SOLE_OWNERS.get(getattr(seat.actor, probe.which, ""))
        ),
    ),
    **{
        f"associations:{page}": lambda seat, probe: not seat.member.is_main_account
        for page in ("answer", "withdraw", "ask_leave", "ask_switch")
    },
    "my:answer_invitation": lambda seat, probe: probe.method == "POST" and not seat.permissions,
    "jobs:ask_export": lambda seat, probe: (
        not probe.forged and CUSTOMERS_VIEW not in seat.permissions
    ),
    **{
        f"jobs:import_{page}": lambda seat, probe: not WRITES & set(seat.permissions)
        for page in ("upload", "template", "columns", "preview", "errors")
    },
    "jobs:download": lambda seat, probe: CUSTOMERS_VIEW not in seat.permissions,
    "jobs:approval": lambda seat, probe: probe.method == "POST" and _is_asker(seat, probe),
    "org:change_security": lambda seat, probe: not seat.member.is_main_account,
    "funds:reseller_list": _no_distributor,
    "coupons:given_list": _no_distributor,
    "coupons:give": _no_distributor,
    **{
        f"authorizations:{page}": lambda seat, probe: not seat.gives_rights
        for page in ("reseller_list", "give_right", "withdraw_right")
    },
    "budgets:recipients": lambda seat, probe: not seat.member.is_main_account,
    "freezing:grant_list": lambda seat, probe: not seat.gives_rights,
    "freezing:grant": lambda seat, probe: not seat.gives_rights,
    "customers:customer_detail": lambda seat, probe: (
        probe.method == "POST" and CUSTOMERS_REVEAL not in seat.permissions
    ),
}

# Where a job that another probe has ended is over before anybody asks whose it is.
MAY_BE_OVER: dict[str, tuple[int, ...]] = {
    "jobs:approval": (409,),
    # On another day than the world's the proxy session has ended.
    **dict.fromkeys(("operations:ask", "operations:buy", "operations:cancel"), (302,)),
}
