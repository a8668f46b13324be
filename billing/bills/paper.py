"""伙伴账单 as a paper (sales_pipeline.md §6.2: 导出账单 is a PDF)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import formats
from core.paper import Paper, Table
from org.models import Partner

from .models import BilledCharge, PartnerBill


def grouped(lines: "QuerySet[BilledCharge]", by: str) -> list[dict[str, Any]]:
    """The sum of each, the largest first."""
    sums = lines.order_by().values(by).annotate(amount=Sum("amount")).order_by("-amount", by)
    return [{"label": row[by], "amount": row["amount"]} for row in sums]


def bill_paper(bill: PartnerBill, lines: "QuerySet[BilledCharge]") -> Paper:
    """What is due, and of which products, months and partners' customers it is made."""
    month, payer = f"{bill.month:%Y-%m}", bill.partner
    title = f"{pgettext('一份', '伙伴账单')} {month}"
    incomplete = _("出账时数据不完整：出账后到达的消费计入之后的账单。")
    rule = _(
        "代售和转售客户（含云经销商的客户）按消费发生时的关联类型计入，外币按当日汇率折算，"
        "只在合计时舍入到分。退款大于消费时应付为 0。出账后的更正计入之后的账单。"
    )
    return Paper(
        title=title,
        about=_("厂商就代售、转售客户的消费向伙伴收取的金额"),
        facts=(
            (_("伙伴"), payer.name),
            (_("统一社会信用代码"), payer.credit_code or formats.EMPTY),
            (_("账期"), month),
            (_("出账时间"), formats.instant(bill.made_at)),
            (_("消费合计"), in_yuan(bill.total)),
            (_("应付金额"), in_yuan(bill.due)),
        ),
        tables=(
            sums_table(lines, _("产品"), "service__name", total=bill.total),
            sums_table(lines, _("消费月份"), "charge_month", total=bill.total),
            sums_table(lines, _("所属伙伴"), "partner_id", total=bill.total, names=_sellers(lines)),
        ),
        notes=(rule,) if bill.is_complete else (incomplete, rule),
        foot=f"{title} · {payer.name}",
    )


def in_yuan(amount: Decimal) -> str:
    return f"{formats.money(amount)} {_('元')}"


def sums_table(
    lines: "QuerySet[BilledCharge]",
    label: str,
    by: str,
    *,
    total: Decimal,
    names: Mapping[Any, str] | None = None,
) -> Table:
    """What the lines come to by one of their fields; `names` says what its values are called."""

    def word(value: Any) -> str:
        if names is not None:
            return names.get(value, _("已不再合作的云经销商"))
        return f"{value:%Y-%m}" if isinstance(value, date) else str(value)

    return Table(
        head=(label, _("金额（元）")),
        rows=[(word(row["label"]), formats.money(row["amount"])) for row in grouped(lines, by)],
        total=(_("合计"), formats.money(total)),
        widths=(3, 1),
        numeric=frozenset({1}),
    )


def _sellers(lines: "QuerySet[BilledCharge]") -> dict[int, str]:
    """Whose customers. Looked up apart, since a former reseller is no longer read."""
    pks = lines.order_by().values_list("partner_id", flat=True).distinct()
    return dict(Partner.objects.filter(pk__in=list(pks)).values_list("pk", "name"))
