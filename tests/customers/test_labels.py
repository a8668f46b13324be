"""标签: the partner's own words for its customers (customers_coupons.md §8.1)."""

import pytest
import time_machine
from django.db import IntegrityError, transaction

from activity.models import Activity
from core import tenancy
from core.refusals import NotAllowed, Refused, Vanished
from customers.notes.models import Label, Labelling
from customers.notes.services import change_label, create_label, delete_label, label_customer
from tests.factories import NOW, make_customer, make_label, put_label

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def customer(cast):
    return make_customer(manager=cast.jing)


def names_on(customer):
    rows = Labelling.objects.filter(customer=customer).order_by("position")
    return list(rows.values_list("label__name", flat=True))


# ---- on a customer ----


def test_a_customer_has_the_labels_that_were_chosen_and_the_log_says_from_what(cast, customer):
    old, new = make_label(by=cast.yun, name="老客"), make_label(by=cast.yun, name="重点")
    label_customer(customer, [old], by=cast.jing, at=NOW)
    label_customer(customer, [new], by=cast.jing, at=NOW)
    assert names_on(customer) == ["重点"]
    line = Activity.objects.filter(verb="customer.labelled").latest("pk")
    assert (line.before, line.after) == ({"labels": ["老客"]}, {"labels": ["重点"]})
    assert (line.member, line.customer_id) == (cast.jing, customer.pk)


def test_choosing_the_same_again_is_no_change(cast, customer):
    label = make_label(by=cast.yun)
    for _again in range(2):
        label_customer(customer, [label], by=cast.jing, at=NOW)
    assert Activity.objects.filter(verb="customer.labelled").count() == 1


