"""/my/: whom the customers' door lets in, and what stands behind it."""

import re

import pytest
from django.urls import reverse

from activity.models import AccountMail
from associations import links, services
from associations.models import AssociationChange
from core import clock
from customers.accounts.models import AccountNotice, AccountUser
from customers.models import Customer
from org.models import User
from tests import factories as f
from tests.conftest import prove_client
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
HOME = "/my/"


@pytest.fixture
def customer(cast):
    return f.make_customer(manager=cast.jing, association_type="resale")


@pytest.fixture
def place(customer):
    return f.make_account_user(account=customer.cloud_account)


# ---- the door ----


def test_without_signing_in_one_is_led_to_the_customers_sign_in(client):
    response = client.get(HOME)
    assert response["Location"] == f"{reverse('my:sign_in')}?next=%2Fmy%2F"


@pytest.mark.parametrize("who", ["yun", "jing", "yunying"])
def test_nobody_of_a_partner_or_the_vendor_enters(cast, client, sign_in, who):
    assert sign_in(getattr(cast, who)).get(HOME).status_code == 403


@pytest.mark.parametrize("path", ["/customers/", "/org/security/", "/admin/", "/jobs/"])
def test_a_customer_enters_no_page_of_partners_or_the_vendor(client, sign_in, place, path):
    assert sign_in(place).get(path).status_code == 403


def test_the_home_page_leads_a_customer_to_the_portal(client, sign_in, place):
    assert sign_in(place).get("/")["Location"] == HOME


