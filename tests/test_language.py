"""The whole of a page in the reader's language: frame, cards, notifications."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import formats as of_django
from django.utils import translation

from activity.services import notify
from core import formats
from core.clock import BEIJING
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_home_speaks_english_to_who_asks_for_it(cast, sign_in):
    notify([cast.jing], "customer.assigned", key="k", at=NOW, customer=1)
    with translation.override("zh-hans"):  # the middleware leaves the thread in English
        answer = sign_in(cast.jing).get("/", headers={"Accept-Language": "en"})
    page = answer.content.decode()
    assert 'lang="en"' in page and "A customer was assigned to you" in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_figures_and_dates_are_written_alike_in_both_languages(language):
    """A file, a mail and a page of either language can be laid side by side."""
    with translation.override(language):
        assert formats.money(Decimal("-1234567.5")) == "-1,234,567.50"
        assert formats.instant(NOW) == of_django.date_format(
            NOW.astimezone(BEIJING), "DATETIME_FORMAT"
        )
        assert formats.day(NOW.date()) == of_django.date_format(NOW.date(), "DATE_FORMAT")
        assert of_django.number_format(1234567, use_l10n=True, force_grouping=True) == "1,234,567"


def test_how_long_ago_is_said_in_the_readers_language():
    at = NOW - timedelta(hours=1)
    with translation.override("zh-hans"):
        assert formats.ago_at(NOW)(at) == "1 小时前"
    with translation.override("en"):
        assert formats.ago_at(NOW)(at) == "1 h ago"


# A number after a colon needs no plural: "Customers assigned to you: 1". Limits are above one.
_COUNTED = re.compile(
    r"(?<!most )(?<!least )(?<!than )"
    r"%\((n|count|total|done|lines|blocks|found)\)[ds] ([a-z]+ )?[a-z]{2,}s\b"
)
_NOT_COUNTS = (
    "Line %(n)d is",  # the number of a line
    "Last %(n)s days",  # 7 or 30
    "Not finished within %(n)s seconds",
    "removed before %(n)d days",
    "Writing %(count)s partners",
)


def test_english_counts_without_plural_errors():
    catalogue = (Path(settings.BASE_DIR) / "locale/en/LC_MESSAGES/django.po").read_text()
    entries = [each for each in catalogue.split("\n\n") if "msgid_plural" not in each]
    said = ["".join(re.findall(r'"(.*)"', each.rpartition("msgstr ")[2])) for each in entries]
    wrong = [each for each in said if _COUNTED.search(each)]
    assert [each for each in wrong if not any(word in each for word in _NOT_COUNTS)] == []


def test_the_language_is_the_browsers_until_it_is_chosen_there(cast, sign_in):
    """Kept in a cookie for a year: a shared account's devices, and a phone, may differ."""
    client = sign_in(cast.jing)
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert int(client.cookies["django_language"]["max-age"]) >= 365 * 86400 // 2
    page = client.get("/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert '<html lang="en"' in page
