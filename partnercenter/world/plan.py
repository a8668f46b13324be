"""Who there is: partners, their members and how big each partner is. Small, kept in memory."""

from bisect import bisect
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from math import sqrt
from random import Random

from core.clock import first_of_month, previous_month
from org.permissions import (
    ACCOUNT_DIRECTOR,
    ACCOUNT_MANAGER,
    FINANCE,
    PARTNER_ADMIN,
    SYSTEM_ADMIN,
)

from . import names
from .identifiers import credit_code, phone

DISTRIBUTOR, RESELLER, PROVIDER = "distributor", "reseller", "solution_provider"
CUSTOM_ROLE = "custom-operations"

# The largest partner has about this share of all customers, when there are partners enough.
LARGEST_SHARE = 0.12
MOST_MANAGERS = 60
MANAGERS_PER_DIRECTOR = 5

# Counters of identifiers.py: customers count from 1, people and partners far above them.
FIRST_PERSON = 90_000_000
FIRST_PARTNER = 95_000_000


@dataclass(frozen=True)
class Spec:
    """What makes a world: two equal specs make equal worlds.

    Figures reach from `first_day` to `until`, both included (Beijing days).
    `trouble`: how many times as many customers leave or owe as usual; a small demo shows more.
    `first_user` is the id of the first person, above those who are there already.
    `has_postpaid`: the second distributor and its resellers sell as 转售.
    """

    seed: int
    partners: int
    customers: int
    first_day: date
    until: date
    trouble: int = 1
    first_user: int = 1
    has_postpaid: bool = False

    @property
    def days(self) -> list[date]:
        count = (self.until - self.first_day).days + 1
        return [self.first_day + timedelta(days=n) for n in range(count)]

    def stream(self, *purpose: object) -> Random:
        """Random numbers for one purpose; drawing from one stream disturbs no other."""
        return Random("/".join(map(str, (self.seed, *purpose))))  # noqa: S311


def first_day_of(until: date, months: int, days: int | None) -> date:
    """Where figures begin: `days` back, or at the start of the month `months` - 1 before."""
    if days:
        return until - timedelta(days=days - 1)
    first = first_of_month(until)
    for _ in range(months - 1):
        first = previous_month(first)
    return first


@dataclass(frozen=True)
class Person:
    """One user. Where somebody works for two partners, two members share the user."""

    user: int
    name: names.Name
    phone: str | None
    vendor_role: str = ""

    @property
    def email(self) -> str:
        return f"{self.name.latin}{self.user}@example.com"


@dataclass(frozen=True)
class MemberPlan:
    id: int
    partner: int
    person: Person
    roles: tuple[str, ...]
    director: int | None = None
    is_active: bool = True


@dataclass
class PartnerPlan:
    """A partner. `rank` 0 is the largest; the id is not in order of size."""

    id: int
    rank: int
    name: names.Name
    kind: str
    credit_code: str
    weight: float
    expected_customers: float
    distributor: int | None = None
    has_custom_role: bool = False
    sales_model: str = "resale"
    members: list[MemberPlan] = field(default_factory=list)

    def of_role(self, role: str) -> list[MemberPlan]:
        return [member for member in self.members if role in member.roles]

    @property
    def main_account(self) -> MemberPlan:
        return self.of_role(PARTNER_ADMIN)[0]

    @cached_property
    def managers(self) -> list[MemberPlan]:
        return self.of_role(ACCOUNT_MANAGER)

    @cached_property
    def directors(self) -> list[MemberPlan]:
        return self.of_role(ACCOUNT_DIRECTOR)


