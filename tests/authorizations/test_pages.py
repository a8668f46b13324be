"""The pages of both sides, and the whole way: asked, granted, used, seen, revoked."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from activity.models import AccountMail
from billing.operations import services as operations
from core import clock
from customers.authorizations.models import Authorization
from customers.proxies.models import ProxyAction, ProxySession
from tests import factories as f
from tests.authorizations.making import make_authorization
from tests.conftest import prove_client, sign_client_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_codes():
    cache.clear()


@pytest.fixture
def operator(client, cast):
    return prove_client(sign_client_in(client, cast.jing), cast.jing.user)


@pytest.fixture
def kehu(place):
    from django.test import Client

    return sign_client_in(Client(), place)


def code_for(kehu, row):
    AccountMail.objects.all().delete()
    kehu.post(f"/my/authorizations/{row.pk}/code/")
    return re.search(r"\d{6}", AccountMail.objects.get().body)[0]


def test_the_whole_way(cast, customer, operator, kehu, place):
    resource = f.make_resource(customer=customer, expires_on=clock.today() + timedelta(days=5))
    page = operator.get(f"/authorizations/customers/{customer.pk}/").content.decode()
    assert "您尚未获得该客户的授权，请先申请客户授权。" in page
    asked = {"scopes": ["view", "renew", "order", "operate"], "days": "30", "signs": "on"}
    answer = operator.post(f"/authorizations/customers/{customer.pk}/ask/", asked)
    assert answer.status_code == 302
    row = Authorization.objects.get()

    assert "处理" in kehu.get("/my/authorizations/").content.decode()
    assert "最终用户授权书" in kehu.get(f"/my/authorizations/{row.pk}/").content.decode()
    said = {"scopes": ["view", "operate"], "days": "7", "agreed": "on", "code": "000000"}
    kehu.post(f"/my/authorizations/{row.pk}/grant/", said)
    row.refresh_from_db()
    assert row.is_asked  # without the right code nothing is granted
    kehu.post(f"/my/authorizations/{row.pk}/grant/", said | {"code": code_for(kehu, row)})
    row.refresh_from_db()
    assert (row.state, row.scopes, row.days) == ("granted", ["view", "operate"], 7)

    entered = operator.post(f"/proxies/customers/{customer.pk}/operate/", {"reason": "升级"})
    assert entered.url == "/operations/"
    page = operator.get("/operations/").content.decode()
    assert "切换角色" in page and resource.name in page and "没有授予" in page
    assert "切换角色" in operator.get("/").content.decode()  # on every page
    url = f"/operations/resources/{resource.pk}/stop/"
    assert operator.get(url).status_code == 200
    assert operator.post(url, {"understood": "on"}).url == "/operations/"
    operations.run_due(at=clock.now())
    resource.refresh_from_db()
    assert resource.is_stopped

    log = kehu.get("/my/operations/").content.decode()
    assert "停止资源" in log and resource.name in log and cast.jing.user.name not in log
    cache.clear()
    said = {"reason": "不再需要", "code": code_for(kehu, row)}
    kehu.post(f"/my/authorizations/{row.pk}/revoke/", said)
    row.refresh_from_db()
    assert row.state == "revoked"
    out = operator.get("/operations/", follow=True).content.decode()
    assert "代客操作已结束：授权已结束" in out
    assert operator.post(url, {"understood": "on"}).url == "/authorizations/"
    assert not ProxySession.objects.open().exists()


def test_the_partners_log_names_the_operator(cast, customer, granted, operator, sign_in):
    operator.post(f"/proxies/customers/{customer.pk}/operate/", {"reason": "升级"})
    from django.test import Client

    page = sign_client_in(Client(), cast.yun).get("/proxies/log/").content.decode()
    assert "进入客户账号" in page and cast.jing.user.name in page


def test_five_wrong_codes_end_a_code(customer, granted, kehu):
    code = code_for(kehu, granted)
    wrong = "000000" if code != "000000" else "111111"
    url = f"/my/authorizations/{granted.pk}/revoke/"
    for _try in range(5):
        kehu.post(url, {"reason": "x", "code": wrong})
    kehu.post(url, {"reason": "x", "code": code})
    granted.refresh_from_db()
    assert granted.state == "granted"


def test_signing_out_leaves_the_customers_account(cast, customer, granted, operator):
    operator.post(f"/proxies/customers/{customer.pk}/operate/", {"reason": "升级"})
    operator.post("/accounts/logout/")
    assert ProxySession.objects.get().ended_how == "out"


def test_switching_back(cast, customer, granted, operator):
    operator.post(f"/proxies/customers/{customer.pk}/operate/", {"reason": "升级"})
    assert operator.post("/proxies/leave/").url == f"/authorizations/customers/{customer.pk}/"
    assert "切换角色" not in operator.get("/").content.decode()
    assert ProxyAction.objects.filter(kind="left").count() == 1


def test_tiles_are_filters(cast, customer, operator):
    today = clock.today()
    for days in (0, 5, 20, 60):
        other = f.make_customer(manager=cast.jing, association_type="resale")
        make_authorization(customer=other, by=cast.jing, expires_on=today + timedelta(days=days))
    part = operator.get("/authorizations/?tiles=on", headers={"HX-Request": "true"})
    assert re.findall(r"<b>(\d+)</b>", part.content.decode()) == ["3", "2", "1"]
    first = re.search(r'href="(\?tab=granted[^"]+)"', part.content.decode())[1]
    page = operator.get("/authorizations/" + first.replace("&amp;", "&")).content.decode()
    assert page.count('<tr id="row-') == 3


def test_a_distributor_gives_and_withdraws_the_right(cast, client):
    zong = prove_client(sign_client_in(client, cast.zong), cast.zong.user)
    assert cast.reseller.name in zong.get("/authorizations/resellers/").content.decode()
    url = f"/authorizations/resellers/{cast.reseller.pk}"
    assert zong.post(f"{url}/give/").status_code == 422
    assert zong.post(f"{url}/give/", {"signs": "on"}).status_code == 302
    assert zong.post(f"{url}/withdraw/", {"reason": "违规"}).status_code == 302
    assert cast.reseller.proxy_rights.get().withdrawn_at


def test_an_extension_of_many_asks_each_customer(cast, customer, granted, rf):
    from customers.authorizations.bulk import ExtendAuthorizations

    action = ExtendAuthorizations()
    from customers.authorizations.letters import sign_letter

    sign_letter("commitment", signs=True, by=cast.jing, at=clock.now())
    change = action.do(granted.pk, 90, by=cast.jing, at=clock.now())
    made = Authorization.objects.get(pk=change.after["authorization"])
    assert (made.state, made.days, made.scopes) == ("asked", 90, granted.scopes)


def test_nobody_pays_for_a_banner_that_is_not_there(
    cast, customer, operator, django_assert_max_num_queries
):
    operator.get("/customers/")
    with django_assert_max_num_queries(16):
        operator.get("/customers/")
