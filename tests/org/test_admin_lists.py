"""Lists of the vendor's desk: found by index, paged by key, counted to a thousand."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Activity, Announcement, Notification
from billing.models import SubAccount
from customers.models import Assignment, CloudAccount, Customer
from org.models import Member, Partner, Role, User
from tests import factories
from tests.authorizations.making import make_many
from tests.limits import making as limits

from .desk import OURS, PAGES, address

pytestmark = [pytest.mark.django_db, pytest.mark.contexts]


@pytest.mark.parametrize("term", ["云帆", "szyf", "13800138000", "+86 138 0013 8000"])
def test_a_customer_is_found(cast, rows, sign_in, client, term):
    factories.make_customer(manager=cast.jing, name="广州海天贸易")
    sign_in(cast.yunying)
    response = client.get(address("customers.customer", "changelist"), {"q": term})
    assert [c.name for c in response.context["cl"].result_list] == ["深圳云帆科技"]


def test_a_customer_is_found_by_number_in_every_partner_it_had(cast, rows, sign_in, client):
    left = rows["customers.customer"]
    left.mark_disassociated(at=factories.NOW)
    back = factories.make_customer(
        partner=cast.stranger, number=left.number, associated_at=factories.NOW
    )
    sign_in(cast.yunying)
    response = client.get(address("customers.customer", "changelist"), {"q": left.number})
    assert list(response.context["cl"].result_list) == [back, left]


def test_one_character_finds_nothing(cast, rows, sign_in, client):
    sign_in(cast.yunying)
    response = client.get(address("customers.customer", "changelist"), {"q": "云"})
    assert response.context["cl"].result_list == []


@pytest.mark.parametrize("term", ["经理", "user"])
def test_members_are_found_by_name_and_by_whole_e_mail(cast, sign_in, client, term):
    sign_in(cast.yunying)
    term = cast.jing.user.email.upper() if term == "user" else term
    response = client.get(address("org.member", "changelist"), {"q": term})
    assert list(response.context["cl"].result_list) == [cast.jing]


@pytest.mark.parametrize(
    "query",
    [
        "password__startswith=md5",
        "partner__name=x",
        "user__password__contains=a",
        "vendor_role__regex=.",
        "q=%00",
        "vendor_role__exact=%00",
    ],
)
def test_only_the_filters_of_the_page_are_asked(cast, sign_in, client, query):
    sign_in(cast.yunying)
    response = client.get(f"{address('org.user', 'changelist')}?{query}")
    assert response.status_code == 400


def test_links_from_a_partner_lead_to_its_members(cast, sign_in, client):
    sign_in(cast.yunying)
    page = client.get(address("org.partner", "change", cast.reseller.pk)).content.decode()
    link = re.search(r'href="(/admin/org/member/\?[^"]+)"', page)[1]
    response = client.get(link)
    assert {m.partner for m in response.context["cl"].result_list} == {cast.reseller}


# ---- a thousand rows cost what ten cost ----


def fill(cast, first, last):
    """Rows numbered from `first` to before `last`, of every model that has a page here."""
    span = range(first, last)
    made = lambda model, **facts: model.objects.bulk_create(  # noqa: E731
        model(**{key: value(n) for key, value in facts.items()}) for n in span
    )
    partner = lambda n: cast.reseller  # noqa: E731
    manager = lambda n: cast.jing  # noqa: E731
    at = lambda n: factories.NOW + timedelta(seconds=n // 3)  # noqa: E731  (some tie)
    made(Partner, name=lambda n: f"伙伴{n:05}", kind=lambda n: "distributor")
    users = made(User, name=lambda n: f"员工{n}", email=lambda n: f"staff{n}@example.com")
    Member.objects.bulk_create(
        Member(partner=cast.reseller, user=user, roles=["account_manager"], director=cast.zhuguan)
        for user in users
    )
    made(Role, partner=partner, code=lambda n: f"custom-{n}", name=lambda n: f"角色{n}")
    accounts = made(CloudAccount, number=lambda n: f"number{n}")
    customers = Customer.objects.bulk_create(
        Customer(
            partner=cast.reseller,
            cloud_account=account,
            number=account.number,
            name=f"深圳云帆{account.number}",
            account_name=account.number,
            association_type="referral",
            associated_at=factories.NOW,
            account_manager=cast.jing,
        )
        for account in accounts
    )
    make_many(cast, customers)
    limits.make_many(cast, customers)
    Assignment.objects.bulk_create(
        Assignment(
            partner=cast.reseller,
            customer=customer,
            manager=cast.jing,
            started_at=factories.NOW,
            performance_from=factories.TODAY,
        )
        for customer in customers
    )
    made(
        Activity,
        verb=lambda n: "member.deactivated",
        partner=partner,
        user=lambda n: cast.yunying,
        at=at,
        subject_type=lambda n: "org.member",
        subject_id=lambda n: cast.jing.pk,
    )
    made(Announcement, title=lambda n: f"公告{n}", created_at=at)
    made(
        Notification,
        partner=partner,
        member=manager,
        kind=lambda n: "customer.assigned",
        key=lambda n: f"key{n}",
        created_at=at,
    )


def statements(client, page):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        response = client.get(page)
    assert response.status_code == 200
    return response, [query["sql"] for query in seen]


@pytest.fixture
def _on_that_day(time_machine):
    """The log shows the last thirty days."""
    time_machine.move_to(factories.NOW + timedelta(hours=1))


@pytest.mark.usefixtures("_on_that_day")
def test_a_list_asks_the_same_of_ten_rows_and_of_a_thousand_and_counts_no_further(
    cast, sign_in, client
):
    sign_in(cast.shenji)
    pages = [address(label, "changelist") for label in OURS]
    client.get("/admin/")  # the first request of a session writes it
    fill(cast, 0, 10)
    few = {page: len(statements(client, page)[1]) for page in pages}
    fill(cast, 10, 1_010)
    many = {page: statements(client, page) for page in pages}
    assert few == {page: len(asked) for page, (_response, asked) in many.items()}
    assert max(few.values()) <= 12
    for page, (response, asked) in many.items():
        counts = [sql for sql in asked if "COUNT(" in sql.upper()]
        assert len(counts) == 1 and "LIMIT 1001" in counts[0], page
        assert not [sql for sql in asked if "OFFSET" in sql], page
        assert "共 1000+ 条" in response.content.decode(), page


# Desk pages over tables of millions, outside the apps of OURS.
SEARCHED = ("billing.subaccount", "billing.resource", "followups.alert", "customers.assignment")


@pytest.mark.parametrize("label", SEARCHED)
def test_a_search_of_a_large_table_has_an_index(cast, rows, sign_in, client, label):
    """With one value in it a table is read whole; so the planner is told not to."""
    number = rows["customers.customer"].number
    sign_in(cast.shenji)
    page = f"{address(label, 'changelist')}?q={number}"
    _response, asked = statements(client, page)
    assert not [sql for sql in asked if "SELECT DISTINCT" in sql or "LIKE '%" in sql]
    table = label.replace(".", "_")
    (listed,) = (sql for sql in asked if sql.startswith(f'SELECT "{table}"') and "LIMIT 51" in sql)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {re.sub('ORDER BY.*LIMIT 51', '', listed)}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"Seq Scan on {table}" not in plan and f"on {table}" in plan, plan


@pytest.mark.parametrize("term", ["1111", "Nim", "c-1"])
def test_a_sub_account_is_found_by_how_it_begins_or_by_its_customer(cast, sign_in, client, term):
    account = factories.make_customer(partner=cast.reseller, number="c-1").cloud_account
    mine = SubAccount.objects.create(
        provider="AWS", number="11112222", name="Nimbus", cloud_account=account
    )
    SubAccount.objects.create(provider="AWS", number="2222", name="Cumulus")
    sign_in(cast.yunying)
    page = address("billing.subaccount", "changelist")
    assert list(client.get(page, {"q": term}).context["cl"].result_list) == [mine]


def test_sub_accounts_are_filtered_by_the_whole_name_of_a_provider(cast, sign_in, client):
    aws = SubAccount.objects.create(provider="AWS", number="1")
    SubAccount.objects.create(provider="AWS China", number="1")
    sign_in(cast.yunying)
    page = address("billing.subaccount", "changelist")
    response, asked = statements(client, f"{page}?provider_name=AWS")
    assert list(response.context["cl"].result_list) == [aws]
    assert not [sql for sql in asked if "SELECT DISTINCT" in sql]


def test_pages_follow_each_other_without_gap_or_repetition(cast, sign_in, client):
    sign_in(cast.shenji)
    fill(cast, 0, 120)
    page, seen = f"{address('activity.activity', 'changelist')}?days=all", []
    while page:
        response = client.get(page)
        seen += [line.pk for line in response.context["cl"].result_list]
        link = re.search(r'href="(\?[^"]+)" rel="next"', response.content.decode())
        page = link and address("activity.activity", "changelist") + link[1].replace("&amp;", "&")
    expected = Activity.objects.order_by("-at", "-pk").values_list("pk", flat=True)
    assert seen == list(expected)


def test_a_page_keeps_its_filters_when_it_turns(cast, sign_in, client):
    sign_in(cast.yunying)
    fill(cast, 0, 120)
    page = address("org.member", "changelist")
    response = client.get(page, {"role": "account_manager", "q": "员工"})
    link = re.search(r'href="(\?[^"]+)" rel="next"', response.content.decode())[1]
    assert "role=account_manager" in link and "q=" in link
    response = client.get(page + link.replace("&amp;", "&"))
    assert len(response.context["cl"].result_list) == 50


def test_nobody_sorts_by_a_column_without_index(cast, sign_in, client):
    sign_in(cast.yunying)
    _response, asked = statements(client, f"{address('customers.customer', 'changelist')}?o=1.2")
    assert not [sql for sql in asked if re.search(r'ORDER BY .*"name"', sql)]


@pytest.mark.parametrize("after", ["x", "-1", "999999999999999999999", "0"])
def test_a_place_that_does_not_exist_is_the_first_page(cast, sign_in, client, after):
    sign_in(cast.yunying)
    page = address("org.partner", "changelist")
    response = client.get(page, {"after": after})
    assert len(response.context["cl"].result_list) == 3


def test_the_log_is_searched_by_partner_and_person(cast, sign_in, client):
    fill(cast, 0, 3)
    sign_in(cast.shenji)
    page = address("activity.activity", "changelist")
    for query, found in (
        ({"partner": "云帆经销", "days": "all"}, 3),
        ({"partner": "北方总代", "days": "all"}, 0),
        ({"person": "运营", "days": "all"}, 3),
        ({"person": "审核", "days": "all"}, 0),
        ({"verb": "member.deactivated", "days": "all"}, 3),
        ({"verb": "member.created", "days": "all"}, 0),
    ):
        assert len(client.get(page, query).context["cl"].result_list) == found, query


def test_the_log_shows_thirty_days_unless_asked(cast, sign_in, client, time_machine):
    fill(cast, 0, 3)
    time_machine.move_to(factories.NOW + timedelta(days=31))
    sign_in(cast.shenji)
    page = address("activity.activity", "changelist")
    assert client.get(page).context["cl"].result_list == []
    assert len(client.get(page, {"days": "180"}).context["cl"].result_list) == 3


def test_the_boxes_of_a_form_offer_partners_by_name(cast, sign_in, client):
    sign_in(cast.yunying)
    query = {"app_label": "org", "model_name": "member", "field_name": "partner", "term": "云帆"}
    found = client.get("/admin/autocomplete/", query).json()["results"]
    assert found == [{"id": str(cast.reseller.pk), "text": "云帆经销"}]


def test_only_distributors_are_offered_as_distributor(cast, sign_in, client):
    sign_in(cast.yunying)
    query = {"app_label": "org", "model_name": "partner", "field_name": "distributor", "term": ""}
    found = client.get("/admin/autocomplete/", query).json()["results"]
    assert {each["text"] for each in found} == {"华南总代", "北方总代"}


@pytest.mark.parametrize("after", ["１２", "x", "", "9" * 40, "2026-13-40"])
def test_a_key_that_is_none_begins_at_the_first_row(cast, sign_in, client, after):
    sign_in(cast.shenji)
    for label in ("billing.consumptionday", "org.user"):
        assert client.get(address(label, "changelist"), {"after": after}).status_code == 200


def test_rows_whose_key_is_a_day_go_on_after_it(cast, sign_in, client, monkeypatch):
    monkeypatch.setattr(PAGES["billing.consumptionday"], "list_per_page", 10)
    factories.make_complete(day=factories.TODAY, days=20)
    sign_in(cast.shenji)
    page = address("billing.consumptionday", "changelist")
    first = client.get(page).content.decode()
    second = client.get(page, {"after": re.search(r"after=([0-9-]+)", first)[1]}).content.decode()
    newest = f"/{factories.TODAY.isoformat()}/change/"
    assert newest in first and newest not in second and "/change/" in second
