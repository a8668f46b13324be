"""What only a process of the product can tell. Called by database.run_inside.

    python -m benchmarks.inside ACT '{"argument": …}'

prints what the act returns as one line of JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import django
import xlsxwriter
from python_calamine import CalamineWorkbook

django.setup()

from allauth.mfa.models import Authenticator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from core import clock, tenancy  # noqa: E402
from core.lists.csv import write_csv  # noqa: E402
from core.lists.reading import in_file, texts_by_column  # noqa: E402
from core.lists.xlsx import write_xlsx  # noqa: E402
from customers.lists import CustomerList  # noqa: E402
from customers.models import Customer  # noqa: E402
from followups import generation  # noqa: E402
from followups.generation import sql  # noqa: E402
from followups.models import Alert, Rule  # noqa: E402
from followups.rules import QUIET_LONGEST  # noqa: E402
from org.gate import ACTING_PARTNER  # noqa: E402
from org.models import Member, User  # noqa: E402

from .report import interleaved  # noqa: E402

TRADE, PLACE = "网络", "深圳"  # in one name of sixty, and of nine
SIZES = (10, 50, 100)


def raise_alerts(business_date: str) -> int:
    made = generation.generate(date.fromisoformat(business_date), at=clock.now())
    return sum(result.made for result in made)


# Older than any quiet days: generation raises as if it were not there.
_HISTORY = """
INSERT INTO followups_alert (partner_id, customer_id, scenario, alert_class, rule_id, subject,
    cause, facts, raised_on, raised_at, state, handled_at, lapsed_at)
SELECT partner_id, customer_id, scenario, alert_class, rule_id, subject,
    left(cause, 50) || '-' || ago, facts, raised_on - ago, was, state,
    CASE state WHEN 'handled' THEN was + interval '5 hours' END,
    CASE state WHEN 'lapsed' THEN was + interval '1 day' END
FROM (
    SELECT a.partner_id, a.customer_id, a.scenario, a.alert_class, a.rule_id, a.subject, a.cause,
        a.facts, a.raised_on, ago, a.raised_at - ago * interval '1 day' AS was,
        CASE WHEN (a.id + ago) % 4 = 0 THEN 'handled' ELSE 'lapsed' END AS state
    FROM generate_series({first}, {last}) AS ago CROSS JOIN followups_alert a
) older
"""


# Of every handled alert there is a record.
_HANDLINGS = """
INSERT INTO followups_alerthandling (partner_id, alert_id, outcome, lost_reasons, destination,
    kept_reason, note, contact, handled_by_id, handled_at)
SELECT a.partner_id, a.id, CASE a.alert_class WHEN 'churn' THEN 'not_lost' ELSE 'renewed' END,
    '[]', '', CASE a.alert_class WHEN 'churn' THEN 'seasonal' ELSE '' END, 'called', '',
    coalesce(a.account_manager_id, main.id), a.handled_at
FROM followups_alert a
JOIN org_member main ON main.partner_id = a.partner_id
    AND main.roles @> ARRAY['partner_admin']::varchar[]
WHERE a.state = 'handled' AND NOT EXISTS (
    SELECT FROM followups_alerthandling h WHERE h.alert_id = a.id
)
"""


def add_history(alerts: int) -> int:
    """Handled and lapsed alerts as some weeks of nights leave them: about `alerts` in all."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM followups_alert")
        nights = max(1, round(alerts / max(1, cursor.fetchone()[0])) - 1)
        first = QUIET_LONGEST + 1
        with transaction.atomic("owner"):
            cursor.execute(_HISTORY.format(first=first, last=first + nights - 1))
            made = cursor.rowcount
            cursor.execute(_HANDLINGS)
        cursor.execute("VACUUM (ANALYZE) followups_alert")
    return made


# ---- who looks at what ----


def actors() -> dict[str, Any]:
    """The main account with the most customers, the manager with the most alerts; signed in."""
    with tenancy.vendor():
        main = Member.objects.get(pk=_largest(_MAIN_ACCOUNT))
        manager = Member.objects.get(pk=_largest(_BUSIEST_MANAGER))
        operator = User.objects.filter(vendor_role="operator").order_by("pk")[0]
        companies = Customer.objects.filter(partner_id=main.partner_id, type="company")
        brand = _brand(companies.associated().latest("pk").name)
        for member in (main, manager):
            Authenticator.objects.get_or_create(
                user=member.user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}}
            )
        return {
            "partner": main.partner_id,
            "customers": Customer.objects.filter(partner_id=main.partner_id).count(),
            "alerts": Alert.objects.owned_by(manager).pending().count(),
            "manager": manager.pk,
            "manager_partner": manager.partner_id,
            "words": {"brand": brand, "trade": TRADE, "place": PLACE},
            "sessions": {
                "main": _session(main),
                "manager": _session(manager),
                "bare": _bare_session(operator),
            },
            "urls": {
                "customers": reverse("customers:customer_list"),
                "alerts": reverse("followups:handle_list"),
            },
        }


