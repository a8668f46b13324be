"""批量分配客户经理 and 批量收回 (customers_coupons.md §3.5, §7)."""

from collections import Counter
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
from core.refusals import Refused
from jobs.models import Job, JobRow
from org.models import Member

from . import services
from .forms import AssignForm
from .models import Customer


class AssignCustomers(BulkAction):
    key = "assign"
    label = _l("批量分配客户经理")
    help = _l("每个客户只有一名客户经理。消费从分配时起归新客户经理，业绩从次日起计算。")

    def decide(self, by: Member) -> Decision:
        return services.decide_assign(by)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        form = AssignForm(data, by=by)
        form.fields["manager"].required = True
        form.fields["manager"].empty_label = _("请选择")  # type: ignore[attr-defined]
        return form

    def values(self, form: forms.Form) -> Member | None:
        return form.cleaned_data["manager"]

    def said(self, manager: Member | None) -> str:
        return _("分配给%(name)s") % {"name": manager}

    def load(self, pks: Sequence[int], *, by: Member) -> QuerySet[Customer]:
        found = Customer.objects.visible_to(by).filter(pk__in=pks)
        return found.only("account_manager", "disassociated_at")

    def check(
        self, customer: Customer, manager: Member | None, *, by: Member, at: datetime
    ) -> None:
        services.check_assignment(customer, manager, by=by)

    def do(self, pk: int, manager: Member | None, *, by: Member, at: datetime) -> Change:
        return _assign(pk, manager, by=by, at=at)

    def undo(self, pk: int, done: JobRow, *, by: Member, at: datetime) -> Change:
        """To whom it was before, by a new line of the history."""
        customer = load_held(pk, by)
        if customer.assignment_changed_at != done.at:
            raise Refused(_("该客户在批量操作之后又有变动，未撤销。"))
        former = Member.objects.filter(pk=done.before["manager"]).select_related("user").first()
        return _assign(pk, former, by=by, at=at)

    def names(self, pks: Sequence[int], *, by: Member) -> Mapping[int, str]:
        found = self.load(pks, by=by).values_list("pk", "name", "number")
        return {pk: f"{mask_name(name)} {number}" for pk, name, number in found}

    def tell(self, job: Job, rows: QuerySet[JobRow], *, at: datetime) -> None:
        """Each manager hears once of all customers that came, and of all that went."""
        for manager, n in _counted(rows, "after", job):
            notify([manager], "customers.assigned", key=f"job:{job.pk}:to", at=at, n=n)
        for manager, n in _counted(rows, "before", job):
            notify([manager], "customers.taken_back", key=f"job:{job.pk}:from", at=at, n=n)


class TakeBackCustomers(AssignCustomers):
    key = "take_back"
    label = _l("批量收回")
    help = _l("收回的客户没有客户经理，由主账号负责。")

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        return forms.Form(data)

    def values(self, form: forms.Form) -> None:
        return None

    def said(self, manager: Member | None) -> str:
        return ""


def load_held(pk: int, by: Member) -> Customer:
    """The customer, held. Raises Refused when it is out of sight."""
    customer = Customer.objects.visible_to(by).filter(pk=pk).lock_all().first()
    if customer is None:
        raise Refused(_("已不在您的数据范围内。"))
    return customer


def _assign(pk: int, manager: Member | None, *, by: Member, at: datetime) -> Change:
    customer = load_held(pk, by)
    former = customer.account_manager_id
    services.assign_customer(customer, manager, by=by, at=at, tell=False)
    return Change({"manager": former}, {"manager": manager.pk if manager else None})


def _counted(rows: QuerySet[JobRow], side: str, job: Job) -> list[tuple[Member, int]]:
    found = Counter(rows.values_list(f"{side}__manager", flat=True))
    managers = Member.objects.filter(pk__in=[pk for pk in found if pk]).exclude(pk=job.member_id)
    return [(manager, found[manager.pk]) for manager in managers.order_by("pk")]
