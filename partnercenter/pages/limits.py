"""What the customer lists show of budgets and freezing, for partners of the model that has them.

All of it is read with the rows: the lists of other partners ask for nothing more.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing.budgets.bulk import SetBudgets, SetTheirBudgets
from billing.budgets.lists import FILTERS as BUDGET_FILTERS
from billing.budgets.lists import USAGE
from billing.funds.bulk import AllocateToCustomers
from core.lists import columns, filters
from core.lists.bulk import BulkAction
from customers.freezing.bulk import (
    FreezeCustomers,
    FreezeTheirs,
    UnfreezeCustomers,
    UnfreezeTheirs,
)
from customers.freezing.lists import state_column, state_filters
from customers.freezing.models import LimitGrant
from customers.freezing.standing import standings_of
from customers.models import Customer
from org.models import Member
from org.permissions import (
    BUDGETS_SET,
    BUDGETS_SET_RESELLERS,
    BUDGETS_VIEW,
    CUSTOMERS_FREEZE_RESELLERS,
)

ACTIONS: tuple[BulkAction, ...] = (SetBudgets(), FreezeCustomers(), UnfreezeCustomers())
THEIR_ACTIONS: tuple[BulkAction, ...] = (SetTheirBudgets(), FreezeTheirs(), UnfreezeTheirs())
_ONLY_RESALE = (AllocateToCustomers,)
_ONLY_POSTPAID = (SetBudgets, FreezeCustomers, UnfreezeCustomers)
_FROZEN = ("account", "resources", "released")


def actions_for(member: Member, actions: Iterable[BulkAction]) -> tuple[BulkAction, ...]:
    """Without those of the other sales model."""
    others = _ONLY_RESALE if member.partner.is_postpaid else _ONLY_POSTPAID
    return tuple(action for action in actions if not isinstance(action, others))


def columns_for(member: Member, *, resellers: bool = False) -> list[columns.Column]:
    if not member.partner.is_postpaid:
        return []
    state = state_column(standings_of(member, resellers=resellers))
    return [*([USAGE] if member.may(BUDGETS_VIEW) else []), state]


def filters_for(member: Member, *, resellers: bool = False) -> list[filters.Filter]:
    if not member.partner.is_postpaid:
        return []
    states = state_filters(standings_of(member, resellers=resellers))
    return [*(BUDGET_FILTERS if member.may(BUDGETS_VIEW) else ()), *states]


def budget_button(member: Member) -> Callable[[int], str]:
    """In a row of one's own customers; whether this reseller may, the page behind it says."""
    if not member.may(BUDGETS_SET):
        return lambda pk: ""
    url, words = reverse("budgets:set_budget", args=[0]), str(_now("设置预算"))
    return lambda pk: f'<a href="{url.replace("/0/", f"/{pk}/")}">{words}</a>'


# ---- resellers' customers ----


def with_delegated(rows: QuerySet[Any], member: Member) -> QuerySet[Any]:
    """Whether the customer's reseller may do anything with its limits."""
    given = LimitGrant.objects.visible_to(member).filter(Q(may_freeze=True) | ~Q(kinds=[]))
    open_ones = given.filter(ended_at__isnull=True, partner=OuterRef("partner"))
    return rows.annotate(delegated=Exists(open_ones))


DELEGATED = {True: _("已开放"), False: _("未开放")}


def their_columns_for(member: Member) -> list[columns.Column]:
    if not member.partner.is_postpaid:
        return []
    shown = [
        *columns_for(member, resellers=True),
        columns.Choice("delegated", _("预算和冻结权限"), choices=DELEGATED),
    ]
    if member.may(BUDGETS_SET_RESELLERS) or member.may(CUSTOMERS_FREEZE_RESELLERS):
        reads = ("pk", "association_type", "freeze__state")
        buttons = _their_buttons(member)
        shown.append(columns.Actions("actions", _("操作"), reads, buttons=lambda page: buttons))
    return shown


def _their_buttons(member: Member) -> columns.Cell:
    sets = str(_now("设置预算")) if member.may(BUDGETS_SET_RESELLERS) else ""
    may_freeze = bool(member.may(CUSTOMERS_FREEZE_RESELLERS))
    budget, freeze, thaw = (
        reverse(name, args=[0])
        for name in ("budgets:set_theirs", "freezing:freeze_theirs", "freezing:unfreeze_theirs")
    )
    freezes, thaws = str(_now("冻结")), str(_now("解冻"))

    def link(url: str, pk: int, words: str) -> str:
        return f'<a href="{url.replace("/0/", f"/{pk}/")}">{words}</a>'

    def buttons(values: Any) -> str:
        pk, association_type, state = values
        if association_type != Customer.Association.POSTPAID:
            return ""
        shown = link(budget, pk, sets) if sets else ""
        if may_freeze:
            frozen = state in _FROZEN
            shown += link(thaw if frozen else freeze, pk, thaws if frozen else freezes)
        return shown

    return buttons


def their_filters_for(member: Member) -> list[filters.Filter]:
    if not member.partner.is_postpaid:
        return []
    delegated = filters.Choice(
        "delegated",
        _("预算和冻结权限"),
        choices={"yes": _("已开放"), "no": _("未开放")},
        apply=lambda rows, value: rows.filter(delegated=value == "yes"),
    )
    return [*filters_for(member, resellers=True), delegated]