def _brand(name: str) -> str:
    """What people remember: `云帆` of `深圳市云帆科技…` and of `云帆（深圳）科技…`."""
    brand, bracket, _ = name.partition("（")
    return brand[:2] if bracket else name[2:].removeprefix("市")[:2]


_MAIN_ACCOUNT = """
SELECT m.id FROM org_member m JOIN customers_customer c ON c.partner_id = m.partner_id
WHERE m.roles @> '{partner_admin}' GROUP BY m.id ORDER BY count(*) DESC, m.id LIMIT 1
"""
_BUSIEST_MANAGER = """
SELECT m.id FROM org_member m JOIN customers_customer c ON c.account_manager_id = m.id
JOIN followups_alert a ON a.customer_id = c.id AND a.state = 'pending'
WHERE m.is_active AND m.roles = '{account_manager}'
GROUP BY m.id ORDER BY count(*) DESC, m.id LIMIT 1
"""


def _largest(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def _session(member: Member) -> str:
    client = Client()
    client.force_login(member.user)
    session = client.session
    session[ACTING_PARTNER] = member.partner_id
    session.save()
    return session.session_key


def _bare_session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


# ---- statements and buffers ----


def statements(pages: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """How many statements each page takes at each size, and how many buffers at the usual one.

    Args:
        pages: name → session, address.
    """
    return {name: _count(session, path) for name, (session, path) in pages.items()}


def _count(session: str, path: str) -> dict[str, Any]:
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    joint = "&" if "?" in path else "?"
    client.get(path)  # what is remembered after the first request is remembered in life, too
    counts = {}
    for size in SIZES:
        with Statements() as seen:
            assert client.get(f"{path}{joint}size={size}").status_code == 200
        counts[f"statements_{size}"] = len(seen.sql)
    with Statements(explain=True) as seen:
        client.get(path)
    return counts | {"statements": len(seen.sql), "buffers": seen.buffers}


class Statements:
    """Notes what is sent to the database, and what reading costs there, while it is entered."""

    def __init__(self, *, explain: bool = False) -> None:
        self.explain = explain
        self.sql: list[tuple[str, Any]] = []
        self.buffers = 0

    def __enter__(self) -> "Statements":
        self._stack = ExitStack()
        self._stack.enter_context(connection.execute_wrapper(self._note))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("EXPLAIN"):
            return execute(sql, params, many, context)
        self.sql.append((sql, params))
        if self.explain and is_reading(sql):
            self.buffers += self._buffers_of(sql, params)
        return execute(sql, params, many, context)

    def _buffers_of(self, sql: str, params: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
            found = cursor.fetchone()[0]
        plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def is_reading(sql: str) -> bool:
    return sql.lstrip("( \n").upper().startswith(("SELECT", "WITH")) and "set_config" not in sql


# ---- what the second wall costs ----


def row_security(session: str, path: str, times: int) -> dict[str, float]:
    """The page's reading statements behind row-level security and as the owner, in ms."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    client.get(path)
    with Statements() as seen:
        client.get(path)
    reads = [(sql, params) for sql, params in seen.sql if is_reading(sql)]
    partner, user = client.session[ACTING_PARTNER], client.session[SESSION_KEY]
    with tenancy.tenant(partner, user_id=int(user)):
        behind = _time(connection, reads, times)
    without = _time(connections["owner"], reads, times)
    return {"behind_ms": behind, "without_ms": without, "ratio": behind / without}


def _time(on: Any, reads: list[tuple[str, Any]], times: int) -> float:
    """Median milliseconds of all the statements together."""
    taken = []
    with on.cursor() as cursor:
        for _ in range(times):
            began = time.perf_counter()
            for sql, params in reads:
                cursor.execute(sql, params)
                cursor.fetchall()
            taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


# ---- generation ----


def generate_rounds(business_date: str, rounds: int, seed: int) -> dict[str, Any]:
    """The product's generation and its bare SQL in turns, each as if the day had not been done."""
    day = date.fromisoformat(business_date)
    kinds = {"app": _generate, "floor": _bare_sql}
    found = interleaved(
        list(kinds), lambda kind: _from_nothing(kinds[kind], day), rounds=rounds, seed=seed
    )
    last = _from_nothing(_generate, day)  # leaves the alerts that pages show
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE followups_generationrun")  # else it would only say "done before"
    rerun = _timed(_generate, day)
    return {
        "rounds": found,
        "rerun": rerun,
        "rules": last["rules"],
        "slowest": last["slowest"],
        "peak_mb": peak_mb(),
    }


def _from_nothing(generate: Callable[[date], dict[str, Any]], day: date) -> dict[str, Any]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE followups_generationrun, activity_notification")
        cursor.execute("DELETE FROM followups_alert WHERE raised_on = %s", [day])
        cursor.execute("VACUUM followups_alert")
    return _timed(generate, day)


def _timed(generate: Callable[[date], dict[str, Any]], day: date) -> dict[str, Any]:
    began = time.perf_counter()
    made = generate(day)
    return made | {"ms": (time.perf_counter() - began) * 1000}


def _generate(day: date) -> dict[str, Any]:
    results = generation.generate(day, at=clock.now())
    slowest = max(results, key=lambda result: result.seconds)
    return {
        "made": sum(result.made for result in results),
        "rules": len(results),
        "slowest": {"scenario": slowest.rule.scenario, "seconds": round(slowest.seconds, 2)},
    }


_BARE_INSERT = """
INSERT INTO followups_alert (partner_id, customer_id, scenario, alert_class, rule_id, subject,
    cause, facts, raised_on, raised_at, state)
SELECT h.partner_id, h.customer_id, %(scenario)s, %(alert_class)s, %(rule)s, h.subject, h.cause,
    h.facts, %(day)s, now(), 'pending'
FROM ({hits}) h ON CONFLICT DO NOTHING
"""


def _bare_sql(day: date) -> dict[str, Any]:
    """One INSERT … SELECT for each rule, as the owner: no lock, no quiet days, no record."""
    with tenancy.vendor():
        rules = list(Rule.objects.in_force(day))
    made = 0
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        for rule in rules:
            hits, values = sql.select(rule.scenario, rule.parameters, day, None)
            values |= {
                "scenario": rule.scenario,
                "alert_class": rule.alert_class,
                "rule": rule.pk,
                "day": day,
            }
            cursor.execute(_BARE_INSERT.replace("{hits}", hits), values)
            made += cursor.rowcount
    return {"made": made}


# ---- export ----


def export_csv(kind: str, path: str) -> dict[str, Any]:
    """All customers as CSV: by core/lists, or by COPY of the same columns."""
    began = time.perf_counter()
    _write_csv(path) if kind == "app" else _copy_csv(path)
    return {"ms": (time.perf_counter() - began) * 1000, "peak_mb": peak_mb()}


def export_xlsx(kind: str, path: str, customers: int) -> dict[str, Any]:
    """All customers as a workbook: by core/lists, or by xlsxwriter in constant memory."""
    began = time.perf_counter()
    with tenancy.vendor():
        if kind == "app":
            write_xlsx(
                *(Customer.objects.all(), CustomerList.columns, Path(path)),
                at=clock.now(),
                total=customers,
                title="customers",
                passport={"rows": str(customers)},
            )
        else:
            _write_slowly(path)
    return {"ms": (time.perf_counter() - began) * 1000, "peak_mb": peak_mb()}


def _write_slowly(path: str) -> None:
    """The same cells, row by row."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    columns = in_file(CustomerList.columns)
    sheet.write_row(0, 0, [str(column.label) for column in columns])
    line = 0
    for batch in texts_by_column(Customer.objects.all(), columns, at=clock.now()):
        for cells in zip(*batch, strict=True):
            line += 1
            for at, (text, column) in enumerate(zip(cells, columns, strict=True)):
                if column.numeric and text:
                    sheet.write_number(line, at, float(text))
                else:
                    sheet.write_string(line, at, text)
    book.close()


def rows_of_xlsx(path: str) -> int:
    """Read back by another library."""
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).height


def _write_csv(path: str) -> None:
    with tenancy.vendor(), Path(path).open("w", encoding="utf-8", newline="") as out:
        write_csv(Customer.objects.all(), CustomerList.columns, out, at=clock.now())


_COLUMNS = """
SELECT c.name, c.account_name, c.number, c.association_type, c.associated_at, c.verified, c.type,
    c.level, c.available_amount, c.phone, c.email, u.name
FROM customers_customer c
LEFT JOIN org_member m ON m.id = c.account_manager_id LEFT JOIN org_user u ON u.id = m.user_id
"""


def _copy_csv(path: str) -> None:
    command = f"COPY ({_COLUMNS}) TO STDOUT WITH (FORMAT csv, HEADER)"
    with (
        connections["owner"].cursor() as cursor,
        Path(path).open("wb") as out,
        cursor.copy(command) as copy,
    ):
        for part in copy:
            out.write(part)


def peak_mb() -> int:
    """This process's own peak; of its rusage, Linux begins at the size of whoever started it."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:  # macOS counts bytes, and afresh
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


ACTS = (
    *(raise_alerts, add_history, actors, statements, row_security, generate_rounds),
    *(export_csv, export_xlsx, rows_of_xlsx),
)


def main() -> None:
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    act = next(act for act in ACTS if act.__name__ == name)
    print(json.dumps(act(**arguments)))


if __name__ == "__main__":
    main()
