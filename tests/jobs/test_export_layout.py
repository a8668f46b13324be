"""A file has the columns of the screen: the member's own, in his order."""

import pytest

from tests.conftest import Cast, make_cast
from tests.factories import make_customer
from workbench.services import arrange_columns

from .conftest import ask, csv_of, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


def test_the_file_has_the_members_columns_in_his_order(cast):
    make_customer(manager=cast.jing, phone="13800001111")
    order = ["level", "manager", "phone", "email"]
    hidden = ["association_type", "alerts", "spent", "expires", "available_amount", "arrears"]
    hidden += ["verified", "associated_at", "type", "phone", "labels", "remark"]
    arrange_columns("customers", order=order, hidden=hidden, pinned=2, by=cast.jing)
    header = csv_of(run(ask(cast.jing)))[0]
    assert header == ["客户名称", "账号名", "客户ID", "等级", "客户经理", "邮箱"]
    assert "移动电话" in csv_of(run(ask(cast.yun)))[0]


def test_a_file_of_a_view_holds_the_rows_of_its_address(cast):
    make_customer(manager=cast.jing, level=1)
    make_customer(manager=cast.jing, level=2)
    assert run(ask(cast.jing, query="?view=7&level=1")).rows == 1
