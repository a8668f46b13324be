"""预算和冻结权限: what a distributor lets a reseller do with its customers' limits."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from activity.services import notify, record
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused
from org.models import Member, Partner

from ..accounts.sides import between_both_sides
from .models import LimitGrant

Kind = LimitGrant.Kind


@dataclass(frozen=True)
class Terms:
    """What a reseller may: nothing, unless it is said. A ceiling of None is none."""

    may_freeze: bool = False
    kinds: tuple[str, ...] = ()
    monthly_most: Decimal | None = None
    one_time_most: Decimal | None = None

    @classmethod
    def of(cls, grant: LimitGrant | None) -> "Terms":
        if grant is None:
            return cls()
        most = (grant.monthly_most, grant.one_time_most)
        return cls(grant.may_freeze, tuple(sorted(grant.kinds)), *most)

    def as_line(self) -> dict[str, Any]:
        return {
            "may_freeze": self.may_freeze,
            "budget_kinds": list(self.kinds),
            "monthly_most": str(self.monthly_most or ""),
            "one_time_most": str(self.one_time_most or ""),
        }


def decide_grant(by: Member) -> Decision:
    """Whether this member says what resellers may do."""
    if not by.partner.is_distributor:
        return denied(_("只有总经销商可以管理云经销商的预算和冻结权限"))
    if not by.partner.is_postpaid:
        return denied(_("贵公司的销售模式是代售，没有预算和冻结"))
    if not by.is_main_account:
        return denied(_("只有主账号可以管理云经销商的预算和冻结权限"), _("请联系主账号"))
    return ALLOWED


@between_both_sides
def set_grant(reseller: Partner, terms: Terms, *, by: Member, at: datetime) -> LimitGrant | None:
    """设置权限: as they shall be from now on. Budgets that were set stay as they are (§4.4).

    Raises NotAllowed, Refused.
    """
    if not (decision := decide_grant(by)):
        raise NotAllowed(decision)
    own = Partner.objects.select_for_update(no_key=True).filter(distributor_id=by.partner_id)
    reseller = own.get(pk=reseller.pk)
    current = LimitGrant.objects.open().filter(partner=reseller).lock_all().first()
    before = Terms.of(current)
    if terms == before:
        raise Refused(_("没有需要保存的修改。"))
    if current:
        current.ended_at = at
        current.save(update_fields=["ended_at"])
    made = LimitGrant.objects.create(
        partner=reseller,
        distributor_id=by.partner_id,
        may_freeze=terms.may_freeze,
        kinds=list(terms.kinds),
        monthly_most=terms.monthly_most,
        one_time_most=terms.one_time_most,
        given_at=at,
        given_by=by.user,
    )
    after = {"partner": reseller.name, **terms.as_line()}
    record("limit_grant.set", made, by=by, at=at, before=before.as_line(), after=after)
    # Its own log, where the distributor's people are no members.
    record(
        *("limit_grant.set", made),
        by=by.user,
        at=at,
        partner_id=reseller.pk,
        before=before.as_line(),
        after=terms.as_line(),
    )
    main = Member.objects.active().main_accounts().filter(partner=reseller)
    notify(main, "limit_grant.set", key=f"limit_grant:{made.pk}", at=at)
    return made
