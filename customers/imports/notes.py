"""导入客户信息: account managers, remarks and labels of a partner's customers, by 客户ID.

Each line is done by the services of the single act, as a batch (jobs/bulk.py).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.access import Decision
from core.lists.bulk import Change as Done
from core.refusals import Refused
from jobs.bulk import ask_planned
from jobs.imports.kinds import BadCell, Change, ImportColumn, ImportKind, Line, Plan, Wrong
from jobs.imports.models import Import
from jobs.imports.rules import chunks, within
from jobs.models import Job, JobRow
from jobs.rows import Planned
from org.models import Member
from org.phones import clean_phone

from .. import services
from ..bulk import AssignCustomers, load_held
from ..models import Customer
from ..notes import rules
from ..notes.models import Label, Labelling
from ..notes.services import decide_label, decide_remark, label_customer, remark_customer

_AT_ONCE = 5_000
_CLEARED = ("清空", "clear")  # the word that takes away what is there
_SEPARATORS = re.compile(r"[、,，;；\n]")


def _or_cleared(parse: Any, empty: Any) -> Any:
    return lambda text: empty if text.lower() in _CLEARED else parse(text)


def _names(text: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in _SEPARATORS.split(text) if name.strip()))
    if len(names) > rules.LABELS_OF_CUSTOMER:
        raise BadCell(_("每个客户最多 %(n)d 个标签") % {"n": rules.LABELS_OF_CUSTOMER})
    return sorted(names)


_DECIDE = {"manager": services.decide_assign, "remark": decide_remark, "labels": decide_label}


class CustomerNotes(ImportKind):
    key = "customers"
    title = _l("导入客户信息")
    help = _l("按客户ID批量设置客户经理、备注和标签。空单元格不修改；填写“清空”则清除原有内容。")
    belongs_to = "customers:customer_list"
    columns = (
        ImportColumn(
            "number",
            _l("客户ID"),
            _l("必填，您可见的客户的客户ID。"),
            ("客户编号", "customer id", "customer number", "id"),
            "cust00000001",
            is_required=True,
            parse=within(64),
        ),
        ImportColumn(
            "manager",
            _l("客户经理"),
            _l("客户经理的姓名、邮箱或手机号；重名时请填邮箱或手机号。填写“清空”则收回客户。"),
            ("负责人", "account manager", "manager", "owner"),
            _l("张三"),
            parse=_or_cleared(within(254), ""),
        ),
        ImportColumn(
            "remark",
            _l("备注"),
            _l("最多 255 个字，仅本伙伴成员可见。"),
            ("客户备注", "remark", "remarks", "note", "notes"),
            _l("年底续签"),
            parse=_or_cleared(within(rules.REMARK_LONGEST), ""),
        ),
        ImportColumn(
            "labels",
            _l("标签"),
            _l("已有标签的名称，用顿号隔开，最多 5 个；导入后客户只有这些标签。"),
            ("客户标签", "label", "labels", "tags"),
            _l("重点客户、华南"),
            parse=_or_cleared(_names, []),
        ),
    )

    def decide(self, by: Any) -> Decision:
        decisions = [decide(by) for decide in _DECIDE.values()]
        return next((each for each in decisions if each), decisions[0])

    def visible_columns(self, by: Any) -> list[ImportColumn]:
        return [c for c in self.columns if c.key not in _DECIDE or _DECIDE[c.key](by)]

    def plan(self, lines: Iterable[Line], made: Import, *, by: Any, at: datetime) -> Plan:
        plan, words = Plan(), _Words.of(by)
        for some in chunks(lines, _AT_ONCE):
            known = _by_number([line.values["number"] for line in some], by)
            for line in some:
                try:
                    change = _change(line, known, words)
                except _BadCellOf as bad:
                    plan.wrong.append(Wrong(line.number, bad.key, str(bad)))
                else:
                    plan.unchanged += change is None
                    plan.changes += [change] if change else []
        return plan

    def commit(self, made: Import, plan: Plan, *, by: Any, at: datetime) -> None:
        rows = [Planned(int(each.subject), each.before, each.after) for each in plan.changes]
        said = _("%(file)s，共 %(n)s 行") % {"file": made.name, "n": f"{len(rows):,}"}
        job = ask_planned(ACTION, rows, said=said, token=made.token, by=by, at=at)
        made.mark_committed(at=at, job=job)

    def left(self, made: Import, *, by: Any) -> dict[str, str]:
        if not made.job:
            return {}
        ended = made.job.items.filter(outcome__in=[JobRow.Outcome.SKIPPED, JobRow.Outcome.FAILED])
        reasons = dict(ended.values_list("subject_id", "reason"))
        numbers = Customer.objects.visible_to(by).filter(pk__in=reasons).values_list("pk", "number")
        return {number: reasons[pk] for pk, number in numbers}


class _BadCellOf(Exception):
    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def _with_notes(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    on = Labelling.objects.live().select_related("label")
    return rows.select_related("remark").prefetch_related(Prefetch("labellings", on, "live_labels"))


def _by_number(numbers: list[str], by: Member) -> dict[str, Customer]:
    """Of the customers that this member sees. The others are told apart by nothing."""
    mine = Customer.objects.visible_to(by).associated().filter(number__in=numbers)
    return {customer.number: customer for customer in _with_notes(mine)}


def _state(customer: Customer, keys: Iterable[str]) -> dict[str, Any]:
    """What the customer has now of these."""
    remark = getattr(customer, "remark", None)
    found = {
        "manager": customer.account_manager_id,
        "remark": remark.text if remark else "",
        "labels": sorted(each.label.name for each in customer.live_labels),  # type: ignore[attr-defined]
    }
    return {key: found[key] for key in keys}


@dataclass(frozen=True)
class _Words:
    """What names in a file mean to this member."""

    managers: Mapping[str, list[Member]]
    labels: frozenset[str]

    @classmethod
    def of(cls, by: Member) -> "_Words":
        managers: dict[str, list[Member]] = defaultdict(list)
        for member in services.assignable_managers(by):
            user = member.user
            for name in {user.name.lower(), (user.email or "").lower(), user.phone or ""} - {""}:
                managers[name].append(member)
        return cls(managers, frozenset(Label.objects.visible_to(by).values_list("name", flat=True)))

    def manager(self, text: str) -> Member | None:
        if not text:
            return None
        found = self.managers.get(text.lower()) or self.managers.get(clean_phone(text) or "", [])
        if len(found) > 1:
            raise _BadCellOf(
                "manager", _("有多名客户经理叫“%(name)s”，请填邮箱或手机号") % {"name": text}
            )
        if not found:
            raise _BadCellOf("manager", _("没有您可以分配的客户经理“%(name)s”") % {"name": text})
        return found[0]

    def check_labels(self, names: list[str]) -> None:
        if unknown := [name for name in names if name not in self.labels]:
            said = _("没有标签“%(name)s”，请先新建") % {"name": unknown[0]}
            raise _BadCellOf("labels", said)


def _change(line: Line, known: Mapping[str, Customer], words: _Words) -> Change | None:
    """What the line would change; None if nothing. Raises _BadCellOf."""
    customer = known.get(line.values["number"])
    if customer is None:
        raise _BadCellOf("number", _("在您的客户中没有这个客户ID"))
    wanted = {key: line.values[key] for key in _DECIDE if key in line.values}
    shown = {"number": customer.number}
    if "manager" in wanted:
        manager = words.manager(wanted["manager"])
        wanted["manager"] = manager.pk if manager else None
        shown["manager"] = str(manager) if manager else _("（清空）")
    if "remark" in wanted:
        shown["remark"] = wanted["remark"] or _("（清空）")
    if "labels" in wanted:
        words.check_labels(wanted["labels"])
        shown["labels"] = _("、").join(wanted["labels"]) or _("（清空）")
    before = _state(customer, wanted)
    after = {key: value for key, value in wanted.items() if value != before[key]}
    if not after:
        return None
    return Change(line.number, customer.pk, {key: before[key] for key in after}, after, shown)


class ImportCustomers(AssignCustomers):
    """One line of a file: what the preview saw of the customer, and what it is to become."""

    key = "import_customers"
    label = _l("导入客户信息")

    def decide(self, by: Member) -> Decision:
        return CustomerNotes().decide(by)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        return forms.Form(data)

    def values(self, form: forms.Form) -> Any:
        return None

    def values_of(self, row: JobRow, values: Any) -> Any:
        return row.before, row.after

    def do(self, pk: int, values: Any, *, by: Member, at: datetime) -> Done:
        before, after = values
        return _write(pk, before, after, _("预览之后该客户又有变动，未导入。"), by=by, at=at)

    def undo(self, pk: int, done: JobRow, *, by: Member, at: datetime) -> Done:
        moved_on = _("该客户在导入之后又有变动，未撤销。")
        customer = load_held(pk, by)
        if "manager" in done.after and customer.assignment_changed_at != done.at:
            raise Refused(moved_on)
        return _write(pk, done.after, done.before, moved_on, by=by, at=at)

    def tell(self, job: Job, rows: QuerySet[JobRow], *, at: datetime) -> None:
        super().tell(job, rows.filter(after__has_key="manager"), at=at)


def _write(pk: int, before: Any, after: Any, moved_on: str, *, by: Member, at: datetime) -> Done:
    """From `before` to `after`, by the service of each single act. Raises Refused, NotAllowed."""
    load_held(pk, by)
    customer = _with_notes(Customer.objects.visible_to(by)).get(pk=pk)
    if _state(customer, before) != before:
        raise Refused(moved_on)
    if "manager" in after:
        manager = Member.objects.filter(pk=after["manager"]).select_related("user").first()
        services.assign_customer(customer, manager, by=by, at=at, tell=False)
    if "remark" in after:
        remark_customer(customer, after["remark"], by=by, at=at)
    if "labels" in after:
        labels = list(Label.objects.visible_to(by).filter(name__in=after["labels"]))
        if len(labels) < len(after["labels"]):
            raise Refused(_("所选标签已被删除。"))
        label_customer(customer, labels, by=by, at=at)
    return Done(before, after)


ACTION = ImportCustomers()
