"""经营状态 of a partner: 受限 and 冻结 by the vendor (customers_coupons.md §4.4, [S71]).

What it brings about is derived where it matters, from the partner's row: of its customers no row
is written.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from core.refusals import Refused
from org.models import Member, Partner, Standing, User, worse

from .locks import lock_partners

_VERBS = {
    Standing.RESTRICTED: "partner.restricted",
    Standing.FROZEN: "partner.frozen",
    Standing.NORMAL: "partner.restored",
}


@transaction.atomic
def set_standing(
    partner: Partner, standing: str, *, reason: str, by: User | None, at: datetime
) -> Partner:
    """受限, 冻结, or back to 正常; it holds of its resellers at the same instant.

    Raises InvalidTransition, Refused.
    """
    (partner,) = lock_partners(partner.pk)
    if not (reason := reason.strip()):
        raise Refused(_("请填写原因。"))
    if standing != Standing.NORMAL and not partner.is_postpaid:
        raise Refused(_("只有销售模式为转售的伙伴可以受限或冻结。"))
    before = partner.standing
    partner.mark_standing(standing, reason, by, at=at)
    record(
        *(_VERBS[Standing(standing)], partner),
        by=by,
        at=at,
        partner=partner,
        before={"standing": before},
        after={"standing": standing, "reason": reason},
    )
    key = f"standing:{partner.pk}:{at.isoformat()}"
    _tell([partner], standing, key=key, at=at, reason=reason)
    for standing_now, resellers in _moved(partner, before).items():
        above = _("总经销商的经营状态变更")
        _tell(resellers, standing_now, key=key, at=at, reason=above)
    return partner


def _moved(partner: Partner, before: str) -> dict[str, list[Partner]]:
    """The resellers for which something changed, by what holds of them now."""
    moved = defaultdict(list)
    for each in partner.resellers.order_by("pk"):
        now = worse(each.standing, partner.standing)
        if now != worse(each.standing, before):
            moved[now].append(each)
    return moved


def _tell(
    partners: Iterable[Partner], standing: str, *, key: str, at: datetime, reason: str
) -> None:
    mains = Member.objects.active().main_accounts().filter(partner__in=partners)
    notify(mains, _VERBS[Standing(standing)], key=key, at=at, reason=reason)
