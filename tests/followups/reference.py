"""The eight scenarios in plain Python, one customer at a time: what the SQL must say as well.

Written from customers_coupons.md §10.4 and docs/decisions/0007-generation.md, for reading and
not for speed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from followups import rules


@dataclass(frozen=True)
class Figure:
    """What was consumed on a day of one service in one currency."""

    day: date
    amount: Decimal
    cny: Decimal | None  # None: no exchange rate


@dataclass(frozen=True)
class Thing:
    """A resource."""

    number: str
    state: str
    created_on: date
    released_on: date | None
    expires_on: date | None
    list_price: Decimal
    is_main: bool = True
    auto_renew: bool = False


@dataclass(frozen=True)
class Account:
    """A customer."""

    number: str
    associated_on: date
    has_left: bool = False
    is_resale: bool = False
    available: Decimal | None = None
    arrears: Decimal = Decimal(0)
    last_login_on: date | None = None
    requested_on: date | None = None
    figures: tuple[Figure, ...] = ()
    things: tuple[Thing, ...] = ()


Sign = tuple[str, str, str]  # customer, subject, cause


def signs(scenario: str, parameters, accounts, day: date) -> set[Sign]:
    """Whom the scenario finds on the business date."""
    found = set()
    for account in accounts:
        if account.has_left or account.associated_on >= day:
            continue
        for subject, cause in _SCENARIOS[scenario](parameters, account, day):
            found.add((account.number, subject, cause))
    return found


def _days(last: date, number: int) -> list[date]:
    return [last - timedelta(days=n) for n in range(number)]


def _recent_and_before(account: Account, day: date, recent_days: int, base_days: int):
    """The averages of the recent days, which end yesterday, and of the days before them."""
    recent = _days(day - timedelta(days=1), recent_days)
    before = _days(recent[-1] - timedelta(days=1), base_days)
    spent = {each: Decimal(0) for each in [*recent, *before]}
    for figure in account.figures:
        if figure.day in spent:
            spent[figure.day] += figure.cny or 0
    return sum(spent[d] for d in recent), sum(spent[d] for d in before)


def spending_drop(p: rules.SpendingDrop, account: Account, day: date):
    recent, before = _recent_and_before(account, day, p.recent_days, p.base_days)
    worth_watching = before >= p.min_daily * p.base_days
    if worth_watching and recent * p.base_days <= p.drop_ratio * before * p.recent_days:
        yield "", day.isoformat()


def no_spending(p: rules.NoSpending, account: Account, day: date):
    active = {figure.day for figure in account.figures if figure.amount > 0}
    silence = _days(day - timedelta(days=1), p.silent_days)
    history = _days(silence[-1] - timedelta(days=1), p.history_days)
    if not active & set(silence) and len(active & set(history)) >= p.active_days:
        yield "", day.isoformat()


def mass_release(p: rules.MassRelease, account: Account, day: date):
    begins = day - timedelta(days=p.days)
    held = [
        thing
        for thing in account.things
        if thing.created_on < begins and not (thing.released_on and thing.released_on < begins)
    ]
    released = [t for t in held if t.released_on and begins <= t.released_on < day]
    gone, had = (sum(t.list_price for t in group) for group in (released, held))
    if gone > 0 and gone >= p.share * had:
        yield "", day.isoformat()


def no_login(p: rules.NoLogin, account: Account, day: date):
    if account.last_login_on is None:
        return
    days_without = (day - timedelta(days=1) - account.last_login_on).days
    recent, before = _recent_and_before(account, day, p.recent_days, p.base_days)
    falls = Decimal(recent) * p.base_days < Decimal(before) * p.recent_days
    if days_without >= p.days and falls:
        yield "", day.isoformat()


def leaving(p: rules.Leaving, account: Account, day: date):
    if account.requested_on and account.requested_on <= day:
        yield "", account.requested_on.isoformat()


def expiring(p: rules.Expiring, account: Account, day: date):
    for thing in account.things:
        if thing.state != "active" or thing.auto_renew or not thing.is_main:
            continue
        if thing.expires_on and (thing.expires_on - day).days in p.thresholds:
            left = (thing.expires_on - day).days
            yield thing.number, f"{thing.expires_on.isoformat()}:{left}"


def low_balance(p: rules.LowBalance, account: Account, day: date):
    if not account.is_resale or account.available is None:
        return
    spend = set(_days(day - timedelta(days=1), p.spend_days))
    spent = sum((f.cny or Decimal(0)) for f in account.figures if f.day in spend)
    if account.available * p.spend_days < spent * p.days:
        yield "", day.isoformat()


def arrears(p: rules.Arrears, account: Account, day: date):
    if account.arrears > 0 or any(t.state in ("grace", "retention") for t in account.things):
        yield "", day.isoformat()


_SCENARIOS = {
    function.__name__: function
    for function in (
        spending_drop,
        no_spending,
        mass_release,
        no_login,
        leaving,
        expiring,
        low_balance,
        arrears,
    )
}
