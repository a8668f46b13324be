"""Whatever the role, a link that is shown may be opened: no page leads to a closed door."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from core.access import access_of
from org.models import Member, Partner, Role
from org.permissions import BRINGS, CATALOGUE, PRESETS, complete
from tests import factories as f
from tests.conftest import Cast, sign_client_in

pytestmark = pytest.mark.django_db
_LINK = re.compile(r'(?:href|hx-get)="(/(?!static/)[^"#]*)"')


@pytest.fixture
def busy(cast: Cast) -> Cast:
    """Both partners have a customer with all that pages link to."""
    for partner, manager in ((cast.reseller, cast.jing), (cast.distributor, None)):
        customer = f.make_customer(partner=partner, manager=manager)
        f.make_alert(customer=customer, raised_at=f.NOW)
        f.make_resource(customer=customer)
    return cast


def member_with(partner: Partner, code: str) -> Member:
    """A member whose only role is a preset, or a custom role of one permission."""
    if code in PRESETS:
        there = Member.objects.filter(partner=partner, roles=[code]).order_by("pk").first()
        return there or f.make_member(partner=partner, role=code)
    role = Role.objects.create(partner=partner, code="custom-1", name=code, permissions=[code])
    return f.make_member(partner=partner, role=role.code)


def walk(client: Client) -> Iterator[tuple[str, Any]]:
    """Every page and drawer that can be reached by links, once each: (address, answer)."""
    waiting, seen = ["/"], set()
    while waiting:
        address = waiting.pop()
        path, _mark, query = address.partition("?")
        view, part = resolve(path), query == "drawer=1"
        if (view.view_name, part) in seen or access_of(view.func).kind != "member":
            continue
        seen.add((view.view_name, part))
        answer = client.get(address, headers={"HX-Request": "true"} if part else None)
        yield address, answer
        if not answer.streaming:
            waiting += map(unescape, _LINK.findall(answer.content.decode()))


@pytest.mark.parametrize("code", [*sorted(CATALOGUE), *PRESETS])
@pytest.mark.parametrize("kind", ["reseller", "distributor"])
def test_every_link_that_is_shown_may_be_opened(busy, kind, code):
    client = sign_client_in(Client(), member_with(getattr(busy, kind), code))
    closed = {address for address, answer in walk(client) if answer.status_code != 200}
    assert not closed


def test_what_a_permission_brings_is_whole():
    for permission, brought in BRINGS.items():
        assert complete({permission}) == complete(brought) | {permission} <= CATALOGUE


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.code)
def test_a_preset_holds_what_its_permissions_bring(preset):
    assert complete(preset.permissions) == preset.permissions
