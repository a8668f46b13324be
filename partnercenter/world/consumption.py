"""Daily and monthly figures as COPY text. The innermost loop of the world: a row is one f-string.

Amounts are whole fen, written as `1234e-2`, which PostgreSQL reads as 12.34: exact, and cheap.
"""

from datetime import date

from core.clock import first_of_month, start_of

from .customers import DAY, CustomerPlan
from .plan import Spec

DAILY, MONTHLY = "billing_dailyconsumption", "billing_monthlyconsumption"
DAILY_COLUMNS = "partner_id, customer_id, day, service_id, currency, amount, amount_cny"
MONTHLY_COLUMNS = "partner_id, customer_id, month, service_id, currency, amount, amount_cny"
CURRENCY = "CNY"


def partition(month: date) -> str:
    """The table of one month's daily figures (billing_ensure_month)."""
    return f"{DAILY}_{month:%Y_%m}"


class Figures:
    """Writes customers' figures for the days of a spec.

    Args:
        service_ids: database ids of services.SERVICES, in their order.
    """

    def __init__(self, spec: Spec, service_ids: list[int]) -> None:
        days = spec.days
        self.length = len(days)
        self.first_second = int(start_of(days[0]).timestamp())
        self.months = _months(days)
        self._of_day = [[f"{day}\t{pk}\t{CURRENCY}\t" for day in days] for pk in service_ids]
        self._of_month = [
            [f"{first}\t{pk}\t{CURRENCY}\t" for first, _, _ in self.months] for pk in service_ids
        ]

    def write(self, customer: CustomerPlan, into: dict[str, list[str]]) -> None:
        amounts = customer.spending.amounts(*self._present(customer))
        head = f"{customer.partner.id}\t{customer.id}\t"
        for service, share in customer.spending.services:
            fen = [int(amount * share) for amount in amounts]
            of_day, of_month = self._of_day[service], self._of_month[service]
            for (first, start, stop), monthly in zip(self.months, of_month, strict=True):
                total = sum(fen[start:stop])
                if not total:
                    continue
                into[partition(first)] += [
                    f"{head}{key}{a}e-2\t{a}e-2\n"
                    for key, a in zip(of_day[start:stop], fen[start:stop], strict=True)
                    if a
                ]
                into[MONTHLY].append(f"{head}{monthly}{total}e-2\t{total}e-2\n")

    def _present(self, customer: CustomerPlan) -> tuple[int, int]:
        """Indexes of the first day with the partner and of the day after the last."""
        joined = (customer.joined - self.first_second) // DAY
        if not customer.left:
            return joined, self.length
        return joined, max(0, (customer.left - self.first_second) // DAY)


def _months(days: list[date]) -> list[tuple[date, int, int]]:
    """Each month's first day, and the slice of `days` that lies in it."""
    firsts = sorted({first_of_month(day) for day in days})
    of_day = [first_of_month(day) for day in days]
    return [(f, of_day.index(f), of_day.index(f) + of_day.count(f)) for f in firsts]
