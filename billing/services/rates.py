"""Exchange rates to CNY, kept by the vendor."""

import re
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from billing.models import ExchangeRate
from core.clock import check_day
from core.refusals import Refused

from . import figures

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_HIGHEST = Decimal(1_000_000)
_STEP = Decimal("0.00000001")


@transaction.atomic
def set_exchange_rate(
    currency: str, rate: Decimal, *, valid_from: date, by: Actor, at: datetime
) -> tuple[ExchangeRate, int]:
    """设置汇率: one unit of `currency` is worth `rate` CNY from `valid_from` on.

    It holds until the next rate's first day; figures of that time are converted again. Returns
    the rate and how many daily figures changed.
    """
    currency = currency.upper()
    _check(currency, rate)
    check_day(valid_from, _("生效日期"))
    known = ExchangeRate.objects.filter(currency=currency, valid_from=valid_from).first()
    before = {"rate": str(known.rate)} if known else {}
    row, _new = ExchangeRate.objects.update_or_create(
        currency=currency, valid_from=valid_from, defaults={"rate": rate}
    )
    following = ExchangeRate.objects.filter(currency=currency, valid_from__gt=valid_from)
    until = following.order_by("valid_from").values_list("valid_from", flat=True).first()
    with connection.cursor() as cursor:
        changed = figures.convert(cursor, currency, valid_from, until)
    after = {"currency": currency, "rate": str(rate), "from": valid_from.isoformat()}
    record("exchange_rate.set", row, by=by, at=at, before=before, after=after)
    return row, changed


def _check(currency: str, rate: Decimal) -> None:
    if not _CODE.fullmatch(currency):
        raise Refused(_("币种须为三位字母代码，如 USD"))
    if currency == figures.CURRENCY:
        raise Refused(_("人民币不需要汇率"))
    if not rate.is_finite() or not 0 < rate < _HIGHEST:
        raise Refused(_("汇率须大于 0 且小于 1000000"))
    if rate % _STEP:
        raise Refused(_("汇率最多 8 位小数"))
