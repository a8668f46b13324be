"""消息设置: the page, and what it leaves behind."""

import pytest

from activity.kinds import CHOSEN, COMPULSORY, KINDS
from activity.models import Activity, NoticeSettings
from activity.services import choose_notices
from activity.texts import TEXTS
from core import tenancy
from tests.factories import NOW
from tests.race import race

pytestmark = pytest.mark.django_db
PAGE = "/activity/notifications/settings/"


def defaults(**changes):
    mail = {f"mail-{kind}": KINDS[kind].mail.value for kind in CHOSEN}
    hours = {"digest_hour": "8", "quiet_from": "", "quiet_to": "", "language": "zh-hans"}
    return mail | hours | changes


def test_every_kind_can_be_chosen_or_says_why_not():
    assert sorted(KINDS) == sorted(TEXTS)


def test_the_page_shows_every_kind_by_group_with_what_is_chosen(cast, sign_in):
    page = sign_in(cast.jing).get(PAGE).text
    for words in ("客户预警", "账号安全", *(str(KINDS[kind].label) for kind in KINDS)):
        assert words in page
    assert '<option value="now" selected>即时</option>' in page


def test_security_kinds_are_shown_disabled_with_the_reason(cast, sign_in):
    page = sign_in(cast.jing).get(PAGE).text
    assert page.count("不能关闭") == len(COMPULSORY) == page.count("为什么")
    assert not any(f"mail-{kind}" in page for kind in COMPULSORY)


def test_what_is_chosen_is_kept_and_recorded(cast, sign_in):
    changed = {"mail-customer.assigned": "daily", "quiet_from": "22", "quiet_to": "8"}
    answer = sign_in(cast.jing).post(PAGE, defaults(**changed), follow=True)
    assert "消息设置已保存" in answer.text
    row = NoticeSettings.objects.get()
    assert (row.member, row.mail) == (cast.jing, {"customer.assigned": "daily"})
    assert (row.quiet_from, row.quiet_to) == (22, 8)
    line = Activity.objects.get(verb="notice_settings.changed")
    assert line.member == cast.jing
    assert line.after["mail_daily"] == ["customer.assigned"] and line.after["quiet_from"] == 22


def test_a_double_submit_saves_and_records_once(cast, sign_in):
    client, sent = sign_in(cast.jing), defaults(digest_hour="9")
    client.post(PAGE, sent)
    assert "没有修改" in client.post(PAGE, sent, follow=True).text
    assert NoticeSettings.objects.count() == 1
    assert Activity.objects.filter(verb="notice_settings.changed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_submits_at_once_save_and_record_once(cast):
    mail = dict.fromkeys(CHOSEN, "off")
    hours = {"digest_hour": 9, "quiet_from": None, "quiet_to": None, "language": "en"}

    def choose() -> bool:
        with tenancy.tenant(cast.reseller.pk, user_id=cast.jing.user_id):
            return choose_notices(cast.jing, mail=mail, **hours, by=cast.jing, at=NOW)

    done = race(choose)
    assert sorted(done) == [False, False, False, True]
    assert NoticeSettings.objects.count() == 1
    assert Activity.objects.filter(verb="notice_settings.changed").count() == 1


def test_who_leaves_everything_as_it_is_costs_no_row(cast, sign_in):
    sign_in(cast.jing).post(PAGE, defaults())
    assert not NoticeSettings.objects.exists()
    assert not Activity.objects.filter(verb="notice_settings.changed").exists()


def test_a_kind_set_back_to_its_default_is_no_longer_kept(cast, sign_in):
    client = sign_in(cast.jing)
    client.post(PAGE, defaults(**{"mail-job.done": "now"}))
    client.post(PAGE, defaults())
    assert NoticeSettings.objects.get().mail == {}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quiet_from": "22"}, "一起填写"),
        ({"quiet_to": "8"}, "一起填写"),
        ({"quiet_from": "8", "quiet_to": "8"}, "不能与开始时间相同"),
        ({"digest_hour": "24"}, "24"),
        ({"mail-job.done": "sometimes"}, "sometimes"),
        ({"language": "fr"}, "fr"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(cast, sign_in, wrong, said):
    answer = sign_in(cast.jing).post(PAGE, defaults(**wrong))
    assert answer.status_code == 422 and said in answer.text
    assert not NoticeSettings.objects.exists()


def test_security_cannot_be_switched_off_by_a_forged_form(cast, sign_in):
    kind = COMPULSORY[0]
    sign_in(cast.jing).post(PAGE, defaults(**{f"mail-{kind}": "off", "digest_hour": "7"}))
    row = NoticeSettings.objects.get()
    assert kind not in row.mail and row.choice(kind) == "now"


def test_who_has_no_address_is_told_so(cast, sign_in):
    cast.jing.user.email, cast.jing.user.phone = None, "13900000000"
    cast.jing.user.save()
    assert "您的账号没有邮箱" in sign_in(cast.jing).get(PAGE).text
    assert "您的账号没有邮箱" not in sign_in(cast.yun).get(PAGE).text


def test_each_member_has_settings_of_the_own(cast, sign_in):
    sign_in(cast.yun).post(PAGE, defaults(digest_hour="20"))
    assert '<option value="8" selected>' in sign_in(cast.jing).get(PAGE).text