class Plan:
    """The partners and people of a spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._users = self._members = 0
        self.vendor_staff = self._vendor_staff(spec.stream("vendor"))
        self.partners = self._partners(spec.stream("partners"))
        for partner in self.partners:
            self._staff(partner, spec.stream("members", partner.rank))
        self._lend(spec.stream("lent"))
        self._shares = list(accumulate(partner.weight for partner in self.partners))

    def partner_at(self, share: float) -> PartnerPlan:
        """The partner in whose slice of [0, 1) the number falls."""
        found = bisect(self._shares, share * self._shares[-1])
        return self.partners[min(found, len(self.partners) - 1)]

    # ---- partners ----

    def _partners(self, rng: Random) -> list[PartnerPlan]:
        count = self.spec.partners
        weights = skewed(count)
        kinds = _kinds(count, rng)
        ids = rng.sample(range(1, count + 1), count)
        taken: set[str] = set()
        partners = []
        for rank in range(count):
            name = _new_name(rng, taken)
            code = credit_code(name.region, FIRST_PARTNER + rank)
            expected = weights[rank] / sum(weights) * self.spec.customers
            partners.append(
                PartnerPlan(ids[rank], rank, name, kinds[rank], code, weights[rank], expected)
            )
        _put_resellers_under_distributors(partners, rng)
        if self.spec.has_postpaid:
            _sell_postpaid(partners)
        for partner in partners:
            partner.has_custom_role = partner.rank < 2 or rng.random() < 0.3
        return partners

    # ---- people ----

    def _vendor_staff(self, rng: Random) -> list[Person]:
        return [self._person(rng, role) for role in ("operator", "reviewer", "auditor")]

    def _person(self, rng: Random, vendor_role: str = "") -> Person:
        number = self._users
        self._users += 1
        has_phone = rng.random() < 0.8
        return Person(
            user=self.spec.first_user + number,
            name=names.person(rng),
            phone=phone(FIRST_PERSON + number) if has_phone else None,
            vendor_role=vendor_role,
        )

    def _join(
        self, partner: PartnerPlan, person: Person, roles: tuple[str, ...], **more: object
    ) -> MemberPlan:
        self._members += 1
        member = MemberPlan(self._members, partner.id, person, roles, **more)  # type: ignore[arg-type]
        partner.members.append(member)
        return member

    def _staff(self, partner: PartnerPlan, rng: Random) -> None:
        self._join(partner, self._person(rng), (PARTNER_ADMIN,))
        self._join(partner, self._person(rng), (SYSTEM_ADMIN,))
        self._join(partner, self._person(rng), (FINANCE,))
        if partner.has_custom_role:
            self._join(partner, self._person(rng), (CUSTOM_ROLE,))
        managers = min(MOST_MANAGERS, max(2, round(sqrt(partner.expected_customers) / 3)))
        directors = [
            self._join(partner, self._person(rng), (ACCOUNT_DIRECTOR,))
            for _ in range(max(1, managers // MANAGERS_PER_DIRECTOR))
        ]
        for number in range(managers):
            # A few have left, and their customers wait for somebody else.
            stays = number < 2 or rng.random() > 0.05
            # With a second role a manager works for the whole partner.
            roles = (ACCOUNT_MANAGER,) if number != 3 else (ACCOUNT_MANAGER, FINANCE)
            director = directors[number % len(directors)].id
            self._join(partner, self._person(rng), roles, director=director, is_active=stays)

    def _lend(self, rng: Random) -> None:
        """Some resellers' finance officers also keep the books of their distributor."""
        by_id = {partner.id: partner for partner in self.partners}
        borrowing: set[int] = set()
        for partner in self.partners:
            if partner.distributor and partner.distributor not in borrowing and rng.random() < 0.6:
                borrowing.add(partner.distributor)
                person = partner.of_role(FINANCE)[0].person
                self._join(by_id[partner.distributor], person, (FINANCE,))


def skewed(count: int) -> list[float]:
    """Weights that fall by rank (Zipf), the first near LARGEST_SHARE or, for few, twice even."""
    wanted = max(LARGEST_SHARE, min(0.9, 2 / count))
    low, high = 0.0, 3.0
    for _ in range(40):
        middle = (low + high) / 2
        weights = [(rank + 1) ** -middle for rank in range(count)]
        low, high = (low, middle) if 1 / sum(weights) > wanted else (middle, high)
    return [(rank + 1) ** -low for rank in range(count)]


def _kinds(count: int, rng: Random) -> list[str]:
    """The largest is a distributor, its reseller comes next, then a solution provider."""
    distributors = max(1, round(count * 0.08)) + (count >= 6)
    providers = max(1, round(count * 0.4))
    rest = [DISTRIBUTOR] * (distributors - 1) + [PROVIDER] * (providers - 1)
    rest += [RESELLER] * max(0, count - 3 - len(rest))
    rng.shuffle(rest)
    return [DISTRIBUTOR, RESELLER, PROVIDER, *rest][:count]


def _new_name(rng: Random, taken: set[str]) -> names.Name:
    while (name := names.partner(rng)).text in taken:
        pass
    taken.add(name.text)
    return name


def _sell_postpaid(partners: list[PartnerPlan]) -> None:
    """The second distributor and its resellers."""
    above = [partner for partner in partners if partner.kind == DISTRIBUTOR][1]
    for partner in partners:
        if above.id in (partner.id, partner.distributor):
            partner.sales_model = "postpaid"


def _put_resellers_under_distributors(partners: list[PartnerPlan], rng: Random) -> None:
    """The largest reseller goes to the largest distributor, the next each to the next, then any."""
    above = [partner for partner in partners if partner.kind == DISTRIBUTOR]
    for number, partner in enumerate(p for p in partners if p.kind == RESELLER):
        of = above[number] if number < len(above) else rng.choice(above)
        partner.distributor = of.id
