"""The cast, and how a test meets the database.

Database tests run as the vendor's role, so that factories see every tenant; a request through
`client` steps down to the application's role and its tenant by itself, as in production.
"""

import gc
import os
import time
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import connection
from django.template.base import Template
from django.test.utils import _TestState
from django.utils import translation

from core.tenancy import VENDOR
from customers.accounts.models import AccountUser
from org.models import Member, Partner, User
from org.permissions import ACCOUNT_DIRECTOR, FINANCE, PARTNER_ADMIN

from . import factories

pytest_plugins = ["tests.database"]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs an event loop


def pytest_collection_finish():
    """What is imported and collected stays: no collection of garbage looks at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)  # as the web server does (partnercenter/wsgi.py)


@pytest.fixture(autouse=True)
def _as_vendor(request):
    """Before anything else touches the database: step to the role that sees every tenant."""
    marker = request.node.get_closest_marker("django_db")
    asked = {"db", "transactional_db", "live_server", "cast"} & set(request.fixturenames)
    if not marker and not asked:
        yield
        return
    real = {"transactional_db", "live_server"} & asked
    real = real or (marker and marker.kwargs.get("transaction"))
    request.getfixturevalue("transactional_db" if real else "db")
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {VENDOR}")
    yield
    if connection.connection is not None and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.fixture(autouse=True)
def _templates_as_in_production(request, monkeypatch):
    """Hardly a test asks which contexts were rendered, and copying each takes a page's time."""
    if not request.node.get_closest_marker("contexts"):
        monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)


@pytest.fixture(autouse=True)
def _in_chinese():
    """A page asked for in English leaves its language behind."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


@dataclass
class Cast:
    """总经销商 zong with reseller yun; pang belongs to somebody else and must see nothing."""

    distributor: Partner
    reseller: Partner
    stranger: Partner
    zong: Member  # main account of the distributor
    yun: Member  # main account of its reseller
    jing: Member  # account manager at the reseller
    other: Member  # another account manager there
    zhuguan: Member  # their director (of jing only)
    cai: Member  # finance at the reseller
    pang: Member  # main account of an unrelated partner
    shen: User  # vendor reviewer
    yunying: User  # vendor operator
    shenji: User  # vendor auditor


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def make_cast() -> Cast:
    distributor = factories.make_partner(kind="distributor", name="华南总代")
    reseller = factories.make_partner(distributor=distributor, name="云帆经销")
    stranger = factories.make_partner(kind="distributor", name="北方总代")
    zhuguan = factories.make_member(partner=reseller, role=ACCOUNT_DIRECTOR, name="主管")
    return Cast(
        distributor=distributor,
        reseller=reseller,
        stranger=stranger,
        zong=factories.make_member(partner=distributor, role=PARTNER_ADMIN, name="总代"),
        yun=factories.make_member(partner=reseller, role=PARTNER_ADMIN, name="云代"),
        jing=factories.make_member(partner=reseller, director=zhuguan, name="经理"),
        other=factories.make_member(partner=reseller, name="同事"),
        zhuguan=zhuguan,
        cai=factories.make_member(partner=reseller, role=FINANCE, name="财务"),
        pang=factories.make_member(partner=stranger, role=PARTNER_ADMIN, name="旁人"),
        shen=factories.make_vendor_user(role="reviewer", name="审核"),
        yunying=factories.make_vendor_user(role="operator", name="运营"),
        shenji=factories.make_vendor_user(role="auditor", name="审计"),
    )


@pytest.fixture
def sign_in(client):
    """`sign_in(member)` or `sign_in(vendor_user)`: the client, signed in with both factors."""
    return lambda who, into=None: sign_client_in(into or client, who)


@pytest.fixture
def proven(sign_in):
    """`proven(vendor_user)`: signed in, the second factor given a moment ago."""

    def sign_in_and_prove(who):
        return prove_client(sign_in(who), who)

    return sign_in_and_prove


def prove_client(client, user: User):
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def sign_client_in(client, who: Member | AccountUser | User):
    user = who if isinstance(who, User) else who.user
    client.force_login(user)
    if isinstance(who, Member):
        session = client.session
        session["acting_partner_id"] = who.partner_id
        session.save()
    return client