def test_a_password_opens_the_portal_without_a_second_factor(client, place, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    sent = {"login": place.user.email, "password": PASSWORD}
    assert client.post(reverse("my:sign_in"), sent).status_code == 302
    assert client.get(HOME).status_code == 200


def test_a_place_that_was_taken_away_is_closed_at_once(client, sign_in, place):
    signed_in = sign_in(place)
    assert signed_in.get(HOME).status_code == 200
    AccountUser.objects.filter(pk=place.pk).update(is_active=False)
    assert signed_in.get(HOME)["Location"].startswith(reverse("my:choose_account"))


def test_who_acts_for_several_accounts_chooses(client, sign_in, place):
    second = f.make_account_user(user=place.user)
    signed_in = sign_in(place)
    assert signed_in.get(HOME)["Location"].startswith(reverse("my:choose_account"))
    assert second.cloud_account.name in signed_in.get(reverse("my:choose_account")).text
    signed_in.post(reverse("my:switch_account", args=[second.cloud_account_id]))
    assert "还没有关联的合作伙伴" in signed_in.get(HOME).text
    other = f.make_account_user()
    url = reverse("my:switch_account", args=[other.cloud_account_id])
    assert signed_in.post(url).status_code == 404


def test_who_chooses_an_account_on_the_way_to_a_page_comes_to_it(client, sign_in, place):
    second = f.make_account_user(user=place.user)
    signed_in, page = sign_in(place), reverse("my:notice_list")
    choice = signed_in.get(page)["Location"]
    assert f'name="next" value="{page}"' in signed_in.get(choice).text
    switch = reverse("my:switch_account", args=[second.cloud_account_id])
    assert signed_in.post(switch, {"next": page})["Location"] == page
    assert signed_in.post(switch, {"next": "//evil.example/"})["Location"] == HOME


# ---- the partner's page ----


def test_the_page_shows_partner_type_and_contacts_and_nothing_of_the_partners_own(
    cast, client, sign_in, customer, place
):
    f.make_remark(customer=customer, by=cast.jing, text="难沟通的客户")
    page = sign_in(place).get(HOME).text
    for shown in (cast.reseller.name, "代售", cast.jing.user.name, cast.yun.user.name):
        assert shown in page
    assert "难沟通" not in page and cast.cai.user.name not in page


def test_a_sub_user_looks_and_learns_who_decides(client, sign_in, customer, place):
    sub = f.make_account_user(account=place.cloud_account, is_main=False)
    page = sign_in(sub).get(HOME).text
    assert "只有查看权限" in page
    assert sign_in(sub).get(reverse("my:leave")).status_code in (302, 403)


# ---- requests ----


def test_the_request_shows_what_will_happen_before_it_is_agreed_to(
    cast, client, sign_in, customer, place
):
    change = services.ask_of_customer(customer, "leave", reason="调整", by=cast.yun, at=clock.now())
    signed_in = prove_client(sign_in(place), place.user)
    assert "等待您处理" in signed_in.get(HOME).text
    page = signed_in.get(reverse("my:request", args=[change.pk])).text
    for shown in ("账号检查", "退回伙伴", "解除关联须知"):
        assert shown in page
    assert "客户标签和备注" not in page  # the partner's own business
    answer = reverse("my:answer", args=[change.pk])
    assert signed_in.post(answer, {"verdict": "agree"}).status_code == 422
    signed_in.post(answer, {"verdict": "agree", "understood": "on"})
    customer.refresh_from_db()
    assert customer.disassociated_at


def test_an_answer_asks_for_the_password_again(cast, client, sign_in, customer, place):
    change = services.ask_of_customer(customer, "leave", reason="调整", by=cast.yun, at=clock.now())
    url = reverse("my:answer", args=[change.pk])
    response = sign_in(place).post(url, {"verdict": "agree", "understood": "on"})
    assert response["Location"].startswith("/accounts/reauthenticate/")
    change.refresh_from_db()
    assert change.is_waiting


def test_another_accounts_request_is_not_there(cast, client, sign_in, customer):
    change = f.make_change(customer=customer)
    stranger = f.make_account_user()
    assert sign_in(stranger).get(reverse("my:request", args=[change.pk])).status_code == 404


def test_a_customer_asks_to_leave_and_takes_it_back(client, sign_in, customer, place):
    signed_in = prove_client(sign_in(place), place.user)
    assert "账号检查" in signed_in.get(reverse("my:leave")).text
    signed_in.post(reverse("my:leave"), {"reason": "更换伙伴", "understood": "on"})
    change = AssociationChange.objects.get()
    assert (change.state, change.reason) == ("partner", "更换伙伴")
    signed_in.post(reverse("my:withdraw", args=[change.pk]))
    change.refresh_from_db()
    assert change.state == "withdrawn"


# ---- notices ----


def test_a_notice_is_counted_until_it_is_opened(cast, client, sign_in, customer, place):
    services.ask_of_customer(customer, "switch", reason="调整", by=cast.yun, at=clock.now())
    signed_in = sign_in(place)
    notice = AccountNotice.objects.get()
    assert "pc-count" in signed_in.get(HOME).text
    opened = signed_in.post(reverse("my:open_notice", args=[notice.pk]))
    assert opened["Location"].startswith("/my/requests/")
    assert "pc-count" not in signed_in.get(HOME).text
    assert AccountMail.objects.filter(to=place.user.email).count() == 1


# ---- invitations ----


def test_the_address_shows_who_invites_to_anybody(cast, client):
    invitation = f.make_invitation(by=cast.jing)
    page = client.get(links.address_of(invitation))
    assert page.status_code == 200 and cast.reseller.name in page.text
    assert client.get("/my/invitations/1:forged/").status_code == 409


def test_who_holds_the_mailed_invitation_registers_and_accepts(cast, client):
    invitation = f.make_invitation(by=cast.jing, email="new@example.com", expires_at=_in_days(7))
    token = links.token_of(invitation)
    said = {"company": "新客户公司", "name": "李新", "password": PASSWORD, "terms": "on"}
    response = client.post(reverse("my:register", args=[token]), said)
    assert response["Location"] == reverse("my:answer_invitation", args=[token])
    page = client.get(response["Location"])
    assert "客户关联合作伙伴须知" in page.text
    client.post(response["Location"], {"verdict": "agree", "understood": "on"})
    customer = Customer.objects.get(name="新客户公司")
    assert (customer.account_manager, customer.source) == (cast.jing, "invitation")
    assert User.objects.get(email="new@example.com").is_customer
    assert cast.reseller.name in client.get(HOME).text


def test_by_a_link_only_who_reads_the_mailbox_registers(cast, client):
    token = links.token_of(f.make_invitation(by=cast.jing))
    register = reverse("my:register", args=[token])
    assert client.get(register).status_code == 302
    client.post(reverse("my:ask_letter", args=[token]), {"email": "new@example.com"})
    letter = re.search(r"letter=(\S+)", AccountMail.objects.get().body)[1]
    assert client.get(register, {"letter": letter}).status_code == 200
    other = links.token_of(f.make_invitation(by=cast.other))
    assert client.get(reverse("my:register", args=[other]), {"letter": letter}).status_code == 302


def test_the_page_does_not_say_whether_an_address_has_an_account(cast, client, place):
    token = links.token_of(f.make_invitation(by=cast.jing))
    pages = [
        client.post(reverse("my:ask_letter", args=[token]), {"email": email}).text
        for email in (place.user.email, "nobody@example.com")
    ]
    assert (
        pages[0].replace(place.user.email, "X")[-900:-400]
        == pages[1].replace("nobody@example.com", "X")[-900:-400]
    )
    bodies = AccountMail.objects.order_by("pk").values_list("body", flat=True)
    assert ["letter=" in body for body in bodies] == [False, True]


def test_who_cannot_be_associated_reads_why(cast, client, sign_in):
    place = f.make_account_user()
    f.make_customer(partner=cast.stranger, number=place.cloud_account.number)
    invitation = f.make_invitation(by=cast.jing)
    url = reverse("my:answer_invitation", args=[links.token_of(invitation)])
    signed_in = sign_in(place)
    assert "已关联其他伙伴" in signed_in.get(url).text
    signed_in.post(url, {"verdict": "agree", "understood": "on"})
    shown = sign_in(cast.jing, client.__class__()).get(
        reverse("associations:invitation", args=[invitation.pk])
    )
    assert "已关联其他伙伴" in shown.text and "先与原伙伴解除关联" in shown.text


def _in_days(days):
    from datetime import timedelta

    return clock.now() + timedelta(days=days)
