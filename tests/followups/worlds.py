"""Small random worlds for the property tests, and how they get into the database.

Windows are two or three days and amounts few, so that exact halves, exact thresholds and empty
days come up all the time.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from billing.models import DailyConsumption, Resource, Service
from customers.models import CloudAccount, Customer
from org.models import Partner
from tests.factories import ensure_month

from .reference import Account, Figure, Thing

# An ordinary day, and days on whose windows a month, a year and a leap day begin or end.
DAYS = (
    date(2026, 11, 20),
    date(2026, 3, 1),
    date(2027, 1, 1),
    date(2028, 2, 29),
    date(2028, 3, 1),
)
PARAMETERS = {
    "spending_drop": {"recent_days": 2, "base_days": 3, "drop_ratio": "0.5", "min_daily": "10"},
    "no_spending": {"silent_days": 2, "active_days": 2, "history_days": 4},
    "mass_release": {"days": 3, "share": "0.5"},
    "no_login": {"days": 3, "recent_days": 2, "base_days": 2},
    "leaving": {},
    "expiring": {"thresholds": [3, 1]},
    "low_balance": {"days": 3, "spend_days": 2},
    "arrears": {},
}

_cny = st.sampled_from([None, *map(Decimal, ("-5", "0", "0.01", "5", "9.99", "10", "15", "20"))])
_near = st.integers(-1, 8)  # days before the business date; -1 is the day after it


@st.composite
def figures(draw, day: date) -> tuple[Figure, ...]:
    """At most one figure a day; a figure in another currency may have no rate."""
    found = []
    for back in draw(st.sets(_near)):
        cny = draw(_cny)
        amount = (
            draw(st.sampled_from([Decimal(-1), Decimal(0), Decimal(3)])) if cny is None else cny
        )
        found.append(Figure(day - timedelta(days=back), amount, cny))
    return tuple(found)


@st.composite
def steps(draw, day: date) -> tuple[Figure, ...]:
    """The same every day, and another amount on the last two: where averages meet exactly."""
    before = draw(st.sampled_from([Decimal(5), Decimal(10), Decimal(20)]))
    recent = draw(st.sampled_from([before, before / 2, before / 2 + Decimal("0.01"), Decimal(0)]))
    amounts = [recent] * 2 + [before] * 6
    return tuple(Figure(day - timedelta(days=n), a, a) for n, a in enumerate(amounts, 1))


@st.composite
def things(draw, day: date, number: str) -> Thing:
    released = draw(st.sampled_from([None, None, None, -1, 0, 1, 2, 3, 4]))
    state = "released" if released is not None else None
    return Thing(
        number=number,
        state=state or draw(st.sampled_from(["active", "active", "active", "grace", "retention"])),
        created_on=day - timedelta(days=draw(st.sampled_from([30, 30, 30, 4, 3, 2]))),
        released_on=None if released is None else day - timedelta(days=released),
        expires_on=draw(st.one_of(st.none(), st.integers(-1, 4).map(lambda n: day + timedelta(n)))),
        list_price=draw(st.sampled_from([Decimal(0), Decimal(50), Decimal(50), Decimal(100)])),
        is_main=draw(st.sampled_from([True, True, True, False])),
        auto_renew=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def accounts(draw, day: date, number: str) -> Account:
    resale = draw(st.booleans())
    back = st.integers(-1, 5).map(lambda n: day - timedelta(days=n))
    count = draw(st.integers(0, 3))
    return Account(
        number=number,
        associated_on=day - timedelta(days=draw(st.sampled_from([400, 400, 400, 3, 1, 0, -1]))),
        has_left=draw(st.sampled_from([False, False, False, False, True])),
        is_resale=resale,
        available=draw(st.sampled_from([None, *map(Decimal, ("-1", "0", "15", "30", "60"))]))
        if resale
        else None,
        arrears=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.01")])),
        last_login_on=draw(st.sampled_from([None, *(day - timedelta(n) for n in (2, 3, 4, 4, 5))])),
        requested_on=draw(st.one_of(st.none(), back)),
        figures=draw(st.one_of(figures(day), steps(day))),
        things=tuple(draw(things(day, f"{number}-r{n}")) for n in range(count)),
    )


@st.composite
def worlds(draw) -> tuple[date, tuple[Account, ...]]:
    day = draw(st.sampled_from(DAYS))
    number = draw(st.integers(1, 4))
    return day, tuple(draw(accounts(day, f"c{n}")) for n in range(number))


# ---- into the database ----


def store(partner: Partner, world: tuple[Account, ...]) -> None:
    service, _ = Service.objects.get_or_create(provider="cloud", name="弹性云服务器")
    for account in world:
        customer = _customer(partner, account)
        for month in {f.day.replace(day=1) for f in account.figures}:
            ensure_month(month)
        DailyConsumption.objects.bulk_create(
            [
                DailyConsumption(
                    partner=partner,
                    customer=customer,
                    day=f.day,
                    service=service,
                    currency="USD" if f.cny is None else "CNY",
                    amount=f.amount,
                    amount_cny=f.cny,
                )
                for f in account.figures
            ]
        )
        Resource.objects.bulk_create(
            [
                Resource(partner=partner, customer=customer, service=service, **vars(thing))
                for thing in account.things
            ]
        )


def _customer(partner: Partner, account: Account) -> Customer:
    # 20:00 UTC is the next morning in Beijing.
    evening_before = account.associated_on - timedelta(days=1)
    at = datetime(evening_before.year, evening_before.month, evening_before.day, 20, tzinfo=UTC)
    return Customer.objects.create(
        partner=partner,
        cloud_account=CloudAccount.objects.create(number=account.number),
        number=account.number,
        name=account.number,
        account_name=account.number,
        association_type="resale" if account.is_resale else "referral",
        associated_at=at,
        disassociated_at=at + timedelta(hours=1) if account.has_left else None,
        available_amount=account.available,
        arrears=account.arrears,
        last_login_on=account.last_login_on,
        disassociation_requested_on=account.requested_on,
    )
