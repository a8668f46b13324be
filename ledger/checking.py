"""Proves the ledger: what each check looks for are the rows that must not be.

The apps above add checks of their own (a business record without its transfer); who calls
`check` has them all (ops/money.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activity.models import Activity
from activity.services import record
from core import tenancy

SHOWN = 20
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Check:
    """`wrong` is a SELECT of the ids of wrong rows; %(as_of)s in it is the last moment looked at.

    `now_only` compares with what is cached, which knows no past.
    """

    key: str
    title: str | Promise
    wrong: str
    now_only: bool = False


@dataclass(frozen=True)
class Finding:
    check: Check
    count: int
    first: tuple[int, ...]

    def __str__(self) -> str:
        more = "…" if self.count > len(self.first) else ""
        return f"{self.check.title}: {self.count} ({', '.join(map(str, self.first))}{more})"


@dataclass(frozen=True)
class Result:
    accounts: int
    transfers: int
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> str:
        return "; ".join(map(str, self.findings))


CHECKS = (
    Check(
        "transfer.balances",
        _("不平的资金变动"),
        "SELECT t.id FROM ledger_transfer t LEFT JOIN ledger_entry e ON e.transfer_id = t.id"
        " WHERE t.at <= %(as_of)s GROUP BY t.id HAVING count(e.id) <> 2 OR sum(e.amount) <> 0"
        " OR count(*) FILTER (WHERE e.account_id = t.source_id AND e.amount = -t.amount) <> 1"
        " OR count(*) FILTER (WHERE e.account_id = t.target_id AND e.amount = t.amount) <> 1",
    ),
    Check(
        "entry.at",
        _("时间或伙伴与资金变动、账户不一致的分录"),
        "SELECT e.id FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transfer_id"
        " JOIN ledger_account a ON a.id = e.account_id WHERE e.at <= %(as_of)s"
        " AND (e.at <> t.at OR e.partner_id IS DISTINCT FROM a.partner_id)",
    ),
    Check(
        "entry.chain",
        _("余额不连续的分录"),
        "SELECT id FROM (SELECT id, at, amount, balance_after, lag(balance_after, 1, 0.00)"
        " OVER (PARTITION BY account_id ORDER BY id) AS before FROM ledger_entry) e"
        " WHERE at <= %(as_of)s AND balance_after <> before + amount",
    ),
    Check(
        "entry.not_negative",
        _("余额曾低于零的分录"),
        "SELECT e.id FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
        " WHERE e.at <= %(as_of)s AND e.balance_after < 0"
        " AND a.kind NOT IN ('credit', 'vendor', 'suspense')",
    ),
    Check(
        "account.floor",
        _("低于下限的账户"),
        "SELECT id FROM ledger_account WHERE balance < floor"
        " OR floor IS NULL AND kind NOT IN ('vendor', 'suspense')",
        now_only=True,
    ),
    Check(
        "account.balance",
        _("余额不等于分录之和的账户"),
        "SELECT a.id FROM ledger_account a LEFT JOIN (SELECT account_id, sum(amount) AS amount"
        " FROM ledger_entry GROUP BY account_id) e ON e.account_id = a.id"
        " WHERE a.balance <> coalesce(e.amount, 0)",
        now_only=True,
    ),
)


def check(checks: Iterable[Check], *, at: datetime, as_of: datetime | None = None) -> Result:
    """Look at everything in one moment's snapshot; `as_of` leaves out what came after it."""
    findings = []
    with tenancy.snapshot(), tenancy.vendor(), connection.cursor() as cursor:
        for each in checks:
            if each.now_only and as_of:
                continue
            cursor.execute(
                f"SELECT count(*), (array_agg(id ORDER BY id))[:{SHOWN}]"
                f" FROM ({each.wrong}) AS wrong (id)",
                {"as_of": as_of or _NEVER},
            )
            count, first = cursor.fetchone()
            if count:
                findings.append(Finding(each, count, tuple(first)))
        cursor.execute(
            "SELECT (SELECT count(*) FROM ledger_account), count(*) FROM ledger_transfer"
            " WHERE at <= %s",
            [as_of or _NEVER],
        )
        accounts, transfers = cursor.fetchone()
    return Result(accounts, transfers, tuple(findings))


# ---- what was found last, for the page of operations ----


@dataclass(frozen=True)
class State:
    checked_at: datetime | None
    broken: str


def record_check(result: Result, *, at: datetime) -> None:
    after = {"transfers": result.transfers, "broken": result.broken[:500]}
    with tenancy.vendor():
        record("ledger.checked", by=None, at=at, after=after)


def state(verb: str = "ledger.checked") -> State:
    """Of the last check; inside the vendor's transaction."""
    lines = Activity.objects.filter(partner__isnull=True, verb=verb)
    last = lines.order_by("-at", "-pk").first()
    return State(last.at if last else None, last.after["broken"] if last else "")
