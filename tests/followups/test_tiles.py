"""1 / 7 / 30 天: tiles above the lists of alerts, each of them a filter."""

from datetime import timedelta

import pytest
import time_machine

from followups.lists import ViewList
from followups.services import snooze_alert
from tests.factories import NOW, TODAY, make_alert, make_customer

pytestmark = pytest.mark.django_db
LABELS = ["今日新增", "近 7 天新增", "近 30 天新增", "1 天内到期", "7 天内到期", "30 天内到期"]


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def tiles(cast, rf, who="yun", **asked):
    request = rf.get("/followups/view/", asked)
    request.member = getattr(cast, who)
    return {tile["label"]: tile for tile in ViewList(request).counted_tiles()}


def counts(*args, **more):
    return [tile["count"] for tile in tiles(*args, **more).values()]


def raised(customer, days_ago):
    return make_alert(customer=customer, raised_at=NOW - timedelta(days=days_ago))


def expiring(customer, in_days):
    day = TODAY + timedelta(days=in_days)
    cause, subject = f"{day}:{in_days}", f"res-{in_days}"
    long_ago = NOW - timedelta(days=90)
    return make_alert(
        customer=customer, scenario="expiring", subject=subject, cause=cause, raised_at=long_ago
    )


def test_alerts_are_counted_by_when_they_came_and_when_the_resource_expires(cast, rf):
    for days in (0, 6, 7, 29, 30):
        raised(make_customer(manager=cast.jing), days)
    customer = make_customer(manager=cast.other)
    for days in (-1, 0, 1, 7, 8, 30, 31):
        expiring(customer, days)
    assert list(tiles(cast, rf)) == LABELS
    assert counts(cast, rf) == ["1", "2", "4", "2", "3", "5"]


def test_only_what_waits_in_ones_own_scope_counts(cast, rf):
    snoozed = raised(make_customer(manager=cast.jing), 0)
    raised(make_customer(manager=cast.other), 0)
    assert counts(cast, rf, who="jing")[0] == "1"
    snooze_alert(snoozed, None, by=cast.jing, at=NOW)
    assert counts(cast, rf, who="jing")[0] == "0"
    assert counts(cast, rf, who="yun")[0] == "1"


@pytest.mark.parametrize("label", LABELS)
def test_a_tile_leads_to_the_rows_that_it_counts(cast, rf, sign_in, label):
    raised(make_customer(manager=cast.jing), 3)
    for days in (1, 5, 20):
        expiring(make_customer(manager=cast.jing), days)
    tile = tiles(cast, rf)[label]
    page = sign_in(cast.yun).get(f"/followups/view/{tile['url']}").content.decode()
    assert page.count('<tr id="row-') == int(tile["count"])
    assert page.count(f'aria-current="true"><span>{label}') == 1


def test_the_page_asks_for_the_counts_when_it_is_there(cast, sign_in):
    raised(make_customer(manager=cast.jing), 0)
    client = sign_in(cast.yun)
    page = client.get("/followups/view/").content.decode()
    assert "<span>今日新增</span> <b></b>" in page and "tiles=on" in page
    part = client.get("/followups/view/?tiles=on", headers={"HX-Request": "true"}).content.decode()
    assert "<span>今日新增</span> <b>1</b>" in part and "<html" not in part
