"""The same rows as the product's pages, by one query each."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

ROWS = 50

_CUSTOMERS = """
SELECT c.id, c.name, c.account_name, c.number, c.association_type, c.associated_at, c.verified,
    c.type, c.level, c.available_amount, c.phone, c.email, u.name,
    coalesce((SELECT sum(d.amount_cny) FROM billing_dailyconsumption d
        WHERE d.customer_id = c.id AND d.day >= date_trunc('month', current_date)), 0),
    (SELECT count(*) FROM followups_alert a WHERE a.customer_id = c.id AND a.state = 'pending')
FROM customers_customer c
LEFT JOIN org_member m ON m.id = c.account_manager_id
LEFT JOIN org_user u ON u.id = m.user_id
WHERE c.partner_id = %(partner)s AND c.disassociated_at IS NULL {more}
ORDER BY c.associated_at DESC, c.id DESC LIMIT %(rows)s
"""
_ALERTS = """
SELECT a.id, a.scenario, a.alert_class, a.facts, a.subject, c.name, c.account_name, c.number,
    a.raised_on, a.raised_at, a.state, a.handled_at
FROM followups_alert a
JOIN customers_customer c ON c.id = a.customer_id
WHERE a.partner_id = %(partner)s AND a.state = 'pending' AND a.account_manager_id = %(manager)s
ORDER BY a.raised_at DESC, a.id DESC LIMIT %(rows)s
"""
_CHOSEN = "AND c.association_type = %(type)s AND c.verified = %(verified)s"
_NAMED = """
AND core_bigrams(c.search_text) @> core_bigrams(%(word)s) AND strpos(c.search_text, %(word)s) > 0
"""


@login_required
def customers(request: HttpRequest) -> HttpResponse:
    more = _NAMED if "word" in request.GET else _CHOSEN if "type" in request.GET else ""
    return _page(request, _CUSTOMERS.replace("{more}", more))


@login_required
def alerts(request: HttpRequest) -> HttpResponse:
    return _page(request, _ALERTS)


def _page(request: HttpRequest, sql: str) -> HttpResponse:
    values: dict[str, Any] = {"rows": ROWS, **request.GET.dict()}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return render(request, "rows.html", {"rows": cursor.fetchall()})


urlpatterns = [path("customers", customers), path("alerts", alerts)]
