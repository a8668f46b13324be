"""How a 转售 customer stands with its partner: what the vendor restricts or freezes reaches it at
once (org/services/standing.py), beside what the partner froze itself.
"""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.access import ALLOWED, Decision, denied
from org.models import Member, Partner, Standing

from ..rules import POSTPAID
from .models import Freeze, State

# The states of a customer as they are shown: its own, and those that it has with its partner.
SHOWN = {
    **dict(State.choices),
    Standing.RESTRICTED.value: _l("随伙伴受限"),
    Standing.FROZEN.value: _l("随伙伴冻结"),
}
TONES = {
    "normal": "green",
    "account": "amber",
    "resources": "red",
    "released": "muted",
    "restricted": "amber",
    "frozen": "red",
}
# Which own states a standing of the partner is worse than.
_COVERS: Mapping[str, tuple[State, ...]] = {
    Standing.NORMAL: (),
    Standing.RESTRICTED: (State.NORMAL,),
    Standing.FROZEN: (State.NORMAL, State.ACCOUNT),
}


def shown_state(own: str | None, association_type: str, standing: str) -> str:
    """A key of SHOWN. `own` is None of a customer that was never frozen."""
    own = own or State.NORMAL
    return standing if association_type == POSTPAID and own in _COVERS[standing] else own


def standings_of(by: Member, *, resellers: bool) -> Mapping[int, str]:
    """The partners whose customers a list shows, of those that are restricted or frozen.

    It costs no statement: a request knows its partner, and who reaches resellers knows theirs.
    """
    if resellers:
        return by.reseller_standings
    return {by.partner_id: by.partner.effective_standing} if by.partner.is_restricted else {}


def in_state(state: str, standings: Mapping[int, str]) -> Q:
    """Customers that are shown in this state. While no partner is held it asks for the own state
    and nothing else."""
    if state in Standing.values and state != Standing.NORMAL:
        held = [pk for pk, standing in standings.items() if standing == state]
        return _with(held) & _own(_COVERS[state])
    covering = [pk for pk, standing in standings.items() if state in _COVERS[standing]]
    return _own((state,)) & ~_with(covering) if covering else _own((state,))


def _with(partners: list[int]) -> Q:
    return Q(association_type=POSTPAID, partner__in=partners)


def _own(states: tuple[str, ...]) -> Q:
    """By what it is, or, of nearly all, by what it is not: few were ever frozen."""
    if State.NORMAL not in states:
        return Q(freeze__state__in=states)
    others = Freeze.objects.filter(customer=OuterRef("pk")).exclude(state__in=states)
    return Q(~Exists(others))


# ---- what a frozen partner may not do ----


def decide_develop(partner: Partner) -> Decision:
    """Whether customers come to it as 转售, and leave: both end while it is frozen."""
    if partner.is_frozen:
        return denied(
            _("伙伴已被厂商冻结，暂不能发展转售客户，也不能与其解除关联"),
            _("请联系厂商"),
        )
    return ALLOWED
