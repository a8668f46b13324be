"""What a page of the vendor's desk shows, and what it never does."""

import re

import pytest

from activity.models import Activity
from customers.models import Customer

from .desk import PAGES, address, press

pytestmark = pytest.mark.django_db


def test_a_person_is_shown_without_password_and_with_masked_contacts(cast, sign_in, client):
    for who in (cast.shenji, cast.yunying, cast.shen):
        sign_in(who)
        page = client.get(address("org.user", "change", cast.jing.user.pk)).content.decode()
        assert cast.jing.user.password not in page and "md5$" not in page
        assert cast.jing.user.email not in page
        assert "u***@example.com" in page


@pytest.mark.parametrize("model", ["customers.customer", "customers.cloudaccount"])
def test_lists_of_the_desk_name_no_customer(cast, rows, sign_in, client, model):
    sign_in(cast.shenji)
    shown = client.get(address(model, "changelist")).content.decode()
    assert rows["customers.customer"].number in shown and "深圳云帆科技" not in shown


def test_contacts_are_shown_when_asked_and_that_is_recorded(cast, rows, proven, client):
    proven(cast.yunying)
    customer = rows["customers.customer"]
    page = client.get(address("customers.customer", "change", customer.pk)).content.decode()
    assert "13800138000" not in page and "138****8000" in page
    assert "kefu@example.com" not in page
    assert customer.name not in page and "深***技" in page and customer.account_name not in page
    shown = press(client, "customers.customer", customer, "reveal").content.decode()
    assert "13800138000" in shown and "kefu@example.com" in shown and customer.name in shown
    line = Activity.objects.get()
    assert (line.verb, line.partner, line.customer_id) == (
        "customer.revealed",
        cast.reseller,
        customer.pk,
    )


INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.I)


def test_no_page_needs_inline_code_or_style(cast, rows, proven, client):
    proven(cast.yunying)
    pages = ["/admin/", "/admin/org/"]
    for label, row in rows.items():
        pages += [address(label, "changelist"), address(label, "change", row.pk)]
        pages += [address(label, "do", row.pk, name) for name in PAGES[label].buttons]
    pages += [address(label, "add") for label in ("org.partner", "org.member", "org.role")]
    for page in pages:
        found = INLINE.search(client.get(page).content.decode())
        assert not found, (page, found)


def test_customers_are_read_only(cast, rows, sign_in, client):
    sign_in(cast.yunying)
    customer = rows["customers.customer"]
    page = address("customers.customer", "change", customer.pk)
    assert client.post(page, {"name": "改名", "partner": cast.stranger.pk}).status_code == 403
    assert Customer.objects.get(pk=customer.pk).name == "深圳云帆科技"
