"""The partner's pages of invitations and association changes."""

import pytest
from django.urls import reverse

from associations import services
from associations.models import AssociationChange, Invitation
from core import clock
from tests import factories as f
from tests.conftest import prove_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(cast):
    return f.make_customer(manager=cast.jing, association_type="resale", available_amount=50)


def test_a_manager_makes_a_link_with_its_qr_code(cast, client, sign_in):
    signed_in = sign_in(cast.jing)
    made = signed_in.post(
        reverse("associations:make_link"), {"association_type": "resale", "days": "", "label": ""}
    )
    invitation = Invitation.objects.get()
    page = signed_in.get(made["Location"])
    assert f"/my/invitations/{invitation.pk}:" in page.text
    picture = signed_in.get(reverse("associations:qr_code", args=[invitation.pk]))
    assert picture["Content-Type"].startswith("image/svg+xml") and b"<svg" in picture.content


def test_the_link_of_a_mail_is_shown_to_nobody_else(cast, client, sign_in):
    invitation = f.make_invitation(by=cast.jing, email="a@example.com")
    page = sign_in(cast.jing).get(reverse("associations:invitation", args=[invitation.pk]))
    assert "/my/invitations/" not in page.text
    url = reverse("associations:qr_code", args=[invitation.pk])
    assert sign_in(cast.jing).get(url).status_code == 404


def test_a_colleagues_invitation_is_not_there(cast, client, sign_in):
    invitation = f.make_invitation(by=cast.other)
    url = reverse("associations:invitation", args=[invitation.pk])
    assert sign_in(cast.jing).get(url).status_code == 404


def test_the_list_says_what_became_of_each(cast, client, sign_in):
    f.make_invitation(by=cast.jing, email="a@example.com", expires_at=f.NOW)
    page = sign_in(cast.jing).get(reverse("associations:invitation_list") + "?view=0").text
    assert "已过期" in page


def test_a_manager_reads_why_he_may_not_ask_for_a_change(cast, client, sign_in, customer):
    page = sign_in(cast.jing).get(reverse("associations:customer", args=[customer.pk]))
    assert "只有主账号可以解除关联" in page.text


def test_the_main_account_sees_what_will_happen_and_asks(cast, sign_in, customer):
    signed_in = prove_client(sign_in(cast.yun), cast.yun.user)
    url = reverse("associations:ask_leave", args=[customer.pk])
    page = signed_in.get(url).text
    for shown in ("账号检查", "50.00 元退回伙伴", "不再由客户经理", "客户标签和备注留在本次关联中"):
        assert shown in page
    assert signed_in.post(url, {"reason": "调整"}).status_code == 422
    signed_in.post(url, {"reason": "调整", "understood": "on"})
    assert AssociationChange.objects.get().state == "customer"


def test_a_failed_check_keeps_the_button_from_being_pressed(cast, sign_in, customer):
    customer.cloud_account.facts = ["unpaid_order"]
    customer.cloud_account.save(update_fields=["facts"])
    page = (
        prove_client(sign_in(cast.yun), cast.yun.user)
        .get(reverse("associations:ask_leave", args=[customer.pk]))
        .text
    )
    assert "请取消或支付订单" in page and "账号检查通过后可以提交" in page


def test_asking_needs_a_fresh_proof(cast, client, sign_in, customer):
    url = reverse("associations:ask_leave", args=[customer.pk])
    sent = {"reason": "调整", "understood": "on"}
    assert "reauthenticate" in sign_in(cast.yun).post(url, sent)["Location"]
    assert not AssociationChange.objects.exists()


def test_the_main_account_answers_a_customer(cast, sign_in, customer):
    place = f.make_account_user(account=customer.cloud_account)
    change = services.ask_to_leave(
        customer, reason="更换", place=place, by=place.user, at=clock.now()
    )
    signed_in = prove_client(sign_in(cast.yun), cast.yun.user)
    assert "更换" in signed_in.get(reverse("associations:change", args=[change.pk])).text
    signed_in.post(
        reverse("associations:answer", args=[change.pk]),
        {"verdict": "reject", "comment": "合同未到期"},
    )
    change.refresh_from_db()
    assert (change.state, change.comment) == ("rejected", "合同未到期")


def test_the_records_count_the_last_twelve_months(cast, client, sign_in, customer):
    f.make_change(
        customer=customer,
        kind="join",
        type_before="",
        type_after="resale",
        state="done",
        done_at=clock.now(),
        asked_at=clock.now(),
    )
    page = sign_in(cast.yun).get(reverse("associations:change_list") + "?view=0")
    assert "近 12 个月客户关联" in page.text
    assert customer.name not in page.text  # masked


def test_the_vendor_says_what_holds_of_an_account(cast, proven, customer):
    url = f"/admin/customers/cloudaccount/{customer.cloud_account_id}/do/set_facts/"
    proven(cast.yunying).post(url, {"facts": ["arrears"], "registered_on": "2026-01-02"})
    customer.cloud_account.refresh_from_db()
    assert customer.cloud_account.facts == ["arrears"]


def test_the_vendor_opens_an_account_for_a_customers_user(cast, proven, customer):
    url = f"/admin/customers/cloudaccount/{customer.cloud_account_id}/do/add_user/"
    page = proven(cast.yunying).post(url, {"name": "王客", "email": "wang@example.com"})
    assert page.status_code == 200 and customer.cloud_account.users.get().is_main
