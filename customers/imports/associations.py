"""导入关联客户: the vendor links many customers with a partner, all of a file or none.

Set-based: 100,000 lines are a few statements. The rules are those of `associate_customer`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.bulk import record_selected
from activity.services import record
from core.access import ALLOWED, Decision, denied
from core.clock import BEIJING, is_sensible
from core.refusals import InvalidTransition, NotAllowed, Refused
from core.search import search_text
from jobs.imports.kinds import BadCell, Change, ImportColumn, ImportKind, Line, Plan, Wrong
from jobs.imports.models import Import
from jobs.imports.rules import SAMPLE, chunks, one_of, within
from org.models import User

from ..models import Customer
from ..rules import may_bring_in

_AT_ONCE = 10_000
_TYPES = {
    "referral": (Customer.Association.REFERRAL.label,),
    "resale": (Customer.Association.RESALE.label,),
    "postpaid": (Customer.Association.POSTPAID.label,),
}
_SOURCES = {source.value: (source.label,) for source in Customer.Source}


@lru_cache(maxsize=4_096)
def _instant(text: str) -> str:
    """A day or an instant in Beijing, as an instant in UTC."""
    plain = text.replace("/", "-").replace(".", "-")
    parts = plain.split(" ", 1)
    day = "-".join(part.zfill(2) for part in parts[0].split("-"))
    try:
        found = parse_datetime(f"{day} {parts[1] if len(parts) > 1 else '00:00'}")
    except ValueError:
        found = None
    if found is None or found.tzinfo or not is_sensible(found.date()):
        raise BadCell(_("不是日期，请按 2026-01-31 或 2026-01-31 08:00:00 填写"))
    return found.replace(tzinfo=BEIJING).astimezone(UTC).isoformat()


class Associations(ImportKind):
    key = "associations"
    title = _l("导入关联客户")
    help = _l("把云账号批量关联到一个伙伴。整个文件一起导入；有误的行不导入。")
    columns = (
        ImportColumn(
            "number",
            _l("客户ID"),
            _l("必填，云账号的客户ID。"),
            ("客户编号", "customer id", "customer number", "id"),
            "cust00000001",
            is_required=True,
            parse=within(64),
        ),
        ImportColumn(
            "name",
            _l("客户名称"),
            _l("必填，最多 128 个字。"),
            ("名称", "customer name", "name"),
            _l("深圳云帆科技有限公司"),
            is_required=True,
            parse=within(128),
        ),
        ImportColumn(
            "account_name",
            _l("账号名"),
            _l("必填，最多 64 个字。"),
            ("帐号名", "account name", "account"),
            "yunfan_cloud",
            is_required=True,
            parse=within(64),
        ),
        ImportColumn(
            "association_type",
            _l("关联类型"),
            _l("必填，顾问销售，或伙伴的销售模式：代售、转售。"),
            ("类型", "association type", "type"),
            _l("代售"),
            is_required=True,
            parse=one_of(_TYPES),
        ),
        ImportColumn(
            "associated_at",
            _l("关联时间"),
            _l("必填，北京时间的日期或时间，不晚于现在。"),
            ("关联日期", "associated at", "associated on", "date"),
            "2026-01-31",
            is_required=True,
            parse=_instant,
        ),
        ImportColumn(
            "source",
            _l("关联来源"),
            _l("线上邀请、通用链接、API 创建或账单映射；不填为线上邀请。"),
            ("来源", "source"),
            _l("线上邀请"),
            parse=one_of(_SOURCES),
        ),
    )

    def decide(self, by: Any) -> Decision:
        if isinstance(by, User) and by.is_active and by.vendor_role == "operator":
            return ALLOWED
        return denied(_("您的厂商角色不能执行此操作"), _("请联系厂商运营人员"))

    def plan(self, lines: Iterable[Line], made: Import, *, by: Any, at: datetime) -> Plan:
        plan, now = Plan(), at.isoformat()
        partner = made.partner
        types = may_bring_in(partner.sales_model, is_frozen=partner.is_frozen)
        for some in chunks(lines, _AT_ONCE):
            known = _associations([line.values["number"] for line in some])
            for line in some:
                reason = _refusal(line, known, made.partner_id, now, types)
                if reason:
                    plan.wrong.append(Wrong(line.number, *reason))
                elif _is_associated(known.get(line.values["number"], ()), made.partner_id):
                    plan.unchanged += 1
                else:
                    plan.changes.append(_change(line, is_shown=len(plan.changes) < SAMPLE))
        return plan

    def commit(self, made: Import, plan: Plan, *, by: Any, at: datetime) -> None:
        ids = _associate(made.partner_id, plan.changes, by=by, at=at)
        if len(ids) < len(plan.changes):
            raise Refused(_("预览之后数据有变化，没有导入任何数据，请重新预览。"))
        made.mark_committed(at=at, done=ids)
        after = {"file": made.name, "total": len(ids)}
        record("import.done", made, by=by, at=at, partner_id=made.partner_id, after=after)


def _associations(numbers: list[str]) -> Mapping[str, Sequence[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    rows = Customer.objects.filter(number__in=numbers)
    for number, partner, start, end in rows.values_list(
        "number", "partner_id", "associated_at", "disassociated_at"
    ):
        if end is None or end > start:  # one that was undone never lasted
            found[number].append((partner, end.isoformat() if end else None))
    return found


def _is_associated(those: Sequence[tuple[Any, ...]], partner_id: int) -> bool:
    return any(partner == partner_id and end is None for partner, end in those)


def _refusal(
    line: Line, known: Any, partner_id: int, now: str, types: Sequence[str]
) -> tuple[str, str] | None:
    """Which cell of the line is wrong, and why, as the rules of a single association are."""
    since = line.values["associated_at"]
    if line.values["association_type"] not in types:
        return "association_type", _("伙伴的销售模式没有此关联类型，或已被厂商冻结")
    if since > now:
        return "associated_at", _("关联时间晚于现在")
    for partner, end in known.get(line.values["number"], ()):
        if end is None and partner != partner_id:
            return "number", _("该客户已关联其他伙伴")
        if end is not None and end > since:
            return "associated_at", _("该客户在此时间仍关联伙伴，请填写更晚的关联时间")
    return None


def _change(line: Line, *, is_shown: bool) -> Change:
    after = {"source": Customer.Source.INVITATION.value, **line.values}
    shown = {}
    if is_shown:
        words = {
            "association_type": Customer.Association(after["association_type"]).label,
            "source": Customer.Source(after["source"]).label,
            "associated_at": after["associated_at"],
        }
        shown = {key: str(words.get(key, value)) for key, value in after.items()}
    return Change(line.number, after["number"], {}, after, shown)


# ---- the statements ----

_INCOMING = """DROP TABLE IF EXISTS customers_incoming;
CREATE TEMP TABLE customers_incoming (
    number varchar(64), name varchar(128), account_name varchar(64), association_type varchar(10),
    source varchar(10), associated_at timestamptz, search_text text
) ON COMMIT DROP"""
_COPY = """COPY customers_incoming (number, name, account_name, association_type, source,
    associated_at, search_text) FROM STDIN"""
_ACCOUNTS = """INSERT INTO customers_cloudaccount (number, name, created_at)
    SELECT number, name, %(at)s FROM customers_incoming ORDER BY number
    ON CONFLICT (number) DO NOTHING"""
_HOLD = """SELECT a.id FROM customers_cloudaccount a JOIN customers_incoming i USING (number)
    ORDER BY a.id FOR UPDATE OF a"""
_ASSOCIATE = """INSERT INTO customers_customer (partner_id, cloud_account_id, number, name,
        account_name, phone, email, credit_code, type, verified, level, association_type, source,
        associated_at, arrears, search_text)
    SELECT %(partner)s, a.id, i.number, i.name, i.account_name, '', '', '', 'none', 'none', 0,
        i.association_type, i.source, i.associated_at, 0, i.search_text
    FROM customers_incoming i JOIN customers_cloudaccount a USING (number)
    WHERE NOT EXISTS (
        SELECT FROM customers_customer c WHERE c.cloud_account_id = a.id
            AND tstzrange(c.associated_at, c.disassociated_at) && tstzrange(i.associated_at, NULL))
    ORDER BY i.number RETURNING id"""
# Who comes as 转售 is frozen until the partner sets a budget (freezing/services.py).
_FREEZE = """WITH made AS (
    INSERT INTO customers_freeze (partner_id, customer_id, cloud_account_id, state, cause, since,
        needs_budget)
    SELECT partner_id, id, cloud_account_id, 'account', 'arrival', %(at)s, true
    FROM customers_customer WHERE id = ANY (%(ids)s) AND association_type = 'postpaid'
    RETURNING partner_id, customer_id)
    INSERT INTO customers_freezerecord (partner_id, customer_id, action, cause, reason, at)
    SELECT partner_id, customer_id, 'account', 'arrival', %(reason)s, %(at)s FROM made"""
_MADE = """SELECT c.id, c.id AS customer_id, jsonb_build_object(
        'number', c.number, 'type', c.association_type, 'from', c.associated_at) AS after
    FROM customers_customer c WHERE c.id = ANY (%(ids)s)"""
_UNDO = """UPDATE customers_customer SET disassociated_at = associated_at
    WHERE id = ANY (%(ids)s) AND disassociated_at IS NULL AND account_manager_id IS NULL
    RETURNING id"""


def _associate(partner_id: int, changes: list[Change], *, by: User, at: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        with cursor.copy(_COPY) as copy:
            for row in (change.after for change in changes):
                copy.write_row(_row(row))
        cursor.execute("ANALYZE customers_incoming")
        cursor.execute(_ACCOUNTS, {"at": at})
        cursor.execute(_HOLD)
        cursor.execute(_ASSOCIATE, {"partner": partner_id})
        ids = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_FREEZE, {"ids": ids, "at": at, "reason": _("等待设置预算")})
    _record("customer.associated", ids, partner_id, by=by, at=at)
    return ids


def _row(after: Mapping[str, Any]) -> tuple[str, ...]:
    columns = ("number", "name", "account_name", "association_type", "source", "associated_at")
    return (*(after[key] for key in columns), search_text(after["name"], after["account_name"]))


def _record(verb: str, ids: list[int], partner_id: int, *, by: User, at: datetime) -> None:
    about: dict[str, Any] = {"subject_type": "customers.customer", "partner_id": partner_id}
    record_selected(_MADE, {"ids": ids}, verb=verb, by=by, at=at, **about)


# ---- undo ----


def decide_undo(made: Import, by: User, *, at: datetime) -> Decision:
    """Whether the customers of this import may be taken away again."""
    if not made.committed_at:
        return denied(_("尚未导入"))
    if made.undone_at:
        return denied(_("该导入已撤销过"))
    if made.undo_until and at > made.undo_until:
        return denied(_("已超过 24 小时，不能撤销"))
    return Associations().decide(by)


@transaction.atomic
def undo_import(made: Import, *, by: User, at: datetime) -> tuple[int, int]:
    """撤销: each customer that nobody has worked with was never associated.

    Returns how many were taken away, and how many have moved on. Raises Refused.
    """
    made = Import.objects.lock(made.pk)
    if not (decision := decide_undo(made, by, at=at)):
        raise NotAllowed(decision)
    if not made.done:
        raise InvalidTransition(_("没有成功的数据，无需撤销"))
    with connection.cursor() as cursor:
        cursor.execute(_UNDO, {"ids": made.done})
        ids = [pk for (pk,) in cursor.fetchall()]
    made.mark_undone(at=at)
    _record("customer.disassociated", ids, made.partner_id, by=by, at=at)
    after = {"file": made.name, "total": len(ids)}
    record("import.undone", made, by=by, at=at, partner_id=made.partner_id, after=after)
    return len(ids), len(made.done) - len(ids)
