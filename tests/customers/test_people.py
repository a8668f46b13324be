"""用户管理: whom a main user asks to act for the cloud account, and what each may do."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse

from activity.models import AccountMail, Activity
from core import tenancy
from core.refusals import NotAllowed, Refused
from customers.accounts import invitations
from customers.accounts.models import AccountNotice, AccountUser, UserInvitation
from customers.models import Customer
from org.models import User
from tests import factories as f
from tests.authorizations.making import make_authorization
from tests.factories import NOW, PASSWORD

pytestmark = pytest.mark.django_db
USERS = "/my/users/"
WHO = {"name": "小李", "email": "xiaoli@example.com"}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        cache.clear()
        yield


@pytest.fixture
def place(cast):
    customer = f.make_customer(manager=cast.jing, association_type="resale")
    return f.make_account_user(account=customer.cloud_account)


@pytest.fixture
def sub(place):
    return f.make_account_user(account=place.cloud_account, is_main=False)


def invite(place, *, may_handle=False, at=NOW, **who):
    return invitations.invite_user(place, **(WHO | who), may_handle=may_handle, at=at)


def code_for(client, **sent):
    """What the mailed code is."""
    client.post(f"{USERS}code/", sent)
    return re.search(r"\d{6}", AccountMail.objects.latest("pk").body)[0]


# ---- the page ----


def test_everybody_sees_the_colleagues_and_only_the_main_user_manages(sign_in, place, sub):
    page = sign_in(place).get(USERS).text
    assert place.user.name in page and sub.user.email in page and "只能查看" in page
    assert f"{USERS}{sub.pk}/" in page
    page = sign_in(sub).get(USERS).text
    assert place.user.name in page and "只有云账号的主用户可以管理用户" in page
    assert f"{USERS}{sub.pk}/" not in page
    assert sign_in(sub).get(f"{USERS}{sub.pk}/").status_code == 403


def test_a_main_user_alone_learns_what_colleagues_are_for(sign_in, place):
    assert "目前只有主用户" in sign_in(place).get(USERS).text


def test_colleagues_of_other_accounts_are_not_there(sign_in, place):
    other = f.make_account_user()
    asked = invite(other)
    client = sign_in(place)
    assert other.user.email not in client.get(USERS).text
    assert client.get(f"{USERS}{other.pk}/").status_code == 404
    assert client.post(f"{USERS}invitations/{asked.pk}/revoke/").status_code == 404


# ---- inviting ----


def test_an_invitation_takes_a_code_and_is_mailed_and_recorded(sign_in, place):
    client, sent = sign_in(place), WHO | {"rights": "handles"}
    assert client.post(f"{USERS}invite/", sent | {"code": "000000"}).status_code == 409
    assert not UserInvitation.objects.exists()
    sent["code"] = code_for(client)
    assert client.post(f"{USERS}invite/", sent)["Location"] == USERS
    made = UserInvitation.objects.get()
    assert made.may_handle and made.expires_at == NOW + timedelta(days=7)
    letter = AccountMail.objects.get(to=WHO["email"])
    assert invitations.join_address(made) in letter.body
    assert "小李" in client.get(USERS).text
    line = Activity.objects.get(verb="account_user.invited")
    assert line.user == place.user and WHO["email"] not in str(line.after)


def test_who_has_a_second_factor_gives_it_instead_of_a_code(sign_in, place):
    with_factor = f.make_user(is_customer=True, factor=True)
    AccountUser.objects.filter(pk=place.pk).update(user=with_factor)
    answer = sign_in(with_factor).post(f"{USERS}invite/", WHO | {"rights": "looks"})
    assert "reauthenticate" in answer["Location"]
    assert not UserInvitation.objects.exists()


def test_the_same_address_is_invited_anew_after_a_minute_not_twice(place):
    first = invite(place)
    with pytest.raises(Refused, match="一分钟"):
        invite(place)
    again = invite(place, may_handle=True, at=NOW + timedelta(days=8))
    assert (again.pk, again.may_handle) == (first.pk, True)
    assert again.expires_at == NOW + timedelta(days=15)


def test_who_is_there_already_is_not_invited_and_an_account_has_its_limit(place, sub, monkeypatch):
    with pytest.raises(Refused, match="已是"):
        invite(place, email=sub.user.email.upper())
    monkeypatch.setattr(invitations, "MOST", 2)
    with pytest.raises(Refused, match="最多 2 名"):
        invite(place)


def test_only_the_main_user_of_this_moment_invites(place, sub):
    with pytest.raises(NotAllowed):
        invite(sub)
    AccountUser.objects.filter(pk=place.pk).update(is_main=False)
    with pytest.raises(NotAllowed):
        invite(place)


def test_a_revoked_invitation_opens_nothing(client, sign_in, place):
    made = invite(place)
    sign_in(place).post(f"{USERS}invitations/{made.pk}/revoke/")
    client.logout()
    assert "已被撤销" in client.get(invitations.join_address(made)).text
    assert Activity.objects.filter(verb="account_user.invitation_revoked").exists()


# ---- joining ----


def test_whoever_holds_the_letter_registers_and_may_do_what_it_says(client, place):
    made = invite(place, may_handle=True)
    path = invitations.join_address(made)
    assert WHO["email"] in client.get(path).text
    said = {"name": "小李", "password": PASSWORD, "terms": "on"}
    assert client.post(path, said)["Location"] == reverse("my:partner")
    joined = AccountUser.objects.get(user__email=WHO["email"])
    assert (joined.may_handle, joined.is_main) == (True, False)
    assert joined.cloud_account == place.cloud_account
    assert AccountNotice.objects.get(kind="account.user_joined").params == {"name": "小李"}
    client.logout()
    assert "已被接受" in client.get(path).text


def test_who_has_an_account_signs_in_and_joins(sign_in, place):
    other = f.make_account_user(email=WHO["email"])
    made = invite(place)
    path = f"{invitations.join_address(made)}account/"
    with pytest.raises(Refused, match="请登录后加入"):
        invitations.register_and_join(made, name="小李", password=PASSWORD, at=NOW)
    client = sign_in(other)
    assert place.cloud_account.name in client.get(path).text
    client.post(path)
    assert AccountUser.objects.filter(user=other.user).count() == 2
    assert client.session["acting_account_id"] == place.cloud_account_id


def test_an_invitation_is_for_its_address_alone(sign_in, place):
    made = invite(place)
    stranger = f.make_account_user()
    answer = sign_in(stranger).post(f"{invitations.join_address(made)}account/")
    assert answer.status_code == 409 and "其他邮箱" in answer.text
    assert not AccountUser.objects.filter(
        user=stranger.user, cloud_account=place.cloud_account
    ).exists()


def test_an_address_that_was_made_up_or_is_late_says_so(client, place):
    made = invite(place)
    assert "不完整或不存在" in client.get(f"/my/join/{made.pk}:x/").text
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        assert "已过期" in client.get(invitations.join_address(made)).text


# ---- what each may do ----


def test_who_may_only_view_is_refused_by_a_sentence(cast, sign_in, place, sub):
    customer = Customer.objects.get(cloud_account=place.cloud_account)
    asked = make_authorization(customer=customer, by=cast.jing, state="asked", days=30)
    refuse, client = f"/my/authorizations/{asked.pk}/refuse/", sign_in(sub)
    assert "只有查看权限，不能处理" in client.get(f"/my/authorizations/{asked.pk}/").text
    answer = client.post(refuse, {"reason": "不"})
    assert answer.status_code == 403 and "只有查看权限，不能处理" in answer.text
    AccountUser.objects.filter(pk=sub.pk).update(may_handle=True)
    assert client.post(refuse, {"reason": "不"}).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "refused"


def test_rights_are_changed_with_a_code_recorded_and_told(sign_in, place, sub):
    client = sign_in(place)
    sent = {"rights": "handles", "code": code_for(client, user=sub.pk)}
    client.post(f"{USERS}{sub.pk}/rights/", sent)
    sub.refresh_from_db()
    assert sub.may_handle
    line = Activity.objects.get(verb="account_user.changed")
    assert (line.before, line.after) == ({"may_handle": False}, {"may_handle": True})
    assert AccountNotice.objects.filter(kind="account.user_rights").exists()
    assert sign_in(sub).get("/my/users/invite/").status_code == 403  # handling is not managing


def test_a_disabled_user_is_out_at_once_and_can_come_back(sign_in, place, sub):
    client = sign_in(place)
    client.post(f"{USERS}{sub.pk}/switch/", {"code": code_for(client, user=sub.pk)})
    sub.refresh_from_db()
    assert not sub.is_active
    assert AccountNotice.objects.filter(kind="account.user_off").exists()
    assert "已停用" in client.get(USERS).text
    invitations.switch_user(sub, active=True, place=place, at=NOW + timedelta(minutes=2))
    sub.refresh_from_db()
    assert sub.is_active


def test_the_main_user_cannot_be_narrowed_or_disabled(place):
    for change in (
        lambda: invitations.set_may_handle(place, may_handle=True, place=place, at=NOW),
        lambda: invitations.switch_user(place, active=False, place=place, at=NOW),
    ):
        with pytest.raises(Refused, match="主用户"):
            change()


# ---- the wall ----


def test_the_customers_role_reads_its_own_invitations_and_writes_none(place):
    made, other = invite(place), f.make_account_user()
    invite(other, email="else@example.com")
    with tenancy.customer(place.cloud_account_id, user_id=place.user_id):
        assert list(UserInvitation.objects.values_list("pk", flat=True)) == [made.pk]
        with pytest.raises(ProgrammingError), transaction.atomic():
            UserInvitation.objects.update(may_handle=True)
        with pytest.raises(ProgrammingError), transaction.atomic():
            list(User.objects.values_list("email"))
    with pytest.raises(IntegrityError), transaction.atomic():
        UserInvitation.objects.filter(pk=made.pk).update(ended_at=NOW)
