"""Whatever people type is text, on every list and page that shows it."""

import html
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from activity.services import record
from billing.models import Resource
from customers.models import CloudAccount, Customer
from followups.models import Alert
from org.models import User
from tests.factories import NOW, make_alert, make_customer, make_member, make_resource

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


class _Skeleton(HTMLParser):
    """The elements of a page and the names of their attributes: what a text must not change."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *sorted(name for name, _ in attributes)))


def skeleton(response: Any) -> list[tuple[str, ...]]:
    parser = _Skeleton()
    parser.feed(response.content.decode())
    return parser.elements


@pytest.fixture
def say(cast) -> Callable[[list[str]], list[list[str]]]:
    """Puts each text into all that one customer's rows show; gives each customer's pages."""
    managers = [make_member(partner=cast.reseller) for _ in PAYLOADS]
    customers = [make_customer(manager=manager) for manager in managers]
    alerts = [make_alert(customer=customer, scenario="expiring") for customer in customers]
    for customer in customers:
        make_resource(customer=customer, expires_on=NOW.date())

    def say(texts: list[str]) -> list[list[str]]:
        for text, manager, customer, alert in zip(texts, managers, customers, alerts, strict=True):
            _say(text, cast.yun, manager, customer, alert)
        return [_pages_of(c, alert) for c, alert in zip(customers, alerts, strict=True)]

    return say


def _pages_of(customer: Customer, alert: Alert) -> list[str]:
    tabs = [f"/customers/{customer.pk}/{tab}" for tab in ("", "activity/", "assign/")]
    tabs += [f"/billing/customers/{customer.pk}/", f"/followups/customers/{customer.pk}/"]
    return [*tabs, f"/followups/alerts/{alert.pk}/"]


def _say(text: str, by: Any, manager: Any, customer: Customer, alert: Alert) -> None:
    facts = dict.fromkeys(("name", "number", "service"), text)
    facts |= {"expires_on": "2026-11-27", "days": 7, "list_price": "1.00"}
    Alert.objects.filter(pk=alert.pk).update(facts=facts)
    names = {"name": text, "account_name": text, "number": text}
    contact = {"phone": text[:20], "email": text, "credit_code": text[:18]}
    account = CloudAccount.objects.create(number=text)
    Customer.objects.filter(pk=customer.pk).update(cloud_account=account, **names, **contact)
    Resource.objects.filter(customer=customer).update(name=text, number=text)
    User.objects.filter(pk=manager.user_id).update(name=text)
    said = {"manager": text, "name": text, "file": text}
    record("customer.assigned", customer, by=by, at=NOW, before=said, after=said)


LIST_PAGES = ["/", *(f"{each.url}?size=100" for each in LISTS.values())]


def test_markup_in_any_text_is_shown_as_text(cast, sign_in, say):
    client = sign_in(cast.yun)
    plain, *_ = say([f"text {n}" for n in range(len(PAYLOADS))])
    harmless = [built(client, url) for url in (*plain, *LIST_PAGES)]
    shown = skeleton(client.post("/customers/", {"reveal": "name"}))
    poisoned = say(PAYLOADS)
    assert skeleton(client.post("/customers/", {"reveal": "name"})) == shown
    for pages in poisoned:
        assert [built(client, url) for url in pages] == harmless[: len(plain)], pages
    assert [built(client, url) for url in LIST_PAGES] == harmless[len(plain) :]


def built(client: Any, url: str) -> Any:
    """How a page is built. The log grows meanwhile: there, no new kind of element may appear."""
    elements = skeleton(client.get(url))
    return set(elements) if "/activity/" in url else sorted(elements)


def test_the_payloads_are_there_to_be_read(cast, sign_in, say):
    """Or the test above would look at pages that show none of them."""
    say(PAYLOADS)
    page = sign_in(cast.yun).post("/customers/", {"reveal": "name"}).content.decode()
    assert [text for text in PAYLOADS if html.escape(text) not in page] == []


def test_markup_in_the_address_is_shown_as_text(ask, listed):
    """Each payload in some parameter of each list; over the lists, in all of them."""
    names = ("name", "number", "tab", "after", "size", "customer", "associated_from")
    harmless = skeleton(ask(**dict.fromkeys(names, "text")))
    first = list(LISTS.values()).index(listed)
    turned = PAYLOADS[first % 40 :] + PAYLOADS[: first % 40]
    for begin in range(0, len(turned), len(names)):
        sent = dict(zip(names, turned[begin:], strict=False))
        assert skeleton(ask(**dict.fromkeys(names, "text") | sent)) == harmless, sent
