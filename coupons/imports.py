"""Files: coupons for up to 5,000 customers, and the white lists of a kind (§15.3, §15.5).

What a file says of a customer that no coupon may go to is a wrong line with its sentence; the
rest is issued by the service of the form, a quota at a time, in one of each statement.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.services import record
from billing.funds.forms import read_amount
from core.access import Decision
from core.refusals import Refused
from customers.models import Customer
from jobs.imports.kinds import BadCell, Change, ImportColumn, ImportKind, Line, Plan, Wrong
from jobs.imports.models import Import
from jobs.imports.rules import within

from . import rules
from .models import Quota, WhitelistItem, WhitelistVersion
from .models.quotas import quota_number
from .services import issuing

_QUOTA = re.compile(r"Q?0*([0-9]{1,18})", re.IGNORECASE)
_NUMBER = ImportColumn(
    "number",
    _l("客户ID"),
    _l("必填，您可见的客户的客户ID。"),
    ("客户编号", "customer id", "customer number", "id"),
    "cust00000001",
    is_required=True,
    parse=within(64),
)


def _amount(text: str) -> str:
    try:
        return str(read_amount(text))
    except ValidationError as error:
        raise BadCell(error.messages[0]) from error


def _quota(text: str) -> int:
    if not (found := _QUOTA.fullmatch(text.strip())):
        raise BadCell(_("请填写额度编号，如 Q0000000001"))
    return int(found[1])


class CouponsByFile(ImportKind):
    key = "coupons"
    sensitive = True
    title = _l("按文件发放券")
    help = _l("每行一个客户，从所填的额度发放；有效期和限制与额度相同。一次最多 5,000 个客户。")
    belongs_to = "coupons:quota_list"
    columns = (
        _NUMBER,
        ImportColumn(
            "quota",
            _l("额度编号"),
            _l("必填，状态为“正常”的额度。"),
            ("额度", "quota", "quota number"),
            "Q0000000001",
            is_required=True,
            parse=_quota,
        ),
        ImportColumn(
            "face",
            _l("面值（元）"),
            _l("必填，大于 0，最多两位小数。"),
            ("面值", "金额", "face", "amount"),
            "100.00",
            is_required=True,
            parse=_amount,
        ),
        ImportColumn(
            "remark",
            _l("备注"),
            _l("仅贵公司可见，显示在操作记录中。"),
            ("remark", "note"),
            _l("年底活动"),
            parse=within(255),
        ),
    )

    def decide(self, by: Any) -> Decision:
        return issuing.decide_issue(by, at=None)

    def plan(self, lines: Iterable[Line], made: Import, *, by: Any, at: datetime) -> Plan:
        plan = Plan()
        by_quota: dict[int, list[Line]] = {}
        for count, line in enumerate(lines, start=1):
            if count > rules.MOST_BY_FILE:
                said = _("一次最多发放 %(most)s 个客户。") % {"most": f"{rules.MOST_BY_FILE:,}"}
                plan.wrong.append(Wrong(line.number, "number", said))
            else:
                by_quota.setdefault(line.values["quota"], []).append(line)
        quotas = Quota.objects.visible_to(by).in_bulk(list(by_quota))
        for pk, some in sorted(by_quota.items()):
            _plan_quota(plan, quotas.get(pk), some, by=by, at=at)
        plan.changes.sort(key=lambda change: change.line)
        return plan

    @transaction.atomic
    def commit(self, made: Import, plan: Plan, *, by: Any, at: datetime) -> None:
        wanted: dict[int, dict[int, Mapping[str, Any]]] = {}
        for change in plan.changes:
            wanted.setdefault(change.after["quota"], {})[int(change.subject)] = change.after
        for pk, of_customers in sorted(wanted.items()):
            quota = Quota.objects.visible_to(by).get(pk=pk)
            customers = Customer.objects.visible_to(by).filter(pk__in=of_customers).order_by("pk")
            orders = [issuing.Line(each, _wish(quota, of_customers[each.pk])) for each in customers]
            token = uuid5(NAMESPACE_OID, f"{made.token}:{pk}")
            most = rules.MOST_BY_FILE
            issuing.issue_coupons(quota, orders, token=token, by=by, at=at, most=most)
        made.mark_committed(at=at)

    def done_url(self, made: Import) -> str:
        return reverse("coupons:record_list")


def _plan_quota(
    plan: Plan, quota: Quota | None, lines: list[Line], *, by: Any, at: datetime
) -> None:
    """What the lines of one quota would issue, or why they would not."""
    if quota is None:
        plan.wrong += [Wrong(each.number, "quota", _("没有这个额度")) for each in lines]
        return
    if not (decision := issuing.decide_issue(by, quota, at=at)):
        plan.wrong += [Wrong(each.number, "quota", str(decision)) for each in lines]
        return
    numbers = [each.values["number"] for each in lines]
    mine = Customer.objects.visible_to(by).associated().filter(number__in=numbers)
    customers = {each.number: each for each in mine}
    orders: dict[int, issuing.Line] = {}
    for each in lines:
        if customer := customers.get(each.values["number"]):
            wish = _wish(quota, {"face": each.values["face"], **_remark(each)})
            orders[each.number] = issuing.Line(customer, wish)
        else:
            plan.wrong.append(Wrong(each.number, "number", _("在您的客户中没有这个客户ID")))
    reason, blocked = issuing.why_not(quota, list(orders.values())) if orders else ("", {})
    for number, order in orders.items():
        if said := blocked.get(order.customer.pk) or reason:
            plan.wrong.append(Wrong(number, "number" if said != reason else "quota", said))
        else:
            plan.changes.append(_change(number, quota, order))


def _remark(line: Line) -> dict[str, str]:
    return {"remark": line.values.get("remark", "")}


def _wish(quota: Quota, said: Mapping[str, Any]) -> rules.Wish:
    return rules.Wish(
        Decimal(said["face"]), quota.starts_at, quota.ends_at, remark=said.get("remark", "")
    )


def _change(number: int, quota: Quota, order: issuing.Line) -> Change:
    face, remark = str(order.wish.face), order.wish.remark
    shown = {
        "number": order.customer.number,
        "quota": quota_number(quota.pk),
        "face": face,
        "remark": remark,
    }
    after = {"quota": quota.pk, "face": face, "remark": remark}
    return Change(number, order.customer.pk, {}, after, shown)


class Whitelist(ImportKind):
    """客户白名单 of one kind: each file is a version, and the newest one counts."""

    columns = (_NUMBER,)
    belongs_to = "coupons:whitelist_list"

    def __init__(self, kind: str) -> None:
        self.kind, self.key = kind, f"whitelist_{kind}"
        words = {"kind": Quota.Kind(kind).label}
        self.title = _l("导入%(kind)s白名单") % words
        self.help = _l("每行一个客户ID。导入后成为新版本，只有新版本中的客户可以接收；旧版本保留。")

    def decide(self, by: Any) -> Decision:
        return issuing.decide_issue(by, at=None)

    def plan(self, lines: Iterable[Line], made: Import, *, by: Any, at: datetime) -> Plan:
        plan = Plan()
        for count, line in enumerate(lines, start=1):
            number = line.values["number"]
            if count > rules.MOST_BY_FILE:
                said = _("白名单最多 %(most)s 个客户。") % {"most": f"{rules.MOST_BY_FILE:,}"}
                plan.wrong.append(Wrong(line.number, "number", said))
            else:
                plan.changes.append(Change(line.number, number, {}, {}, {"number": number}))
        return plan

    @transaction.atomic
    def commit(self, made: Import, plan: Plan, *, by: Any, at: datetime) -> None:
        versions = WhitelistVersion.objects.visible_to(by).filter(kind=self.kind)
        last = versions.aggregate(last=Max("version"))["last"] or 0
        try:
            with transaction.atomic():
                version = WhitelistVersion.objects.create(
                    partner_id=by.partner_id,
                    kind=self.kind,
                    version=last + 1,
                    file=made.name,
                    size=len(plan.changes),
                    member=by,
                    at=at,
                )
        except IntegrityError as error:
            raise Refused(_("另一个文件刚刚导入，请刷新后重试。")) from error
        WhitelistItem.objects.bulk_create(
            WhitelistItem(partner_id=by.partner_id, version=version, number=str(each.subject))
            for each in plan.changes
        )
        after = {"coupon_kind": self.kind, "file": made.name, "lines": len(plan.changes)}
        record("whitelist.imported", version, by=by, at=at, after=after)
        made.mark_committed(at=at)

    def done_url(self, made: Import) -> str:
        return reverse("coupons:whitelist_list")


WHITELISTS = tuple(Whitelist(kind) for kind, its in rules.KINDS.items() if its.whitelist)
