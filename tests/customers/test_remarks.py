"""备注: what the partner notes of a customer for itself (customers_coupons.md §8.3)."""

import pytest
import time_machine
from django.db import IntegrityError, transaction

from activity.models import Activity
from core import tenancy
from core.refusals import NotAllowed, Refused
from customers.notes.models import Remark
from customers.notes.services import remark_customer
from tests.factories import NOW, make_customer, make_remark

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def customer(cast):
    return make_customer(manager=cast.jing)


def test_a_remark_says_who_wrote_it_when_and_the_log_what_stood_before(cast, customer):
    remark_customer(customer, "年底续签", by=cast.jing, at=NOW)
    remark_customer(customer, "明年续签", by=cast.yun, at=NOW)
    remark = Remark.objects.get(customer=customer)
    assert (remark.text, remark.written_by, remark.written_at) == ("明年续签", cast.yun, NOW)
    line = Activity.objects.filter(verb="customer.remarked").latest("pk")
    assert (line.before, line.after) == ({"remark": "年底续签"}, {"remark": "明年续签"})


def test_an_empty_remark_is_none(cast, customer):
    make_remark(customer=customer, by=cast.jing)
    remark_customer(customer, "", by=cast.jing, at=NOW)
    assert not Remark.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_remark(customer=customer, by=cast.jing, text="")


def test_a_remark_has_255_characters_at_most(cast, customer, sign_in):
    with pytest.raises(Refused, match="最多 255 个字"):
        remark_customer(customer, "字" * 256, by=cast.jing, at=NOW)
    path = f"/customers/{customer.pk}/remark/"
    answer = sign_in(cast.jing).post(path, {"text": "字" * 256})
    assert answer.status_code == 422 and "字" * 256 in answer.content.decode()


def test_who_may_not_remark_is_refused(cast, customer):
    with pytest.raises(NotAllowed, match="设置客户备注"):
        remark_customer(customer, "年底续签", by=cast.cai, at=NOW)


def test_a_former_customers_remark_stays(cast, customer):
    make_remark(customer=customer, by=cast.jing)
    customer.mark_disassociated(at=NOW)
    with pytest.raises(NotAllowed, match="已解除关联"):
        remark_customer(customer, "", by=cast.yun, at=NOW)


def test_a_remark_is_written_on_the_page_and_shown_on_the_list(cast, customer, sign_in):
    client = sign_in(cast.jing)
    client.post(f"/customers/{customer.pk}/remark/", {"text": "年底续签<b>"})
    for page in ("/customers/", f"/customers/{customer.pk}/"):
        assert "年底续签&lt;b&gt;" in client.get(page).content.decode()


def test_a_distributor_reads_no_remark_of_its_resellers(cast, customer):
    make_remark(customer=customer, by=cast.jing)
    partners = [cast.distributor.pk, cast.reseller.pk]
    with tenancy.tenant(cast.distributor.pk, user_id=cast.zong.user_id, reads=partners):
        assert not Remark.objects.exists()
