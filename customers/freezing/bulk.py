"""批量冻结 and 批量解冻; of resellers' customers too."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.services import notify
from core.access import Decision
from core.lists import BulkAction
from core.lists.bulk import Change
from core.masking import mask_name
from core.refusals import NotAllowed, Refused
from jobs.models import Job, JobRow
from org.gate import reach
from org.models import Member
from org.permissions import CUSTOMERS_FREEZE, CUSTOMERS_FREEZE_RESELLERS

from ..models import Customer
from . import services
from .forms import FreezeForm, ReasonForm
from .models import FreezeRecord
from .reach import check_customer, decide_limit


class OfLimits(BulkAction):
    """A deed on customers of one's own; `resellers`: on those of a distributor's resellers."""

    sensitive = True
    resellers = False

    def load(self, pks: Sequence[int], *, by: Member) -> QuerySet[Customer]:
        if self.resellers and not hasattr(by, "reseller_ids"):
            reach(by)
        found = Customer.objects.visible_to(by, resellers=self.resellers).filter(pk__in=pks)
        return found.select_related("freeze", "partner")

    def load_one(self, pk: int, by: Member) -> Customer:
        customer = self.load([pk], by=by).first()
        if customer is None:
            raise Refused(_("已不在您的数据范围内。"))
        return customer

    def names(self, pks: Sequence[int], *, by: Member) -> Mapping[int, str]:
        found = self.load(pks, by=by).values_list("pk", "name", "number")
        return {pk: f"{mask_name(name)} {number}" for pk, name, number in found}


def tell_managers(kind: str, job: Job, rows: QuerySet[JobRow], *, at: datetime) -> None:
    """Each manager hears once how many of his customers it was."""
    managers = Member.objects.filter(customers__in=rows.values("subject_id")).distinct()
    for manager in managers.exclude(pk=job.member_id).order_by("pk"):
        n = rows.filter(subject_id__in=manager.customers.values("pk")).count()
        notify([manager], kind, key=f"job:{job.pk}", at=at, n=n)


class FreezeCustomers(OfLimits):
    key = "freeze"
    label = _l("批量冻结")
    help = _l("冻结选中的转售客户；客户会收到通知。")

    def decide(self, by: Member) -> Decision:
        return _decide(by, resellers=self.resellers)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        return FreezeForm(data)

    def values(self, form: forms.Form) -> dict[str, str]:
        return form.cleaned_data

    def said(self, values: dict[str, str]) -> str:
        words = {
            "action": FreezeRecord.Action(values["action"]).label,
            "reason": values["reason"],
        }
        return _("%(action)s，原因：%(reason)s") % words

    def check(self, customer: Customer, values: Any, *, by: Member, at: datetime) -> None:
        _check(customer, by, resellers=self.resellers)
        services.check_freeze(services.loaded_freeze(customer), values["action"])

    def do(self, pk: int, values: Any, *, by: Member, at: datetime) -> Change:
        customer = self.load_one(pk, by)
        self.check(customer, values, by=by, at=at)
        before = services.loaded_freeze(customer)
        action, reason = values["action"], values["reason"]
        services.freeze_customer(customer, action, reason=reason, by=by, at=at, tell=False)
        return Change({"state": before.state if before else "normal"}, dict(values))

    def undo(self, pk: int, done: JobRow, *, by: Member, at: datetime) -> Change:
        """解冻, unless somebody took a further step, or it had been frozen less before."""
        customer = self.load_one(pk, by)
        _check_still(customer, done)
        if done.before["state"] != "normal":
            raise Refused(_("该客户在批量操作之前已冻结，未撤销。"))
        reason = _("撤销批量冻结")
        services.unfreeze_customer(customer, reason=reason, by=by, at=at, tell=False)
        return Change()

    def tell(self, job: Job, rows: QuerySet[JobRow], *, at: datetime) -> None:
        tell_managers("customers.frozen", job, rows, at=at)


class UnfreezeCustomers(OfLimits):
    key = "unfreeze"
    label = _l("批量解冻")
    help = _l("解冻选中的转售客户；还没有预算的客户不能解冻。")

    def decide(self, by: Member) -> Decision:
        return _decide(by, resellers=self.resellers)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        return ReasonForm(data)

    def values(self, form: forms.Form) -> str:
        return form.cleaned_data["reason"]

    def said(self, reason: str) -> str:
        return _("原因：%(reason)s") % {"reason": reason}

    def check(self, customer: Customer, reason: str, *, by: Member, at: datetime) -> None:
        _check(customer, by, resellers=self.resellers)
        services.check_unfreeze(services.loaded_freeze(customer), customer.partner)

    def do(self, pk: int, reason: str, *, by: Member, at: datetime) -> Change:
        customer = self.load_one(pk, by)
        self.check(customer, reason, by=by, at=at)
        before = services.loaded_freeze(customer)
        services.unfreeze_customer(customer, reason=reason, by=by, at=at, tell=False)
        return Change({"state": before.state if before else ""}, {"reason": reason})

    def undo(self, pk: int, done: JobRow, *, by: Member, at: datetime) -> Change:
        """Frozen as it was; what was released stays released."""
        customer = self.load_one(pk, by)
        _check_still(customer, done)
        if done.before["state"] not in services.FREEZES:
            raise Refused(_("资源已释放，不能恢复为原状态。"))
        state, reason = done.before["state"], _("撤销批量解冻")
        services.freeze_customer(customer, state, reason=reason, by=by, at=at, tell=False)
        return Change()

    def tell(self, job: Job, rows: QuerySet[JobRow], *, at: datetime) -> None:
        tell_managers("customers.unfrozen", job, rows, at=at)


class FreezeTheirs(FreezeCustomers):
    key = "freeze_resellers"
    resellers = True


class UnfreezeTheirs(UnfreezeCustomers):
    key = "unfreeze_resellers"
    resellers = True


def _decide(by: Member, *, resellers: bool) -> Decision:
    """Without what its distributor lets a reseller do, which a list would ask with every page."""
    may = CUSTOMERS_FREEZE_RESELLERS if resellers else CUSTOMERS_FREEZE
    return decide_limit(by, may, may, None)


def _check(customer: Customer, by: Member, *, resellers: bool) -> None:
    if not resellers and not (decision := services.decide_freeze(by)):  # asked once
        raise NotAllowed(decision)
    if not (decision := check_customer(customer)):
        raise Refused(str(decision))


def _check_still(customer: Customer, done: JobRow) -> None:
    row = services.loaded_freeze(customer)
    if row is None or row.since != done.at:
        raise Refused(_("该客户在批量操作之后又有变动，未撤销。"))