def test_a_customer_has_five_labels_at_most(cast, customer):
    labels = [make_label(by=cast.yun) for _ in range(6)]
    with pytest.raises(Refused, match="最多 5 个"):
        label_customer(customer, labels, by=cast.jing, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        put_label(customer=customer, label=labels[0], position=6)


def test_who_may_not_label_is_refused(cast, customer):
    with pytest.raises(NotAllowed, match="设置客户标签"):
        label_customer(customer, [], by=cast.cai, at=NOW)


def test_a_former_customers_labels_stay_as_they_are(cast, customer):
    put_label(customer=customer, label=make_label(by=cast.yun, name="老客"))
    customer.mark_disassociated(at=NOW)
    with pytest.raises(NotAllowed, match="已解除关联"):
        label_customer(customer, [], by=cast.yun, at=NOW)
    assert names_on(customer) == ["老客"]


def test_a_label_of_another_partner_is_none(cast, customer):
    with pytest.raises(Vanished):
        label_customer(customer, [make_label(by=cast.pang)], by=cast.jing, at=NOW)


# ---- the partner's labels ----


def test_a_renamed_label_keeps_its_customers(cast, customer):
    label = create_label("重点", "red", by=cast.yun, at=NOW)
    put_label(customer=customer, label=label)
    change_label(label, "战略", "blue", by=cast.zhuguan, at=NOW)
    assert names_on(customer) == ["战略"]


def test_a_name_is_given_once(cast):
    create_label("重点", "red", by=cast.yun, at=NOW)
    with pytest.raises(Refused, match="已有名为“重点”"):
        create_label("重点", "blue", by=cast.yun, at=NOW)
    create_label("重点", "blue", by=cast.pang, at=NOW)


def test_a_deleted_label_is_on_no_customer_and_its_name_is_free(cast, customer, sign_in):
    label = create_label("重点", "red", by=cast.yun, at=NOW)
    put_label(customer=customer, label=label)
    delete_label(label, by=cast.yun, at=NOW)
    page = sign_in(cast.jing).get("/customers/")
    assert "重点" not in page.content.decode()
    assert Label.objects.visible_to(cast.yun).count() == 0
    create_label("重点", "red", by=cast.yun, at=NOW)
    with pytest.raises(Vanished):
        delete_label(label, by=cast.yun, at=NOW)


def test_a_partner_has_a_hundred_labels_at_most(cast):
    for _ in range(100):
        make_label(by=cast.yun)
    with pytest.raises(Refused, match="最多 100 个"):
        create_label("再一个", "grey", by=cast.yun, at=NOW)


def test_managers_set_labels_and_do_not_make_them(cast):
    with pytest.raises(NotAllowed, match="管理客户标签"):
        create_label("重点", "red", by=cast.jing, at=NOW)


@pytest.mark.parametrize("verb", ["created", "changed", "deleted"])
def test_each_act_on_a_label_is_recorded(cast, verb):
    label = create_label("重点", "red", by=cast.yun, at=NOW)
    change_label(label, "战略", "red", by=cast.yun, at=NOW)
    delete_label(label, by=cast.yun, at=NOW)
    assert Activity.objects.filter(verb=f"label.{verb}", subject_id=label.pk).exists()


# ---- on screen ----


def test_the_list_shows_labels_and_finds_customers_by_a_part_of_one(cast, customer, sign_in):
    put_label(customer=customer, label=make_label(by=cast.yun, name="VIP重点", colour="red"))
    other = make_customer(manager=cast.jing)
    client = sign_in(cast.jing)
    found = client.get("/customers/", {"label": "IP重"}).content.decode()
    assert f'id="row-{customer.pk}"' in found and f'id="row-{other.pk}"' not in found
    assert '<span class="pc-label red">VIP重点</span>' in found
    assert f'id="row-{customer.pk}"' not in client.get("/customers/?label=vip").content.decode()


def test_labels_are_set_from_the_page_and_kept_in_the_drawer(cast, customer, sign_in):
    label = make_label(by=cast.yun, name="重点")
    client, path = sign_in(cast.jing), f"/customers/{customer.pk}/labels/"
    assert client.post(path, {"labels": [label.pk]}).status_code == 302
    assert names_on(customer) == ["重点"]
    part = client.post(path, {}, headers={"HX-Request": "true"})
    assert part.status_code == 200 and "标签已保存" in part.content.decode()
    assert names_on(customer) == []


def test_a_sixth_label_is_said_beside_the_boxes_which_stay_ticked(cast, customer, sign_in):
    labels = [make_label(by=cast.yun) for _ in range(6)]
    path, sent = f"/customers/{customer.pk}/labels/", {"labels": [each.pk for each in labels]}
    answer = sign_in(cast.jing).post(path, sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "每个客户最多 5 个标签。" in page and page.count(" checked>") == 6


def test_labels_are_made_changed_and_deleted_on_their_page(cast, customer, sign_in):
    client = sign_in(cast.yun)
    client.post("/customers/labels/create/", {"name": "重点", "colour": "red"})
    label = Label.objects.get()
    put_label(customer=customer, label=label)
    assert ">1<" in client.get("/customers/labels/").content.decode()
    client.post(f"/customers/labels/{label.pk}/", {"name": "战略", "colour": "blue"})
    assert "用于 1 个客户" in client.get(f"/customers/labels/{label.pk}/delete/").content.decode()
    client.post(f"/customers/labels/{label.pk}/delete/")
    label.refresh_from_db()
    assert (label.name, label.deleted_at) == ("战略", NOW)


def test_who_may_not_set_labels_reads_why(cast, customer, sign_in):
    page = sign_in(cast.cai).get(f"/customers/{customer.pk}/").content.decode()
    assert "没有“设置客户标签”权限" in page


def test_a_distributor_reads_no_label_or_remark_of_its_resellers(cast, customer):
    put_label(customer=customer, label=make_label(by=cast.yun))
    partners = [cast.distributor.pk, cast.reseller.pk]
    with tenancy.tenant(cast.distributor.pk, user_id=cast.zong.user_id, reads=partners):
        assert not Label.objects.exists() and not Labelling.objects.exists()
    with tenancy.tenant(cast.reseller.pk, user_id=cast.yun.user_id):
        assert Label.objects.exists() and Labelling.objects.exists()
