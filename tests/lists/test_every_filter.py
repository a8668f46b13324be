"""Every filter of every list takes what it asks for, and all of them at once."""

from typing import Any

import pytest

from core.lists import engine
from core.lists.filters import Amounts, Choice, Choices, Dates, Filter

from .conftest import LISTS

pytestmark = pytest.mark.django_db
# A name, a number of anything, but for these.
TYPED = {"month": "2026-11", "charged": "2026-11", "address": "127.0.0.1"}


def proper(each: Filter) -> dict[str, Any]:
    """What somebody may enter there."""
    if isinstance(each, Choices):
        return {each.key: [code for code in each.choices if code]}
    if isinstance(each, Choice):
        return {each.key: next((code for code in each.choices if code), "")}
    if isinstance(each, Dates):
        return dict.fromkeys(each.parameters(), "2026-11-20")
    if isinstance(each, Amounts):
        return dict(zip(each.parameters(), ("0.01", "100"), strict=True))
    return {each.key: TYPED.get(each.key, "1")}


@pytest.mark.parametrize("name", LISTS)
def test_all_filters_together_find_rows_or_none(cast, sign_in, monkeypatch, name):
    listed, shown = LISTS[name], []
    respond = engine.List.respond
    monkeypatch.setattr(engine.List, "respond", lambda each: (shown.append(each), respond(each))[1])
    client = sign_in(getattr(cast, listed.who))
    listed.fill(cast, 1)
    client.get(listed.url)
    asked: dict[str, Any] = {}
    for each in shown[0].visible_filters():
        asked |= proper(each)
    answer = client.get(listed.url, asked)
    assert answer.status_code == 200
    assert set(shown[-1].values) == {each.key for each in shown[-1].visible_filters()}
