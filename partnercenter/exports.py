"""导出: a list as a file, exactly its rows and columns (benefits_org.md §5.2).

The address of a list is its whole state, so an export is a list, an address and a member; it is
made as that member would see it at the moment it runs, and fetched only by who still may.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from associations.lists import ChangeList, InvitationList
from billing.arrears.lists import ArrearsList
from billing.bills.lists import BillLineList, BillList
from billing.budgets.lists import BudgetRecordList, ResellerBudgetRecordList
from billing.consumption.lists import (
    ChargeList,
    ResellerChargeList,
    ResellerSummaryList,
    SummaryList,
)
from billing.contracts.lists import AgreementList
from billing.funds.lists import AdjustmentList, StatementList
from billing.invoices.lists import (
    InvoiceList,
    ObligationList,
    OwnInvoiceList,
    ResellerObligationList,
    SettlementList,
)
from billing.invoices.services.shared import decide_see_resellers as decide_issue_for_resellers
from billing.operations.lists import PurchaseList
from billing.orders.lists import OrderLineList, OrderList, ResellerOrderLineList, WaitingList
from billing.resources.lists import OnDemandList, ResourceList
from core import clock, formats, tenancy
from core.access import ALLOWED, Decision
from core.lists import List
from core.lists.csv import write_csv
from core.lists.xlsx import write_xlsx
from core.refusals import NotAllowed, Refused
from coupons.lists import CouponList, RecordList
from coupons.plan_lists import PlanList, PromotionList, VoucherRecordList
from coupons.quota_lists import GivenList, QuotaList
from coupons.services.quotas import decide_see_given
from coupons.use_lists import UseList
from customers.assignments.lists import AssignList, AssignmentList
from customers.authorizations.lists import AuthorizationList
from customers.freezing.lists import FreezeRecordList, ResellerFreezeRecordList
from customers.proxies.lists import ActionList
from customers.services import decide_see_resellers
from followups.lists import HandleList, ResellerViewList, ViewList
from jobs import approval
from jobs.models import Job
from jobs.progress import Progress
from jobs.services import Made, ask_job
from org import permissions as may
from org.gate import reach
from org.models import Member, Partner

from .batches import BatchList
from .pages.activity import Log
from .pages.customers import Customers, ResellersCustomers
from .tasks import run_job

FORMATS = {"xlsx": "Excel", "csv": "CSV"}


@dataclass(frozen=True)
class Exportable:
    """A list that can be a file, and who may have it: whoever may open its page."""

    list: type[List]
    decide: Callable[[Member], Decision]
    reach_resellers: bool = False


def _holders_of(permission: str) -> Callable[[Member], Decision]:
    return lambda member: member.may(permission)


def _seeing_resellers(permission: str) -> Callable[[Member], Decision]:
    """Who holds the permission, and may look at the resellers' customers."""

    def decide(member: Member) -> Decision:
        decision = member.may(permission)
        return decide_see_resellers(member) if decision else decision

    return decide


