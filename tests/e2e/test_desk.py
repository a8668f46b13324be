"""The vendor's desk in a browser: pages and widgets, without a console message."""

from typing import Any

import pytest
from django.core.cache import cache

from customers.models import Customer
from org.models import Member, Partner
from tests import factories as f
from tests.conftest import Cast, make_cast
from tests.org.desk import OURS, PAGES, address

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: Any) -> Cast:
    cache.clear()
    cast = make_cast()
    f.make_customer(manager=cast.jing, phone="13800138000")
    return cast


def test_every_page_says_nothing_to_who_only_looks(open_as, site, cast):
    """What an operator opens, test_every_page does."""
    page = open_as(cast.shenji)
    paths = ["/admin/", *(address(label, "changelist") for label in OURS)]
    for label in OURS:
        row = PAGES[label].model.objects.first()
        paths += [address(label, "change", row.pk)] if row else []
    for path in paths:
        page.goto(site + path)


def test_a_reseller_is_made_with_its_distributor_found_by_name(open_as, site, cast):
    page = open_as(cast.yunying)
    page.goto(site + address("org.partner", "add"))
    page.fill("[name=name]", "云舟")
    page.select_option("[name=kind]", "reseller")
    page.click(".select2-selection")
    page.fill(".select2-search__field", "华南")
    page.click(".select2-results__option:has-text('华南总代')")
    page.click("[name=_save]")
    page.wait_for_url("**/admin/org/partner/")
    assert Partner.objects.get(name="云舟").distributor == cast.distributor


def test_a_director_is_set_by_a_button(open_as, site, cast):
    page = open_as(cast.yunying)
    page.goto(site + address("org.member", "change", cast.other.pk))
    page.click("text=设置主管")
    page.select_option("[name=director]", label="主管")
    page.click("input[type=submit]")
    page.wait_for_url(f"**/{cast.other.pk}/change/")
    assert Member.objects.get(pk=cast.other.pk).director == cast.zhuguan


def test_a_row_of_a_list_is_one_line_high(open_as, site, cast):
    facts = {"silent_days": 14, "active_days": 30, "history_days": 60, "last_day": "2024-10-01"}
    f.make_alert(customer=Customer.objects.get(), scenario="no_spending", facts=facts)
    page = open_as(cast.yunying)
    page.goto(site + "/admin/followups/alert/")
    assert page.locator("#result_list tbody tr").bounding_box()["height"] < 40
