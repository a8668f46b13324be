"""The customers' wall: what PostgreSQL answers a cloud account's users."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from associations.models import AssociationChange
from core import tenancy
from customers.accounts.models import AccountNotice, AccountUser
from customers.models import CloudAccount, Customer
from org.models import Partner
from tests import factories as f

pytestmark = pytest.mark.django_db

# Everything that the customers' role holds. A new line here is read by a second person.
GRANTED = {
    ("associations_associationchange", "SELECT"),
    ("customers_accountnotice", "SELECT"),
    ("customers_accountuser", "SELECT"),
    ("customers_cloudaccount", "SELECT"),
    ("customers_authorization", "SELECT"),
    ("customers_freeze", "SELECT"),
    ("customers_customer", "SELECT"),
    ("customers_userinvitation", "SELECT"),
}
COLUMNS = {
    *(
        ("billing_obligation", column, "SELECT")
        for column in (
            *("id", "customer_id", "issuer_name", "month", "association_type"),
            *("direction", "amount"),
        )
    ),
    *(
        ("billing_invoice", column, "SELECT")
        for column in ("id", "obligation_id", "state", "number")
    ),
    *(
        ("customers_proxyaction", column, "SELECT")
        for column in (
            *("id", "partner_id", "customer_id", "purpose", "kind", "result", "subject", "note"),
            *("at", "address"),
        )
    ),
    *(
        ("coupons_coupon", column, "SELECT")
        for column in (
            *("id", "customer_id", "account_id", "kind", "face", "starts_at", "ends_at"),
            *("min_order", "ratio", "services", "order_types", "state", "issued_at"),
            "promotion_id",
        )
    ),
    ("coupons_promotion", "id", "SELECT"),
    ("coupons_promotion", "name", "SELECT"),
    ("ledger_account", "id", "SELECT"),  # of its own coupons
    ("ledger_account", "balance", "SELECT"),
    ("customers_accountnotice", "read_at", "UPDATE"),
    ("org_partner", "effective_standing", "SELECT"),
    ("org_partner", "id", "SELECT"),
    ("org_partner", "kind", "SELECT"),
    ("org_partner", "name", "SELECT"),
}


@pytest.fixture
def place(cast):
    customer = f.make_customer(manager=cast.jing)
    return f.make_account_user(account=customer.cloud_account)


def entered(place):
    return tenancy.customer(place.cloud_account_id, user_id=place.user_id)


def test_the_customers_role_holds_the_reviewed_rights_only():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, p.privilege_type FROM pg_class c, aclexplode(c.relacl) p"
            " WHERE p.grantee = %s::regrole AND c.relkind IN ('r', 'p')",
            [tenancy.CUSTOMER],
        )
        tables = set(cursor.fetchall())
        cursor.execute(
            "SELECT c.relname, a.attname, p.privilege_type FROM pg_attribute a"
            " JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) p"
            " WHERE p.grantee = %s::regrole",
            [tenancy.CUSTOMER],
        )
        columns = set(cursor.fetchall())
    assert (tables, columns) == (GRANTED, COLUMNS)


def test_an_account_sees_its_own_rows_without_any_filter(cast, place):
    other = f.make_customer(partner=cast.reseller)
    own = Customer.objects.get(cloud_account=place.cloud_account)
    mine, _theirs = f.make_change(customer=own), f.make_change(customer=other)
    with entered(place):
        assert list(Customer.objects.all()) == [own]
        assert list(CloudAccount.objects.all()) == [place.cloud_account]
        assert list(AssociationChange.objects.all()) == [mine]
        assert list(Partner.objects.values_list("name", flat=True)) == [cast.reseller.name]


def test_of_its_partner_it_reads_the_name_only(cast, place):
    with pytest.raises(ProgrammingError, match="denied"), transaction.atomic(), entered(place):
        list(Partner.objects.values("credit_code"))


@pytest.mark.parametrize(
    "table",
    [
        *("org_member", "org_user", "customers_remark", "customers_labelling", "followups_alert"),
        *("activity_activity", "activity_notification", "associations_invitation"),
    ],
)
def test_nothing_else_of_the_partner_is_open_to_it(place, table):
    with (
        pytest.raises(ProgrammingError, match="denied"),
        transaction.atomic(),
        entered(place),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT count(*) FROM {table}")


def test_it_writes_nothing_but_that_a_notice_was_read(place):
    AccountNotice.objects.create(
        cloud_account=place.cloud_account, kind="x", key="x", created_at=f.NOW
    )
    with entered(place):
        assert AccountNotice.objects.update(read_at=f.NOW) == 1
    with pytest.raises(ProgrammingError), transaction.atomic(), entered(place):
        Customer.objects.update(association_type="resale")


def test_before_an_account_is_chosen_a_person_finds_the_own_places(place):
    second = f.make_account_user(user=place.user)
    f.make_account_user()
    with tenancy.customer(user_id=place.user_id):
        assert set(AccountUser.objects.all()) == {place, second}
        assert CloudAccount.objects.count() == 2
        assert Customer.objects.count() == 0


def test_a_partners_request_knows_no_users_of_customers(cast, place):
    for model in (AccountUser, AccountNotice, CloudAccount):
        with (
            pytest.raises(ProgrammingError),
            transaction.atomic(),
            tenancy.tenant(cast.reseller.pk),
        ):
            model.objects.count()


def test_a_person_is_on_one_side_for_good(cast, place):
    with pytest.raises(IntegrityError), transaction.atomic():
        f.make_member(partner=cast.reseller, user=place.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        f.make_account_user(user=cast.jing.user)
    cast.jing.user.is_customer = True
    with pytest.raises(IntegrityError), transaction.atomic():
        cast.jing.user.save(update_fields=["is_customer"])
