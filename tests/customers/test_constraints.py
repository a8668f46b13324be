"""What the database itself refuses of customers, whoever writes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Assignment, CloudAccount, Customer
from tests.factories import NOW, make_assignment, make_customer

pytestmark = pytest.mark.django_db


def refused(constraint, write):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()
        with connection.cursor() as cursor:  # what is checked when a transaction ends
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def customer(cast):
    return make_customer(manager=cast.jing)


def rows(customer):
    return Customer.objects.filter(pk=customer.pk)


@pytest.mark.parametrize("column", ["type", "verified", "source"])
def test_an_unknown_word(customer, column):
    refused(f"{column}_is_known", lambda: rows(customer).update(**{column: "other"}))


@pytest.mark.parametrize("manager", ["other", None])
def test_a_manager_without_the_assignment(cast, customer, manager):
    new = manager and getattr(cast, manager)
    refused("manager_is_assigned", lambda: rows(customer).update(account_manager=new))


def test_a_new_customer_with_a_manager_and_no_assignment(cast):
    def write():
        customer = make_customer(partner=cast.reseller)
        customer.pk, customer.account_manager = None, cast.jing
        customer.cloud_account = CloudAccount.objects.create(number="new")
        customer.number = "new"
        customer.save(force_insert=True)

    refused("manager_is_assigned", write)


def test_an_assignment_without_the_manager(cast):
    customer = make_customer(partner=cast.reseller)
    refused("manager_is_assigned", lambda: make_assignment(customer=customer, manager=cast.jing))


@pytest.mark.parametrize("change", ["ended", "given to another", "moved", "deleted"])
def test_an_assignment_that_goes_away_alone(cast, customer, change):
    mine = Assignment.objects.filter(customer=customer)
    another = make_customer(partner=cast.reseller)
    refused(
        "manager_is_assigned",
        {
            "ended": lambda: mine.update(ended_at=NOW),
            "given to another": lambda: mine.update(manager=cast.other),
            "moved": lambda: mine.update(customer=another),
            "deleted": mine.delete,
        }[change],
    )


def test_a_former_customer_with_a_manager(customer):
    refused("former_has_no_manager", lambda: rows(customer).update(disassociated_at=NOW))


def test_another_number_than_the_cloud_accounts(customer):
    refused("number_of_account", lambda: rows(customer).update(number="another"))


def test_a_number_of_the_cloud_account_that_changes_alone(customer):
    account = CloudAccount.objects.filter(pk=customer.cloud_account_id)
    refused("number_of_account", lambda: account.update(number="another"))


def test_two_associations_of_one_account_at_a_time(cast):
    former = make_customer(partner=cast.stranger)
    former.mark_disassociated(at=NOW)
    joined = former.associated_at
    for begins, ends in (
        (joined - timedelta(days=9), joined + timedelta(seconds=1)),
        (joined + timedelta(days=1), joined + timedelta(days=2)),
        (NOW - timedelta(seconds=1), None),
    ):
        refused(
            "do_not_overlap",
            lambda begins=begins, ends=ends: make_customer(
                partner=cast.reseller,
                number=former.number,
                associated_at=begins,
                disassociated_at=ends,
            ),
        )


def test_an_account_may_join_the_moment_it_left(cast):
    former = make_customer(partner=cast.stranger)
    former.mark_disassociated(at=NOW)
    assert make_customer(partner=cast.reseller, number=former.number, associated_at=NOW)
