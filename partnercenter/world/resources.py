"""Rows of customers' cloud resources, as the vendor reports them on the last day."""

from datetime import date, timedelta
from random import Random

from .customers import CustomerPlan, day_at
from .plan import Plan
from .services import SERVICES
from .spending import Course
from .text import line

COLUMNS = (
    "id, partner_id, customer_id, number, name, service_id, state, is_main, auto_renew,"
    " list_price, created_on, expires_on, released_on"
)
TABLE = "billing_resource"
MOST = 8  # of one customer; ids leave room for them
_PLACES = ("web", "app", "db", "test", "erp", "api", "data", "prod")
_TERMS = (30, 30, 90, 180, 365, 365, 1095)


class Resources:
    """Draws the resources of one chunk's customers."""

    def __init__(self, plan: Plan, service_ids: list[int], start: int) -> None:
        self.until, self.service_ids = plan.spec.until, service_ids
        self.rng = plan.spec.stream("resources", start)

    def rows(self, customer: CustomerPlan) -> list[str]:
        rng, course = self.rng, customer.spending.course
        if course is Course.NEVER or customer.left:
            return []
        if course is Course.RELEASING:
            count = rng.randint(2, 5)
        elif rng.random() < 0.34:
            count = min(MOST, 1 + int(rng.expovariate(0.9)))
        else:
            return []
        earliest = day_at(customer.joined)
        return [self._row(customer, number, earliest) for number in range(count)]

    def _row(self, customer: CustomerPlan, number: int, earliest: date) -> str:
        rng = self.rng
        spent_on = customer.spending.services
        index = spent_on[number % len(spent_on)][0]
        service = SERVICES[index]
        created = earliest + timedelta(days=int((self.until - earliest).days * rng.random()))
        expires, renews = self._term(created, rng)
        state, released = self._state(customer.spending.course, number, created, rng)
        if state in ("grace", "retention"):
            late = rng.randint(1, 15) + (15 if state == "retention" else 0)
            expires, renews = max(created, self.until - timedelta(days=late)), False
        return line(
            *(customer.id * MOST + number, customer.partner.id, customer.id),
            f"{service.stem}-{rng.getrandbits(48):012x}{number}",
            f"{service.stem}-{_PLACES[int(rng.random() * len(_PLACES))]}-{number + 1:02d}",
            *(self.service_ids[index], state, number == 0 or rng.random() < 0.7, renews),
            f"{service.price * rng.choice((1, 1, 1, 2, 4, 8)):.2f}",
            *(created, expires, released),
        )

    def _term(self, created: date, rng: Random) -> tuple[date | None, bool]:
        """Bought for a term, which ends after the last day, or paid by use."""
        if rng.random() < 0.18:
            return None, False
        term = rng.choice(_TERMS)
        begun = (self.until - created).days % term
        return self.until + timedelta(days=term - begun), rng.random() < 0.55

    def _state(
        self, course: Course, number: int, created: date, rng: Random
    ) -> tuple[str, date | None]:
        if course is Course.RELEASING and number:
            return "released", max(created, self.until - timedelta(days=rng.randint(0, 5)))
        chance = rng.random()
        if chance < 0.05:
            ago = int(rng.random() * min(120, (self.until - created).days + 1))
            return "released", self.until - timedelta(days=ago)
        return "grace" if chance < 0.06 else "retention" if chance < 0.064 else "active", None
