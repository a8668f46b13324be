"""What only a process of the product can tell. Called by database.run_inside.

    python -m benchmarks.inside ACT '{"argument": …}'

prints what the act returns as one line of JSON.
"""

import json
import sys
import time
from contextlib import ExitStack
from datetime import date
from statistics import median
from typing import Any

import django

django.setup()

from allauth.mfa.models import Authenticator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from core import clock, tenancy  # noqa: E402
from customers.models import Customer  # noqa: E402
from followups import generation  # noqa: E402
from followups.models import Alert  # noqa: E402
from org.gate import ACTING_PARTNER  # noqa: E402
from org.models import Member, User  # noqa: E402

COMMON_WORD = "深圳"
SIZES = (10, 50, 100)


def raise_alerts(business_date: str) -> int:
    made = generation.generate(date.fromisoformat(business_date), at=clock.now())
    return sum(result.made for result in made)


# ---- who looks at what ----


def actors() -> dict[str, Any]:
    """The main account with the most customers, the manager with the most alerts; signed in."""
    with tenancy.vendor():
        main = Member.objects.get(pk=_largest(_MAIN_ACCOUNT))
        manager = Member.objects.get(pk=_largest(_BUSIEST_MANAGER))
        operator = User.objects.filter(vendor_role="operator").order_by("pk")[0]
        name = Customer.objects.filter(partner_id=main.partner_id).earliest("pk").name
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
            "words": {"rare": name[3:5], "common": COMMON_WORD},
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


def main() -> None:
    act, arguments = sys.argv[1], json.loads(sys.argv[2])
    acts = {act.__name__: act for act in (raise_alerts, actors, statements, row_security)}
    print(json.dumps(acts[act](**arguments)))


if __name__ == "__main__":
    main()
