"""Rows of customers: identity, association, manager, and what the vendor reports of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from core.clock import start_of

from . import names
from .identifiers import cloud_number, credit_code, phone
from .plan import MemberPlan, PartnerPlan, Plan
from .spending import Course, Habits, Spending
from .text import instant, line

COLUMNS = {
    "customers_cloudaccount": "id, number, name, created_at",
    "customers_customer": "id, partner_id, cloud_account_id, number, name, account_name, phone,"
    " email, credit_code, type, verified, level, association_type, source, associated_at,"
    " disassociated_at, account_manager_id, available_amount, arrears, last_login_on,"
    " disassociation_requested_on, search_text",
    "customers_assignment": "id, partner_id, customer_id, manager_id, started_at,"
    " performance_from, ended_at, assigned_by_id",
}
DAY = 86_400
HISTORY_DAYS = 6 * 365  # the oldest association
LEFT_SHARE, RETURN_SHARE = 0.02, 0.01
RESALE_SHARE = {"distributor": 0.5, "reseller": 0.45, "solution_provider": 0.25}
ASSIGNED_SHARE = 0.86
# Monthly spend in fen from which a customer has level V1, V2 … V5.
LEVELS = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)


@dataclass(slots=True)
class Identity:
    """A cloud account and the company or person behind it."""

    account: int
    number: str
    name: str
    account_name: str
    phone: str
    email: str
    credit_code: str
    type: str
    verified: str
    search_text: str


@dataclass(slots=True)
class CustomerPlan:
    """One association. Times are seconds of the Unix epoch."""

    id: int
    identity: Identity
    partner: PartnerPlan
    spending: Spending
    joined: int
    left: int | None
    is_resale: bool


class Customers:
    """Draws the customers of one chunk, in order of their association."""

    def __init__(self, plan: Plan, habits: Habits, start: int) -> None:
        self.plan, self.habits = plan, habits
        self.rng = plan.spec.stream("customers", start)
        self.end = int(start_of(plan.spec.until).timestamp()) + DAY
        # A cloud account that leaves as customer n is back, with any partner, as customer n + gap.
        self._gap = max(1, plan.spec.customers // 4)

    def draw(self, number: int) -> tuple[CustomerPlan, bool]:
        """A customer, and whether its cloud account is new."""
        rng = self.rng
        joined = self._earliest(number) + rng.randrange(2 * DAY)
        partner = self.plan.partner_at(rng.random())
        comes_back = self._leaves_for_a_while(number - self._gap)
        left: int | None
        if self._leaves_for_a_while(number):
            own = self._own_stream(number)
            identity, left = self._identity(number, own), self._leaves_before_return(number, own)
        else:
            before = number - self._gap
            identity = (
                self._identity(before, self._own_stream(before))
                if comes_back
                else self._identity(number, rng)
            )
            left = self._left(joined) if rng.random() < LEFT_SHARE else None
        is_resale = rng.random() < RESALE_SHARE[partner.kind]
        spending = self.habits.draw(rng)
        made = CustomerPlan(number, identity, partner, spending, joined, left, is_resale)
        return made, not comes_back

    def _earliest(self, number: int) -> int:
        """More join every year; those with higher numbers joined later, give or take two days."""
        share = (number / self.plan.spec.customers) ** 0.6
        return self.end - int(HISTORY_DAYS * DAY * (1 - share)) - 2 * DAY

    def _left(self, joined: int) -> int | None:
        days = (self.end - joined) // DAY - 1
        return joined + self.rng.randrange(20 * DAY, days * DAY) if days > 60 else None

    # ---- leaving one partner and joining another: known from the number alone ----

    def _leaves_for_a_while(self, number: int) -> bool:
        if number < 1 or number + self._gap > self.plan.spec.customers:
            return False
        return self._is_restless(number) and not self._is_restless(number - self._gap)

    def _is_restless(self, number: int) -> bool:
        mixed = (number + self.plan.spec.seed) * 0x9E3779B97F4A7C15 % 2**64
        return mixed < RETURN_SHARE * 2**64

    def _own_stream(self, number: int) -> Random:
        """The same draws in the chunk where the account leaves and where it is back."""
        return self.plan.spec.stream("returning", number)

    def _leaves_before_return(self, number: int, rng: Random) -> int:
        joined, back = self._earliest(number) + 2 * DAY, self._earliest(number + self._gap)
        return joined + int((back - joined) * rng.uniform(0.2, 0.95))

    def _identity(self, number: int, rng: Random) -> Identity:
        chance = rng.random()
        if chance < 0.83:
            who, kind, verified = names.company(rng), "company", "verified"
            if rng.random() < 0.06:
                verified = "reviewing" if rng.random() < 0.6 else "failed"
        elif chance < 0.95:
            who, kind, verified = names.person(rng), "person", "verified"
        else:
            who, kind, verified = names.company(rng), "none", "none"
        account = f"{who.latin}{int(rng.random() * 9000) + 1000}"
        named = account if kind == "none" else who.text
        return Identity(
            account=number,
            number=cloud_number(number),
            name=named,
            account_name=account,
            phone=phone(number),
            email=f"{account}@example.com" if rng.random() < 0.9 else "",
            credit_code=credit_code(who.region, number) if kind == "company" else "",
            type=kind,
            verified=verified,
            search_text=_search_text(who, account, is_named=kind != "none"),
        )

    # ---- rows ----

    def account_row(self, customer: CustomerPlan) -> str:
        who = customer.identity
        return line(who.account, who.number, who.name, instant(customer.joined))

    def customer_row(self, customer: CustomerPlan, manager: int | None) -> str:
        who, facts = customer.identity, self._facts(customer)
        return line(
            *(customer.id, customer.partner.id, who.account, who.number, who.name),
            *(who.account_name, who.phone, who.email, who.credit_code, who.type, who.verified),
            *(_level(customer.spending.daily), _association(customer)),
            *(self._source(), instant(customer.joined)),
            *(instant(customer.left) if customer.left else None, manager),
            *(facts, who.search_text),
        )

    def assignment_rows(self, customer: CustomerPlan) -> tuple[str, int | None]:
        """The customer's managers so far, and who it is today."""
        rng, partner = self.rng, customer.partner
        if rng.random() > ASSIGNED_SHARE:
            return "", None
        until = customer.left or self.end
        started = min(until - 1, customer.joined + int(rng.expovariate(0.25) * DAY))
        current = self._manager(partner).id
        rows = ""
        if rng.random() < 0.1 and until - started > 60 * DAY:
            changed = started + rng.randrange(30 * DAY, until - started)
            before = self._manager(partner).id
            rows = self._assignment(customer, 2 * customer.id - 1, before, started, changed)
            started = changed
        rows += self._assignment(customer, 2 * customer.id, current, started, customer.left)
        return rows, None if customer.left else current

    def _manager(self, partner: PartnerPlan) -> MemberPlan:
        """Some managers have many more customers than others."""
        return partner.managers[int(len(partner.managers) * self.rng.random() ** 1.4)]

    def _assignment(
        self, customer: CustomerPlan, pk: int, manager: int, started: int, ended: int | None
    ) -> str:
        partner, day = customer.partner, day_at(started) + timedelta(days=1)
        by = partner.main_account if self.rng.random() < 0.4 else partner.directors[0]
        return line(
            *(pk, partner.id, customer.id, manager, instant(started), day),
            *(instant(ended) if ended else None, by.id),
        )

    def _source(self) -> str:
        chance = self.rng.random()
        return "invitation" if chance < 0.55 else "link" if chance < 0.85 else "api"

    def _facts(self, customer: CustomerPlan) -> str:
        """available_amount, arrears, last_login_on, disassociation_requested_on."""
        rng, daily, trouble = self.rng, customer.spending.daily, self.plan.spec.trouble
        arrears, available = 0, None
        if daily and rng.random() < 0.012 * trouble:
            arrears = 100 + int(daily * rng.uniform(0.5, 20))
        if customer.is_resale:
            cover = (
                rng.uniform(0, 6.5)
                if rng.random() < 0.04 * trouble
                else 9 + rng.expovariate(1 / 45)
            )
            available = 0 if arrears else int(daily * cover)
        if customer.partner.sales_model != "resale":
            available = None  # budgets in place of 拨款
        asked = rng.random() < (0.02 if customer.spending.course.is_leaving else 0.0006 * trouble)
        requested = self.plan.spec.until - timedelta(days=int(rng.random() * 12)) if asked else None
        if requested and requested <= day_at(customer.joined):
            requested = None
        login = self._last_login(customer)
        return "\t".join(
            "\\N" if value is None else str(value)
            for value in (_yuan(available), _yuan(arrears), login, requested)
        )

    def _last_login(self, customer: CustomerPlan) -> date | None:
        rng, course = self.rng, customer.spending.course
        if course is Course.NEVER and rng.random() < 0.4:
            return None
        far = course is Course.NEVER or (course.is_leaving and rng.random() < 0.3)
        ago = 60 + int(rng.expovariate(1 / 50)) if far else int(rng.expovariate(1 / 7))
        day = self.plan.spec.until - timedelta(days=ago)
        if customer.left:
            day = min(day, day_at(customer.left))
        return max(day, day_at(customer.joined))


def _search_text(who: names.Name, account: str, *, is_named: bool) -> str:
    """core.search.search_text of these names, from the initials that the parts carry."""
    if not is_named:
        return account
    plain = who.text.replace("（", "(").replace("）", ")")
    return f"{plain}\n{account}\n{who.initials}"


def _association(customer: CustomerPlan) -> str:
    return customer.partner.sales_model if customer.is_resale else "referral"


def _level(daily: float) -> int:
    return sum(daily * 30 >= limit for limit in LEVELS)


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else f"{fen // 100}.{fen % 100:02d}"


def day_at(seconds: int) -> date:
    # Beijing has kept UTC+8 without summer time since 1991.
    return date.fromordinal(719_163 + (seconds + 8 * 3600) // DAY)
