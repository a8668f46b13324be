"""Acts on partners (sales_pipeline.md §7: the channel)."""

import unicodedata
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core.access import ALLOWED, Decision, denied
from core.refusals import InvalidTransition, NotAllowed, Refused
from org.models import Member, Partner, Standing
from org.rules import is_credit_code

from .locks import lock_partners

Kind = Partner.Kind


@transaction.atomic
def create_partner(
    *,
    name: str,
    kind: str,
    distributor: Partner | None = None,
    credit_code: str | None = None,
    sales_model: str = "",
    by: Actor,
    at: datetime,
) -> Partner:
    """创建伙伴. A reseller names its one distributor, nobody else has one, and sells as it does;
    who says no sales model sells as 代售. Raises Refused."""
    if distributor:
        (distributor,) = lock_partners(distributor.pk)
    usual = distributor.sales_model if distributor else Partner.SalesModel.RESALE
    partner = Partner(
        name=_tidy(name),
        kind=kind,
        distributor=distributor,
        credit_code=_code(credit_code),
        sales_model=sales_model or usual,
    )
    _stand_below(partner)
    _check(partner)
    partner.save()
    record("partner.created", partner, by=by, at=at, partner=partner, after=_facts(partner))
    return partner


@transaction.atomic
def change_partner(
    partner: Partner,
    *,
    name: str,
    kind: str,
    distributor: Partner | None = None,
    credit_code: str | None = None,
    sales_model: str = "",
    by: Actor,
    at: datetime,
) -> Partner:
    """修改伙伴: all facts as they shall be; its resellers sell as it does from then on.

    Raises Refused, also while it or a reseller has customers of the model that it leaves.
    """
    partner, *above = lock_partners(partner.pk, distributor.pk if distributor else None)
    before = _facts(partner)
    if kind != Kind.DISTRIBUTOR and partner.is_distributor and partner.resellers.exists():
        raise Refused(_("该总经销商名下还有云经销商，不能变更类型。"))
    partner.name, partner.kind = _tidy(name), kind
    partner.distributor = above[0] if above else None
    partner.credit_code = _code(credit_code)
    partner.sales_model = sales_model or partner.sales_model
    after = _facts(partner)
    if after == before:
        raise Refused(_("没有需要保存的修改。"))
    _check(partner)
    _stand_below(partner)
    facts = ("name", "kind", "distributor", "credit_code", "sales_model", "standing_above")
    _save(partner, *facts)
    changed = [key for key in after if after[key] != before[key]]
    record(
        "partner.changed",
        partner,
        by=by,
        at=at,
        partner=partner,
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )
    return partner


def _stand_below(partner: Partner) -> None:
    """受限 and 冻结 of its distributor hold of it, too."""
    above = partner.distributor
    partner.standing_above = above.standing if above else Standing.NORMAL


def _save(partner: Partner, *fields: str) -> None:
    """What customers there are, the database knows: they belong to an app above this one."""
    try:
        with transaction.atomic():
            partner.save(update_fields=fields)
    except IntegrityError as error:
        if "customers_stay_in_their_model" not in str(error):
            raise
        raise Refused(
            _("该伙伴或其云经销商还有按原销售模式关联的客户，不能变更销售模式。")
        ) from error


@transaction.atomic
def suspend_partner(partner: Partner, *, by: Actor, at: datetime) -> Partner:
    """停用伙伴: from the next request on nobody acts for it. Its rows stay as they are."""
    return _switch(partner, False, "partner.suspended", _("该伙伴已停用。"), by=by, at=at)


@transaction.atomic
def resume_partner(partner: Partner, *, by: Actor, at: datetime) -> Partner:
    """恢复伙伴."""
    return _switch(partner, True, "partner.resumed", _("该伙伴已启用。"), by=by, at=at)


def decide_change_security(member: Member) -> Decision:
    """Whether the member may change 安全设置: the main account may, nobody else."""
    if member.is_main_account:
        return ALLOWED
    return denied(_("只有主账号可以修改安全设置"), _("请联系贵公司的主账号"))


@transaction.atomic
def change_security(*, by: Member, at: datetime, **wanted: bool) -> Partner:
    """安全设置 of the member's partner: `exports_need_approval`, `sensitive_needs_code`.

    Saved unchanged, it leaves no line. Raises NotAllowed.
    """
    if not (decision := decide_change_security(by)):
        raise NotAllowed(decision)
    (partner,) = lock_partners(by.partner_id)
    after = {name: each for name, each in wanted.items() if getattr(partner, name) != each}
    if not after:
        return partner
    before = {name: getattr(partner, name) for name in after}
    for name, each in after.items():
        setattr(partner, name, each)
    partner.save(update_fields=list(after))
    record("partner.security_changed", partner, by=by, at=at, before=before, after=after)
    return partner


def _switch(
    partner: Partner, active: bool, verb: str, refusal: str, *, by: Actor, at: datetime
) -> Partner:
    (partner,) = lock_partners(partner.pk)
    if partner.is_active == active:
        raise InvalidTransition(refusal)
    partner.is_active = active
    partner.save(update_fields=["is_active"])
    before, after = {"is_active": not active}, {"is_active": active}
    record(verb, partner, by=by, at=at, partner=partner, before=before, after=after)
    return partner


def _check(partner: Partner) -> None:
    if not partner.name:
        raise Refused(_("请填写伙伴名称。"))
    if partner.kind not in Kind.values:
        raise Refused(_("没有这个伙伴类型：%(kind)s。") % {"kind": partner.kind})
    if partner.sales_model not in Partner.SalesModel.values:
        raise Refused(_("没有这个销售模式：%(model)s。") % {"model": partner.sales_model})
    _check_distributor(partner)
    others = Partner.objects.exclude(pk=partner.pk)
    if others.filter(name=partner.name).exists():
        raise Refused(_("已有同名伙伴：%(name)s。") % {"name": partner.name})
    if not partner.credit_code:
        return
    if not is_credit_code(partner.credit_code):
        raise Refused(_("统一社会信用代码无效：%(code)s。") % {"code": partner.credit_code})
    if others.filter(credit_code=partner.credit_code).exists():
        raise Refused(_("该统一社会信用代码已属于另一个伙伴。"))


def _check_distributor(partner: Partner) -> None:
    above = partner.distributor
    if partner.kind != Kind.RESELLER:
        if above:
            raise Refused(_("只有云经销商归属总经销商。"))
        return
    if above is None:
        raise Refused(_("云经销商必须且只能归属一个总经销商，请选择总经销商。"))
    if above.pk == partner.pk or not above.is_distributor:
        raise Refused(_("%(name)s 不是总经销商。") % {"name": above})
    if not above.is_active:
        raise Refused(_("总经销商 %(name)s 已停用。") % {"name": above})
    if above.sales_model != partner.sales_model:
        raise Refused(_("云经销商的销售模式须与其总经销商相同。"))


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())


def _code(credit_code: str | None) -> str | None:
    return _tidy(credit_code or "").upper() or None


def _facts(partner: Partner) -> dict[str, str]:
    """What the log says of a partner. A company's name is public, so it is not masked."""
    return {
        "partner": partner.name,
        "kind": partner.kind,
        "distributor": str(partner.distributor or ""),
        "credit_code": partner.credit_code or "",
        "sales_model": partner.sales_model,
    }
