"""A distributor reads the records of its resellers' customers: 冻结记录, 预算调整记录."""

from urllib.parse import urlencode

import pytest

from org.models import Role
from org.permissions import BUDGETS_VIEW, CUSTOMERS_FREEZE, PARTNER_ADMIN
from tests import factories as f
from tests.limits.making import make_budget_record, make_freeze_record

pytestmark = pytest.mark.django_db

PAGES = {"/freezing/resellers/records/": "/freezing/", "/budgets/resellers/": "/budgets/"}


@pytest.fixture
def theirs(theirs, cast):
    make_budget_record(customer=theirs, by=cast.yun)
    make_freeze_record(customer=theirs, by=cast.yun)
    return theirs


def text(response):
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("query", "found"),
    [({}, True), ({"reseller": "云帆"}, True), ({"reseller": "别家"}, False)],
)
def test_a_distributor_reads_the_records_of_its_resellers_customers(
    cast, theirs, sign_in, path, query, found
):
    said = text(sign_in(cast.zong).get(f"{path}?{urlencode(query)}"))
    assert (theirs.number in said) == found
    assert theirs.name not in said and f"/customers/{theirs.pk}/" not in said


@pytest.mark.parametrize("path", PAGES)
def test_nobody_but_a_distributor_has_that_page(cast, sign_in, path):
    assert sign_in(cast.yun).get(path).status_code == 403
    main = f.make_member(partner=f.make_partner(), role=PARTNER_ADMIN)
    assert sign_in(main).get(path).status_code == 403


@pytest.mark.parametrize(("theirs_page", "ours"), PAGES.items())
def test_who_may_not_look_at_resellers_is_not_shown_the_way_there(cast, sign_in, theirs_page, ours):
    assert theirs_page in text(sign_in(cast.zong).get(ours))
    role = Role.objects.create(
        partner=cast.distributor,
        code="custom-1",
        name="自定义",
        permissions=[CUSTOMERS_FREEZE, BUDGETS_VIEW],
    )
    keeper = f.make_member(partner=cast.distributor, role=role.code)
    assert theirs_page not in text(sign_in(keeper).get(ours))


def test_the_reason_that_a_reseller_noted_is_its_own(cast, theirs, sign_in):
    make_freeze_record(customer=theirs, by=cast.yun, reason="云代的原因")
    make_freeze_record(customer=theirs, by=cast.zong, reason="总代的原因")
    said = text(sign_in(cast.zong).get("/freezing/resellers/records/"))
    assert "总代的原因" in said and "云代的原因" not in said
