"""T-TEN-6, T-TEN-5: what is taken away in the middle of a session is gone with the next request."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from customers.services import assign_customer
from followups.models import Attachment
from org.models import Role
from org.permissions import ACTIVITY_VIEW, CUSTOMERS_VIEW, FINANCE, SYSTEM_ADMIN
from org.services.accounts import deactivate_user, reset_second_factor
from org.services.members import change_roles, deactivate_member, set_director
from org.services.partners import suspend_partner
from org.services.roles import change_role
from tests.factories import NOW, make_alert, make_customer, make_handling, make_member

CUSTOMERS = reverse("customers:customer_list")
LOGIN, PARTNERS, FACTORS = "/accounts/login/", "/org/partners/", "/accounts/2fa/"


@pytest.fixture
def jings(cast):
    """A customer of jing's."""
    return make_customer(manager=cast.jing)


def sent_to(response) -> str:
    return response.get("Location", "").partition("?")[0]


def test_a_role_that_is_taken_away_closes_its_pages(cast, sign_in):
    client, page = sign_in(cast.jing), reverse("followups:handle_list")
    assert client.get(page).status_code == 200
    change_roles(cast.jing, roles=[FINANCE], by=cast.yun, at=NOW)
    assert client.get(page).status_code == 403


def test_a_permission_that_a_role_loses_closes_its_pages(cast, sign_in):
    role = Role.objects.create(
        partner=cast.reseller, code="custom-1", name="质检", permissions=[CUSTOMERS_VIEW]
    )
    client = sign_in(make_member(partner=cast.reseller, role="custom-1"))
    assert client.get(CUSTOMERS).status_code == 200
    change_role(role, name="质检", permissions=[ACTIVITY_VIEW], by=cast.yun, at=NOW)
    assert client.get(CUSTOMERS).status_code == 403


@pytest.mark.parametrize("take", [deactivate_member, lambda m, **by: deactivate_user(m.user, **by)])
def test_whoever_is_deactivated_is_signed_out(cast, sign_in_listed, take):
    client = sign_in_listed(cast.jing)
    assert client.get(CUSTOMERS).status_code == 200
    take(cast.jing, by=cast.yunying, at=NOW)
    assert sent_to(client.get(CUSTOMERS)) == LOGIN


def test_a_suspended_partner_is_acted_for_by_nobody(cast, sign_in):
    client = sign_in(cast.yun)
    assert client.get(CUSTOMERS).status_code == 200
    suspend_partner(cast.reseller, by=cast.yunying, at=NOW)
    assert sent_to(client.get(CUSTOMERS)) in (LOGIN, PARTNERS)


def test_whoever_lost_the_second_factor_adds_one_first(cast, sign_in):
    client = sign_in(cast.jing)
    assert client.get(CUSTOMERS).status_code == 200
    reset_second_factor(cast.jing.user, by=cast.yunying, at=NOW)
    assert sent_to(client.get(CUSTOMERS)) in (LOGIN, FACTORS)


def test_a_customer_taken_back_is_gone_with_its_alerts_and_files(cast, sign_in, jings):
    alert = make_alert(customer=jings)
    handling = make_handling(alert=alert, note="已联系客户", contacted_at=NOW)
    file = Attachment.objects.create(
        partner_id=alert.partner_id,
        handling=handling,
        name="合同.pdf",
        content_type="application/pdf",
        size=5,
        file=ContentFile(b"%PDF-", name="x.pdf"),
    )
    pages = [
        reverse("customers:customer_detail", args=[jings.pk]),
        reverse("billing:customer_consumption", args=[jings.pk]),
        reverse("followups:customer_alerts", args=[jings.pk]),
        reverse("followups:alert_detail", args=[alert.pk]),
        reverse("followups:attachment", args=[alert.pk, file.pk]),
    ]
    client = sign_in(cast.jing)
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    assign_customer(jings, None, by=cast.yun, at=NOW + timedelta(days=1))
    assert [client.get(page).status_code for page in pages] == [404] * len(pages)


def test_a_director_loses_the_customers_of_a_manager_who_goes(cast, sign_in, jings):
    client, page = sign_in(cast.zhuguan), reverse("customers:customer_detail", args=[jings.pk])
    assert client.get(page).status_code == 200
    set_director(cast.jing, None, by=cast.yun, at=NOW)
    assert client.get(page).status_code == 404


def test_a_role_that_is_given_opens_its_pages(cast, sign_in):
    """Or the refusals above would prove little."""
    client, page = sign_in(cast.cai), reverse("activity:activity_list")
    assert client.get(page).status_code == 403
    change_roles(cast.cai, roles=[SYSTEM_ADMIN], by=cast.yun, at=NOW)
    assert client.get(page).status_code == 200
