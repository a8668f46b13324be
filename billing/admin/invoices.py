"""The desk for bills and invoices: what partners ask is handled here, contracts are kept."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.bills.models import BilledCharge, BillRun, PartnerBill
from billing.bills.paper import bill_paper
from billing.bills.services import make_bills, note_download
from billing.invoices import rules
from billing.invoices.agreements import Contract
from billing.invoices.models import Invoice, Obligation
from billing.invoices.services import contracts, handling
from billing.months import read_month
from core.admin import ButtonForm, VendorAdmin, Waits, button
from core.masking import mask_name
from core.paper import pdf_response
from customers.admin import PartnerFilter

from .shared import ONE_SAVE, OPERATOR, who


class ReasonForm(ButtonForm):
    reason = forms.CharField(label=_l("原因"), max_length=200)


class IssueForm(ButtonForm):
    number = forms.CharField(label=_l("发票号码"), max_length=40)
    issued_on = forms.DateField(label=_l("开票日期"), widget=AdminDateWidget)
    courier = forms.CharField(
        label=_l("快递单号"), max_length=40, required=False, help_text=_l("纸质发票必填。")
    )


def _when(step: str) -> Any:
    """A button stands where its step may be taken."""
    return lambda row: row.direction == "to_partner" and rules.may(step, row.state)


def _waits(label: Any, step: str) -> Waits:
    states = ",".join(sorted(rules.STEPS[step][0]))
    return Waits(label, step, {"direction__exact": "to_partner", "state__in": states})


@admin.register(Invoice)
class InvoiceAdmin(VendorAdmin):
    """发票: what partners ask for, and what they recorded of their own."""

    list_display = ("__str__", "partner", "month", "direction", "amount", "state", "created_at")
    list_filter = (PartnerFilter, "state", "direction", "medium")
    list_select_related = ("partner", "obligation")
    search_fields = ("number",)
    search_help_text = _l("完整发票号码")
    fields = readonly_fields = (
        *("partner", "month", "direction", "amount", "state", "state_at", "title_facts"),
        *("medium", "kind", "mailbox", "address", "created_at", "asked_by"),
        *("number", "issued_on", "courier", "reason", "return_reason"),
    )
    buttons = (
        *("accept", "issue", "reject", "grant_withdrawal", "refuse_withdrawal"),
        *("accept_return", "refuse_return"),
    )
    linked_filters = ("state__in",)
    waits = (
        _waits(_l("待受理的开票申请"), "accept"),
        _waits(_l("待开具的发票"), "issue"),
        _waits(_l("待答复的撤销申请"), "grant_withdrawal"),
        _waits(_l("待答复的退票申请"), "accept_return"),
    )

    @admin.display(description=_l("账期"))
    def month(self, invoice: Invoice) -> str:
        return f"{invoice.obligation.month:%Y-%m}"

    @admin.display(description=_l("发票抬头"))
    def title_facts(self, invoice: Invoice) -> str:
        title = invoice.title
        if title is None:
            return "—"
        facts = (title.get_kind_display(), title.name, title.tax_number, title.bank)
        more = (title.bank_account, title.address, title.telephone)
        return " · ".join(filter(None, (*facts, *more)))

    @button(_l("受理"), explain=_l("受理后开始开票，伙伴不能直接撤销。"), shown=_when("accept"))
    def accept(self, request: HttpRequest, row: Invoice, data: dict[str, Any]) -> str:
        handling.accept_invoice(row, **who(request))
        return _("发票申请已受理。")

    @button(
        _l("开具"),
        explain=_l("登记发票号码和日期；纸质发票寄出后由伙伴签收。"),
        form=IssueForm,
        shown=_when("issue"),
    )
    def issue(self, request: HttpRequest, row: Invoice, data: dict[str, Any]) -> str:
        handling.issue_invoice(row, **data, **who(request))
        return _("发票已开具。")

    @button(
        _l("驳回申请"),
        explain=_l("申请退回草稿，伙伴会收到原因。"),
        form=ReasonForm,
        shown=_when("reject"),
    )
    def reject(self, request: HttpRequest, row: Invoice, data: dict[str, Any]) -> str:
        handling.reject_invoice(row, **data, **who(request))
        return _("发票申请已驳回。")

    @button(_l("同意撤销"), shown=_when("grant_withdrawal"))
    def grant_withdrawal(self, request: HttpRequest, row: Invoice, data: dict[str, Any]) -> str:
        handling.answer_withdrawal(row, granted=True, **who(request))
        return _("发票申请已撤销。")

    @button(
        _l("拒绝撤销"),
        explain=_l("继续开票，伙伴会收到原因。"),
        form=ReasonForm,
        shown=_when("refuse_withdrawal"),
    )
    def refuse_withdrawal(self, request: HttpRequest, row: Invoice, data: dict[str, Any]) -> str:
        handling.answer_withdrawal(row, granted=False, **data, **who(request))
        return _("已拒绝撤销，继续开票。")

    @button(
        _l("确认退票"),
        explain=_l("整张发票作废，该账期可以重新索取。"),
        shown=_when("accept_return"),
    )
    def accept_return(self, request: HttpRequest, row: Invoice, data: dict[str, Any]) -> str:
        handling.answer_return(row, granted=True, **who(request))
        return _("发票已退票。")

    @button(
        _l("驳回退票"),
        explain=_l("发票继续有效，伙伴会收到原因。"),
        form=ReasonForm,
        shown=_when("refuse_return"),
    )
    def refuse_return(self, request: HttpRequest, row: Invoice, data: dict[str, Any]) -> str:
        handling.answer_return(row, granted=False, **data, **who(request))
        return _("退票已驳回。")


@admin.register(Obligation)
class ObligationAdmin(VendorAdmin):
    """开票关系: who owes whom an invoice, as it was made with the bills."""

    ordering = ("-month", "-pk")
    list_display = ("receiver", "partner", "month", "direction", "association_type", "amount")
    list_filter = (PartnerFilter, "direction")
    list_select_related = ("partner",)
    search_fields = ("receiver_number",)
    search_help_text = _l("完整客户ID")
    fields = readonly_fields = (
        *("receiver", "receiver_number", "partner", "issuer_name", "month", "direction"),
        *("association_type", "amount", "made_at"),
    )

    @admin.display(description=_l("收票方"))
    def receiver(self, row: Obligation) -> str:
        return mask_name(row.receiver_name) if row.customer_id else row.receiver_name

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(customer__cloud_account__number=term)


@admin.register(PartnerBill)
class PartnerBillAdmin(VendorAdmin):
    """伙伴账单, to look at and to print."""

    ordering = ("-month", "-pk")
    list_display = ("partner", "month", "total", "due", "is_complete", "made_at")
    list_filter = (PartnerFilter,)
    list_select_related = ("partner",)
    fields = readonly_fields = ("partner", "month", "total", "due", "is_complete", "made_at")
    buttons = ("download",)

    @button(_l("下载账单（PDF）"), explain=_l("与伙伴下载的账单相同；下载会记录在操作日志中。"))
    def download(
        self, request: HttpRequest, bill: PartnerBill, data: dict[str, Any]
    ) -> HttpResponse:
        lines = BilledCharge.objects.filter(payer=bill.partner, bill_month=bill.month)
        content = bill_paper(bill, lines).as_pdf()
        note_download(bill, **who(request))
        return pdf_response(content, f"伙伴账单-{bill.month:%Y-%m}-{bill.partner_id}.pdf")


class RunForm(forms.ModelForm):
    month = forms.CharField(label=_l("账期"), max_length=7, help_text=_l("形如 2026-10"))

    def clean_month(self) -> Any:
        if (month := read_month(self.cleaned_data["month"].strip())) is None:
            raise forms.ValidationError(_("请填写形如 2026-10 的月份。"))
        return month


@admin.register(BillRun)
class BillRunAdmin(VendorAdmin):
    """出账记录: add = make a month's bills by hand."""

    addable_by = OPERATOR
    form = RunForm
    ordering = ("-month",)
    list_display = ("month", "is_complete", "bills", "lines", "made_at", "made_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.list_display if obj else ("month",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.list_display if obj else ()

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        return super().render_change_form(request, context | ONE_SAVE, *args, **kwargs)

    def create(self, request: HttpRequest, data: dict[str, Any]) -> BillRun:
        return make_bills(data["month"], **who(request))


@admin.register(Contract)
class ContractAdmin(VendorAdmin):
    """线下合同: kept here, looked up by partners."""

    addable_by = writable_by = OPERATOR
    list_display = ("number", "name", "partner", "starts_on", "ends_on")
    list_filter = (PartnerFilter,)
    list_select_related = ("partner",)
    search_fields = ("number",)
    search_help_text = _l("完整合同编码")
    fields = ("partner", "number", *contracts.FIELDS)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("partner", "number") if obj else ()

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Contract:
        return contracts.create_contract(**data, **who(request))

    def change(self, request: HttpRequest, subject: Contract, data: dict[str, Any]) -> Contract:
        return contracts.change_contract(subject, **data, **who(request))
