"""Whatever people type is text, on every list and page that shows it."""

import html
from collections.abc import Callable
from typing import Any

import pytest

from activity.services import record
from billing.models import Resource
from customers.models import Customer
from followups.models import Alert
from org.models import User
from tests.factories import NOW, make_alert, make_customer, make_resource

from .conftest import LISTS

pytestmark = pytest.mark.django_db

_CALL = "alert(1)"
PAYLOADS = [
    f"<script>{_CALL}</script>",
    f"<ScRiPt>{_CALL}</sCrIpT>",
    f"</script><script>{_CALL}</script>",
    f"</td></tr></table><script>{_CALL}</script>",
    f"</textarea><script>{_CALL}</script>",
    f"</title><script>{_CALL}</script>",
    f"<img src=x onerror={_CALL}>",
    f'"><img src=x onerror={_CALL}>',
    f"'><img src=x onerror={_CALL}>",
    f"<svg onload={_CALL}>",
    f"<svg/onload={_CALL}//",
    f"<svg><script>{_CALL}</script>",
    f"<body onload={_CALL}>",
    f"<iframe src=javascript:{_CALL}>",
    f"<a href=javascript:{_CALL}>x</a>",
    f"<math><mi href=javascript:{_CALL}>",
    f"<details open ontoggle={_CALL}>",
    f"<input autofocus onfocus={_CALL}>",
    f"<video><source onerror={_CALL}>",
    f"<object data=javascript:{_CALL}>",
    f"<embed src=javascript:{_CALL}>",
    f"<form action=javascript:{_CALL}>",
    "<meta http-equiv=refresh content=0>",
    "<base href=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>*{color:red}</style>",
    f'" onmouseover="{_CALL}',
    f"' onmouseover='{_CALL}",
    f"<img src=x onerror=`{_CALL}`>",
    '" hx-get="/accounts/logout/" x="',
    f"<b hx-on:click={_CALL}>",
    "<b x-init=$el.remove()>",
    "<!--<img src=--><img src=x>",
    "<![CDATA[<b>]]>",
    "<%00script>",
    "＜script＞<b>",
    "{{ 7|add:7 }}<b>",
    "{% debug %}<b>",
    "&lt;b&gt;<i>",
    "\u202e<b>\u0007",
]


def test_there_are_forty_payloads():
    assert len(set(PAYLOADS)) == 40


@pytest.fixture
def poisoned(cast) -> Callable[[str], None]:
    """Puts one payload into every text that the lists and pages show."""
    customer = make_customer(manager=cast.jing)
    resource = make_resource(customer=customer, expires_on=NOW.date())
    alert = make_alert(customer=customer, scenario="expiring")

    def poison(text: str) -> None:
        facts = dict.fromkeys(("name", "number", "service"), text)
        facts |= {"expires_on": "2026-11-27", "days": 7, "list_price": "1.00"}
        Alert.objects.filter(pk=alert.pk).update(facts=facts)
        names = {"name": text, "account_name": text, "number": text}
        contact = {"phone": text[:20], "email": text, "credit_code": text[:18]}
        Customer.objects.filter(pk=customer.pk).update(**names, **contact)
        Resource.objects.filter(pk=resource.pk).update(name=text, number=text)
        User.objects.filter(memberships__partner=cast.reseller).update(name=text)
        said = {"manager": text, "name": text, text[:20]: text}
        record("customer.assigned", customer, by=cast.yun, at=NOW, before=said, after=said)

    poison.customer, poison.alert = customer, alert
    return poison


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_markup_in_a_text_is_shown_as_text(cast, sign_in, poisoned, payload):
    poisoned(payload)
    client = sign_in(cast.yun)
    for url in _urls_of(poisoned):
        for response in (client.get(url), client.post(url, {"reveal": "name"})):
            assert payload not in response.content.decode(), url
    assert html.escape(payload)[:20] in client.get("/customers/").content.decode()


def _urls_of(poisoned: Any) -> list[str]:
    customer, alert = poisoned.customer.pk, poisoned.alert.pk
    pages = [f"/customers/{customer}/", f"/billing/customers/{customer}/"]
    pages += [f"/customers/{customer}/activity/", f"/followups/customers/{customer}/"]
    pages += [f"/customers/{customer}/assign/", f"/followups/alerts/{alert}/", "/"]
    return [*(each.url for each in LISTS.values() if each.who != "zong"), *pages]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_markup_in_the_address_is_shown_as_text(ask, payload):
    for name in ("name", "tab", "after", "size", "customer"):
        assert payload not in ask(**{name: payload}).content.decode(), name
