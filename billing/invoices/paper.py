"""客户账单: what a partner bills a 代售 customer for a month, as a paper to settle with and to
invoice by (customers_coupons.md §12.6)."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.bills.models import BilledCharge
from billing.bills.paper import in_yuan, sums_table
from core import formats
from core.access import ALLOWED, Decision, denied
from core.masking import mask_name
from core.paper import Paper
from org.models import Member
from org.permissions import CUSTOMERS_REVEAL

from .models import Direction, Obligation


def decide_statement(obligation: Obligation) -> Decision:
    """Whether there is a 客户账单: of what a partner bills its customer."""
    if obligation.direction != Direction.BY_PARTNER:
        return denied(_("只有伙伴开给代售或转售客户的账期有客户账单"))
    return ALLOWED


def statement_paper(obligation: Obligation, by: Member) -> Paper:
    """The month of one customer, by product. Its name is whole for who may reveal it."""
    month = f"{obligation.month:%Y-%m}"
    title = f"{pgettext('一份', '客户账单')} {month}"
    name = obligation.receiver_name
    lines = _lines_of(obligation)
    return Paper(
        title=title,
        about=_("%(issuer)s 就 %(month)s 的云服务消费向客户收取的金额")
        % {"issuer": obligation.issuer_name, "month": month},
        facts=(
            (_("客户名称"), name if by.may(CUSTOMERS_REVEAL) else mask_name(name)),
            (_("客户ID"), obligation.receiver_number),
            (_("开票方"), obligation.issuer_name),
            (_("账期"), month),
            (_("出账时间"), formats.instant(obligation.made_at)),
            (_("应开票金额"), in_yuan(obligation.amount)),
        ),
        tables=(
            sums_table(lines, _("产品"), "service__name", total=obligation.amount),
            sums_table(lines, _("消费月份"), "charge_month", total=obligation.amount),
        ),
        notes=(
            _("往月的更正计入本账期，列在其消费月份下。明细不舍入，合计舍入到分。"),
            _("退款大于消费时，应开票金额为 0。"),
        ),
        foot=f"{title} · {obligation.receiver_number}",
    )


def _lines_of(obligation: Obligation) -> "QuerySet[BilledCharge]":
    """What the obligation is the sum of."""
    return BilledCharge.objects.filter(
        customer_id=obligation.customer_id or 0,
        bill_month=obligation.month,
        association_type=obligation.association_type,
    )
