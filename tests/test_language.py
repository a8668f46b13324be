"""The whole of a page in the reader's language: frame, cards, notifications."""

import pytest
from django.utils import translation

from activity.services import notify
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_home_speaks_english_to_who_asks_for_it(cast, sign_in):
    notify([cast.jing], "customer.assigned", key="k", at=NOW, customer=1)
    with translation.override("zh-hans"):  # the middleware leaves the thread in English
        answer = sign_in(cast.jing).get("/", headers={"Accept-Language": "en"})
    page = answer.content.decode()
    assert 'lang="en"' in page and "A customer was assigned to you" in page