EXPORTABLE = {
    each.list.key: each
    for each in (
        Exportable(Customers, _holders_of(may.CUSTOMERS_VIEW)),
        Exportable(ResellersCustomers, decide_see_resellers, reach_resellers=True),
        Exportable(AssignList, _holders_of(may.CUSTOMERS_ASSIGN)),
        Exportable(AssignmentList, _holders_of(may.CUSTOMERS_ASSIGN)),
        Exportable(InvitationList, _holders_of(may.CUSTOMERS_INVITE)),
        Exportable(ChangeList, _holders_of(may.ASSOCIATIONS_VIEW)),
        Exportable(AuthorizationList, _holders_of(may.CUSTOMERS_AUTHORIZE)),
        Exportable(FreezeRecordList, _holders_of(may.CUSTOMERS_FREEZE)),
        Exportable(
            ResellerFreezeRecordList,
            _seeing_resellers(may.CUSTOMERS_FREEZE),
            reach_resellers=True,
        ),
        Exportable(BudgetRecordList, _holders_of(may.BUDGETS_VIEW)),
        Exportable(
            ResellerBudgetRecordList, _seeing_resellers(may.BUDGETS_VIEW), reach_resellers=True
        ),
        Exportable(ActionList, _holders_of(may.ACTIVITY_VIEW)),
        Exportable(HandleList, _holders_of(may.FOLLOWUPS_HANDLE)),
        Exportable(ViewList, _holders_of(may.FOLLOWUPS_VIEW)),
        Exportable(ResellerViewList, decide_see_resellers, reach_resellers=True),
        Exportable(SummaryList, _holders_of(may.CONSUMPTION_VIEW)),
        Exportable(ChargeList, _holders_of(may.CONSUMPTION_VIEW)),
        Exportable(ArrearsList, _holders_of(may.CONSUMPTION_VIEW)),
        Exportable(
            ResellerSummaryList, _seeing_resellers(may.CONSUMPTION_VIEW), reach_resellers=True
        ),
        Exportable(
            ResellerChargeList, _seeing_resellers(may.CONSUMPTION_VIEW), reach_resellers=True
        ),
        Exportable(OrderList, _holders_of(may.ORDERS_VIEW)),
        Exportable(WaitingList, _holders_of(may.ORDERS_VIEW)),
        Exportable(PurchaseList, _holders_of(may.ORDERS_VIEW)),
        Exportable(OrderLineList, _holders_of(may.ORDERS_VIEW)),
        Exportable(ResellerOrderLineList, _seeing_resellers(may.ORDERS_VIEW), reach_resellers=True),
        Exportable(ResourceList, _holders_of(may.RESOURCES_VIEW)),
        Exportable(OnDemandList, _holders_of(may.RESOURCES_VIEW)),
        Exportable(StatementList, _holders_of(may.FUNDS_VIEW)),
        Exportable(AdjustmentList, _holders_of(may.ADJUSTMENTS_VIEW)),
        Exportable(QuotaList, _holders_of(may.QUOTAS_VIEW)),
        Exportable(GivenList, decide_see_given, reach_resellers=True),
        Exportable(CouponList, _holders_of(may.COUPONS_VIEW)),
        Exportable(UseList, _holders_of(may.COUPONS_VIEW)),
        Exportable(RecordList, _holders_of(may.QUOTAS_VIEW)),
        Exportable(PlanList, _holders_of(may.COUPONS_VIEW)),
        Exportable(PromotionList, _holders_of(may.COUPONS_VIEW)),
        Exportable(VoucherRecordList, _holders_of(may.COUPONS_VIEW)),
        Exportable(BillList, _holders_of(may.BILLS_VIEW)),
        Exportable(BillLineList, _holders_of(may.BILLS_VIEW), reach_resellers=True),
        Exportable(ObligationList, _holders_of(may.INVOICES_VIEW)),
        Exportable(ResellerObligationList, decide_issue_for_resellers, reach_resellers=True),
        Exportable(InvoiceList, _holders_of(may.INVOICES_VIEW)),
        Exportable(OwnInvoiceList, _holders_of(may.INVOICES_VIEW), reach_resellers=True),
        Exportable(AgreementList, _holders_of(may.CONTRACTS_VIEW)),
        Exportable(SettlementList, _holders_of(may.SETTLEMENTS_VIEW), reach_resellers=True),
        Exportable(Log, _holders_of(may.ACTIVITY_VIEW)),
        Exportable(BatchList, lambda member: ALLOWED),  # who sees the job
    )
}


def ask_export(
    *,
    key: str,
    query: str,
    file_format: str,
    revealed: bool,
    token: UUID,
    by: Member,
    at: datetime,
) -> Job:
    """导出: queue a list as a file.

    Args:
        key, query: the list, and the address of its page (filters and tab).
        revealed: with personal data unmasked, for who may reveal it; recorded as such.

    Raises NotAllowed, Refused.
    """
    shown = list_at(key, query, by)
    if shown.errors:
        raise Refused(" ".join(shown.errors))
    masked = [column.key for column in shown.shown_columns if column.mask]
    if revealed and masked and not (decision := shown.may_reveal()):
        raise NotAllowed(decision)
    job = ask_job(
        Job.Kind.EXPORT,
        title=str(shown.title),
        said=shown.in_words(),
        parameters={
            "list": key,
            "query": query,
            "format": file_format,
            "columns": masked if revealed else [],
            "roles": sorted(by.roles),
            "language": translation.get_language() or settings.LANGUAGE_CODE,
        },
        token=token,
        needs_approval=bool(revealed and masked) and by.partner.exports_need_approval,
        by=by,
        at=at,
        verb="job.asked",
    )
    if job.state == Job.State.QUEUED:
        _wake(job)
    return job


