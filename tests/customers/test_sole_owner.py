"""客户归属唯一责任人 (customers_coupons.md §10.1): one person answers for a customer."""

import pytest

from customers.models import Customer
from org.permissions import FINANCE
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


def owners(customer, cast):
    """The members who own the customer, asked of the row and asked of the query."""
    customer = Customer.objects.get(pk=customer.pk)
    people = (cast.yun, cast.jing, cast.other, cast.zhuguan, cast.cai)
    by_row = {m for m in people if customer.is_owned_by(m)}
    by_query = {m for m in people if Customer.objects.owned_by(m).filter(pk=customer.pk)}
    assert by_row == by_query == set(customer.owners())
    return by_row


def test_the_assigned_manager_owns_the_customer(cast):
    assert owners(make_customer(manager=cast.jing), cast) == {cast.jing}


def test_without_a_manager_the_main_account_does(cast):
    assert owners(make_customer(partner=cast.reseller), cast) == {cast.yun}


def test_a_manager_who_left_owns_nothing(cast):
    customer = make_customer(manager=cast.jing)
    cast.jing.is_active = False
    cast.jing.save(update_fields=["is_active"])
    assert owners(customer, cast) == {cast.yun}


def test_a_manager_who_became_something_else_owns_nothing(cast):
    customer = make_customer(manager=cast.jing)
    cast.jing.roles, cast.jing.director = [FINANCE], None
    cast.jing.save(update_fields=["roles", "director"])
    assert owners(customer, cast) == {cast.yun}


def test_a_manager_whose_account_is_closed_owns_nothing(cast):
    customer = make_customer(manager=cast.jing)
    cast.jing.user.is_active = False
    cast.jing.user.save(update_fields=["is_active"])
    assert owners(customer, cast) == {cast.yun}


def test_a_foreign_main_account_owns_nothing_here(cast):
    customer = make_customer(partner=cast.reseller)
    assert not Customer.objects.get(pk=customer.pk).is_owned_by(cast.pang)
