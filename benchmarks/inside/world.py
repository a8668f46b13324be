"""Alerts for the world, and who looks at what."""

from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from core import clock, tenancy
from customers.models import Customer
from followups import generation
from followups.models import Alert
from followups.rules import QUIET_LONGEST
from org.gate import ACTING_PARTNER
from org.models import Member, User

TRADE, PLACE = "网络", "深圳"  # in one name of sixty, and of nine


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
        main = main_account()
        manager = Member.objects.get(pk=_largest(_BUSIEST_MANAGER))
        operator = User.objects.filter(vendor_role="operator").order_by("pk")[0]
        companies = Customer.objects.filter(partner_id=main.partner_id, type="company")
        brand = _brand(companies.associated().latest("pk").name)
        return {
            "partner": main.partner_id,
            "customers": Customer.objects.filter(partner_id=main.partner_id).count(),
            "alerts": Alert.objects.owned_by(manager).pending().count(),
            "manager": manager.pk,
            "manager_partner": manager.partner_id,
            "words": {"brand": brand, "trade": TRADE, "place": PLACE},
            "sessions": {
                "main": session_of(main),
                "manager": session_of(manager),
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


def main_account() -> Member:
    """Of the partner with the most customers."""
    return Member.objects.acting().get(pk=_largest(_MAIN_ACCOUNT))


def session_of(member: Member) -> str:
    """The member signed in, with a second factor."""
    Authenticator.objects.get_or_create(
        user=member.user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}}
    )
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