def approve_export(job: Job, *, by: Member, at: datetime) -> None:
    """通过: the second person's word, then the work. Raises Refused, NotAllowed."""
    _wake(approval.approve_job(job, by=by, at=at))


def _wake(job: Job) -> None:
    """Without a broker it waits for the next minute's look at waiting jobs."""
    transaction.on_commit(lambda: run_job.delay(job_id=job.pk), robust=True)


def decide_download(job: Job, by: Member) -> Decision:
    """Whether the member may have the file: as at the time of asking, so at that of fetching."""
    exportable = EXPORTABLE[job.parameters["list"]]
    if not (decision := exportable.decide(by)):
        return decision
    if job.parameters["columns"] and not (decision := by.may(may.CUSTOMERS_REVEAL)):
        return decision
    if reason := _unapproved(job, by.partner):
        return Decision(False, reason)
    if job.member_id == by.pk and job.parameters["roles"] != sorted(by.roles):
        return Decision(False, _("您的角色在导出后已变更，请重新导出"))
    return Decision(True)


def _unapproved(job: Job, partner: Partner) -> str:
    """Why the file may not be: the partner asks for a second person's word since. Else empty."""
    if job.parameters["columns"] and partner.exports_need_approval and not job.approver_id:
        return _("贵公司已要求此类导出须经审批，请重新导出")
    return ""


def export(job: Job, folder: Path, progress: Progress) -> Made:
    """Write the file; inside a snapshot. Raises Refused when the member may no longer see it."""
    wanted = job.parameters
    with (
        translation.override(wanted["language"]),
        tenancy.tenant(job.partner_id, user_id=job.member.user_id),
    ):
        member = Member.objects.active().acting().filter(pk=job.member_id).first()
        if member is None or wanted["roles"] != sorted(member.roles):
            raise Refused(_("您的角色在导出前已变更，请重新导出。"))
        if reason := _unapproved(job, member.partner):
            raise Refused(reason)
        shown = list_at(wanted["list"], wanted["query"], member)
        if wanted["columns"] and not (decision := shown.may_reveal()):
            raise NotAllowed(decision)
        return _write(shown, job, folder, progress)


def list_at(key: str, query: str, member: Member) -> List:
    """The list at this address, as its page would show it to the member."""
    exportable = EXPORTABLE.get(key)
    if exportable is None:
        raise Refused(_("此列表不支持导出。"))
    if not (decision := exportable.decide(member)):
        raise NotAllowed(decision)
    if exportable.reach_resellers:
        reach(member)
    request: Any = HttpRequest()
    request.method, request.GET, request.member = "GET", QueryDict(query.removeprefix("?")), member
    shown = exportable.list(request)
    shown.matching  # noqa: B018  (reads the filters, so that errors are known)
    return shown


def _write(shown: List, job: Job, folder: Path, progress: Progress) -> Made:
    wanted, at = job.parameters, clock.now()
    rows = shown.matching.order_by(*shown.order)
    total = rows.order_by().count()
    progress.expect(total)
    path = folder / f"{job.pk}.{wanted['format']}"
    options: dict[str, Any] = {
        "at": at,
        "revealed": frozenset(wanted["columns"]),
        "told": progress.advance,
    }
    if wanted["format"] == "csv":
        with path.open("w", encoding="utf-8", newline="") as out:
            written = write_csv(rows, shown.shown_columns, out, **options)
    else:
        written = write_xlsx(
            *(rows, shown.shown_columns, path),
            total=total,
            title=str(shown.title),
            passport=_passport(job, shown, total, at),
            **options,
        )
    if written != total:
        raise RuntimeError(f"job {job.pk}: {written} of {total} rows written")
    return Made(path, written)


def _passport(job: Job, shown: List, total: int, at: datetime) -> dict[str, str]:
    """What a reader of the file should know of it."""
    revealed = job.parameters["columns"]
    return {
        _("列表"): str(shown.title),
        _("范围"): shown.in_words(),
        _("行数"): f"{total:,}",
        _("数据截至"): formats.instant(at),
        _("导出人"): f"{job.member.user.name}（{job.partner.name}）",
        _("个人信息"): _("完整显示") if revealed else _("已脱敏"),
        _("任务编号"): str(job.pk),
    }
