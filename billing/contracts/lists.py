"""线上合同 of a partner."""

from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.lists import columns, filters
from workbench.lists import WorkList

from .models import PaymentAgreement
from .services import decide_apply


@cache
def _path() -> str:
    return reverse("contracts:agreement", args=[0])


def agreement_url(pk: int) -> str:
    return _path().replace("/0/", f"/{pk}/")


class AgreementList(WorkList):
    """线上合同: the agreements that the partner made, newest first."""

    exportable = True
    key = "agreements"
    title = _("合同商务")
    help = _("线上合同是付款协议，供报销和存档：填写后即时生效，无需审批，随时可以下载。")
    empty = _("还没有线上合同。点击“合同申请”填写付款金额和时间，确认后即可下载。")
    template = "billing/contracts/list.html"
    order = ("-made_at", "-pk")
    columns = (
        columns.Name(
            "purpose",
            _("款项用途/合同编码"),
            ("pk", "purpose", "number"),
            card=True,
            url=agreement_url,
            parts=(
                columns.Column("purpose", _("款项用途")),
                columns.Column("number", _("合同编码")),
            ),
        ),
        columns.Money("amount", _("付款金额（元）"), card=True),
        columns.Day("pays_on", _("承诺付款时间"), card=True),
        columns.Column("made_by", _("申请人"), ("made_by__user__name",)),
        columns.Instant("made_at", _("申请时间")),
    )
    filters = (
        filters.Text("number", _("合同编码")),
        filters.Text("purpose", _("款项用途"), "purpose__contains"),
        filters.Dates("pays_on", _("承诺付款时间"), instants=False),
        filters.Amounts("amount", _("付款金额（元）")),
        filters.Dates("made", _("申请时间"), "made_at"),
        filters.Text("made_by", _("申请人"), "made_by__user__name__contains"),
    )

    def rows(self) -> QuerySet[Any]:
        return PaymentAgreement.objects.visible_to(self.member)

    def extra_context(self) -> dict[str, Any]:
        return {"decision": decide_apply(self.member)}
