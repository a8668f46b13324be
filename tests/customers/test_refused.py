"""What a member may not do or see of customers: shown disabled with the reason, or not at all."""

import pytest

from customers.models import Customer
from org.models import Role
from org.permissions import CUSTOMERS_VIEW, CUSTOMERS_VIEW_RESELLERS, FOLLOWUPS_VIEW
from tests.factories import NOW, make_alert, make_customer, make_member

pytestmark = pytest.mark.django_db
DRAWER = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def customer(cast):
    customer = make_customer(manager=cast.jing)
    make_alert(customer=customer)
    return customer


@pytest.fixture
def look(sign_in, customer):
    """What a member reads of the customer: on its page, in the drawer, on the list."""

    def look(member, where):
        client = sign_in(member)
        if where == "list":
            return client.get("/customers/").content.decode()
        page = f"/customers/{customer.pk}/"
        if where == "drawer":
            return client.get(page, {"drawer": 1}, **DRAWER).content.decode()
        return client.get(page).content.decode()

    return look


def of_role(partner, *permissions):
    Role.objects.create(
        partner=partner, code="custom-1", name="渠道运营", permissions=list(permissions)
    )
    return make_member(partner=partner, role="custom-1")


@pytest.mark.parametrize("where", ["page", "drawer", "list"])
def test_alerts_are_counted_for_those_who_may_open_them(cast, look, where):
    facts = lambda page: page.replace("客户经理和待处理预警。", "")  # noqa: E731  (the page's help)
    assert "待处理预警" in facts(look(cast.yun, where))
    assert "待处理预警" not in facts(look(cast.cai, where))


@pytest.mark.parametrize("where", ["page", "drawer", "list"])
def test_assigning_is_shown_disabled_with_the_reason(cast, look, where):
    page = look(cast.jing, where)
    assert "没有“分配客户经理”权限" in page and "/assign/" not in page
    before, _reason = page.rsplit("没有“分配客户经理”权限", 1)  # in the row, below the batch bar
    shown = before[before.rindex('<div class="pc-refused">') :]
    assert "disabled>分配" in shown
    assert "<details" in shown and "<summary>为什么</summary>" in shown  # by key and by touch


@pytest.mark.parametrize("where", ["page", "drawer"])
def test_a_former_customer_says_why_it_is_not_assigned(cast, look, customer, where):
    Customer.objects.get(pk=customer.pk).mark_disassociated(at=NOW)
    page = look(cast.yun, where)
    assert "该客户已解除关联，不再分配客户经理" in page and f"/{customer.pk}/assign/" not in page


def test_the_form_of_a_former_customer_is_refused(cast, sign_in, customer):
    Customer.objects.get(pk=customer.pk).mark_disassociated(at=NOW)
    response = sign_in(cast.yun).get(f"/customers/{customer.pk}/assign/")
    assert response.status_code == 403
    assert "该客户已解除关联" in response.content.decode()


@pytest.mark.parametrize("where", ["page", "list"])
def test_the_eye_says_why_it_stays_closed(cast, look, where):
    page = look(cast.cai, where)
    assert "没有“查看脱敏信息”权限" in page and "将被记录" not in page
    assert "将被记录" in look(cast.yun, where)


def test_resellers_alerts_are_counted_for_those_who_may_open_them(cast, customer, sign_in):
    reader = of_role(cast.distributor, CUSTOMERS_VIEW, CUSTOMERS_VIEW_RESELLERS)
    assert "预警个数" not in sign_in(reader).get("/customers/resellers/").content.decode()
    Role.objects.update(permissions=[*Role.objects.get().permissions, FOLLOWUPS_VIEW])
    assert "预警个数" in sign_in(reader).get("/customers/resellers/").content.decode()


def test_the_tab_of_resellers_is_offered_to_those_who_may_open_it(cast, sign_in):
    reader = of_role(cast.distributor, CUSTOMERS_VIEW)
    assert "/customers/resellers/" not in sign_in(reader).get("/customers/").content.decode()
    assert "/customers/resellers/" in sign_in(cast.zong).get("/customers/").content.decode()
