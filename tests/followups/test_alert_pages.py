import re
from datetime import timedelta

import pytest
from django.urls import reverse

from activity.models import Activity
from followups.models import Alert, Scenario
from tests.factories import NOW, TODAY, make_alert, make_customer, make_handling, make_member

from .files import PNG, upload

pytestmark = pytest.mark.django_db
HANDLE, VIEW = reverse("followups:handle_list"), reverse("followups:view_list")
RESELLERS = reverse("followups:reseller_view_list")
FACTS = {"arrears": "1200.00", "grace": 1, "retention": 0}


def owed(customer, **fields):
    return make_alert(customer=customer, scenario="arrears", facts=FACTS, **fields)


@pytest.fixture
def alert(cast):
    return owed(make_customer(manager=cast.jing, name="深圳云帆科技有限公司"))


def detail(alert) -> str:
    return reverse("followups:alert_detail", args=[alert.pk])


def handle(alert) -> str:
    return reverse("followups:handle_alert", args=[alert.pk])


# ---- 处理预警 ----


def test_the_manager_finds_own_waiting_alerts(cast, alert, sign_in):
    owed(make_customer(manager=cast.other))
    page = sign_in(cast.jing).get(HANDLE)
    assert page.status_code == 200
    assert page.content.decode().count('<tr id="row-') == 1
    assert "已欠费 ¥1,200.00，宽限期资源 1 个" in page.content.decode()


def test_the_queue_opens_on_what_waits_and_counts_the_rest(cast, alert, sign_in):
    customer = make_customer(manager=cast.jing)
    done = owed(customer, state="handled")
    page = sign_in(cast.jing).get(HANDLE).content.decode()
    assert f'id="row-{alert.pk}"' in page
    assert f'id="row-{done.pk}"' not in page
    assert '已处理 <span class="n">1</span>' in page
    page = sign_in(cast.jing).get(HANDLE, {"tab": "all"}).content.decode()
    assert f'id="row-{done.pk}"' in page


def test_the_main_account_handles_what_has_no_manager_only(cast, alert, sign_in):
    orphan = owed(make_customer(partner=cast.reseller))
    page = sign_in(cast.yun).get(HANDLE).content.decode()
    assert f'id="row-{orphan.pk}"' in page
    assert f'id="row-{alert.pk}"' not in page


@pytest.mark.parametrize("who", ["zhuguan", "cai"])
def test_who_cannot_handle_has_no_such_page(cast, sign_in, who):
    assert sign_in(getattr(cast, who)).get(HANDLE).status_code == 403


def test_names_are_masked_until_revealed_and_the_reveal_is_recorded(cast, alert, sign_in):
    client = sign_in(cast.jing)
    assert alert.customer.name not in client.get(HANDLE).content.decode()
    shown = client.post(HANDLE, {"reveal": "name"}).content.decode()
    assert alert.customer.name in shown
    line = Activity.objects.get(verb="customer.revealed")
    assert line.after["customers"] == [alert.customer_id]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"scenario": "arrears"}, True),
        ({"scenario": "leaving"}, False),
        ({"class": "resource"}, True),
        ({"class": "churn"}, False),
        ({"name": "云帆"}, True),
        ({"name": "szyf"}, True),
        ({"name": "海帆"}, False),
        ({"raised_from": TODAY.isoformat(), "raised_to": TODAY.isoformat()}, True),
        ({"raised_to": (TODAY - timedelta(days=1)).isoformat()}, False),
    ],
)
def test_the_queue_is_filtered(cast, alert, sign_in, query, found):
    page = sign_in(cast.jing).get(HANDLE, query)
    assert (f'id="row-{alert.pk}"' in page.content.decode()) is found


@pytest.mark.parametrize(
    "query", [{"scenario": "weather"}, {"class": "x"}, {"raised_from": "soon"}, {"tab": "lost"}]
)
def test_a_value_that_means_nothing_is_said_and_shows_no_row(cast, alert, sign_in, query):
    page = sign_in(cast.jing).get(HANDLE, query)
    assert page.status_code == 400
    assert '<tr id="row-' not in page.content.decode()


def test_a_link_from_a_customer_narrows_to_it(cast, alert, sign_in):
    other = owed(make_customer(manager=cast.jing))
    page = sign_in(cast.jing).get(VIEW, {"customer": alert.customer_id}).content.decode()
    assert f'id="row-{alert.pk}"' in page
    assert f'id="row-{other.pk}"' not in page


def test_a_foreign_customer_in_the_address_is_no_option(cast, alert, sign_in):
    foreign = owed(make_customer(partner=cast.stranger))
    for customer in (foreign.customer_id, "x", 10**30):
        assert sign_in(cast.jing).get(VIEW, {"customer": customer}).status_code == 400


def test_htmx_gets_the_results_alone(cast, alert, sign_in):
    part = sign_in(cast.jing).get(HANDLE, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f'id="row-{alert.pk}"' in part


# ---- 查看预警 ----


@pytest.mark.parametrize(
    ("who", "sees"), [("jing", True), ("other", False), ("zhuguan", True), ("yun", True)]
)
def test_everybody_views_in_the_own_scope(cast, alert, sign_in, who, sees):
    page = sign_in(getattr(cast, who)).get(VIEW)
    assert (f'id="row-{alert.pk}"' in page.content.decode()) is sees


def test_viewing_is_filtered_by_the_managers_name(cast, alert, sign_in):
    client = sign_in(cast.yun)
    assert f'id="row-{alert.pk}"' in client.get(VIEW, {"manager": "经理"}).content.decode()
    assert f'id="row-{alert.pk}"' not in client.get(VIEW, {"manager": "同事"}).content.decode()


def test_a_distributor_views_its_resellers_alerts_whatever_their_state(cast, alert, sign_in):
    handled = owed(alert.customer, state="handled")
    client = sign_in(cast.zong)
    assert f'id="row-{alert.pk}"' not in client.get(VIEW).content.decode()
    page = client.get(RESELLERS).content.decode()
    assert f'id="row-{alert.pk}"' in page
    assert f'id="row-{handled.pk}"' in page
    assert "云帆经销" in page


@pytest.mark.parametrize("who", ["yun", "pang"])
def test_others_have_no_resellers_alerts(cast, alert, sign_in, who):
    page = sign_in(getattr(cast, who)).get(RESELLERS)
    assert page.status_code == (403 if who == "yun" else 200)
    assert f'id="row-{alert.pk}"' not in page.content.decode()


# ---- one alert ----


def test_an_alert_says_why_it_was_raised(cast, alert, sign_in):
    page = sign_in(cast.jing).get(detail(alert)).content.decode()
    assert "为什么预警" in page
    assert "¥1,200.00" in page
    assert alert.customer.name not in page


@pytest.mark.parametrize("scenario", Scenario.values)
def test_every_scenario_has_words(scenario):
    from followups.texts import _DETAILS, _TITLES

    assert scenario in _TITLES
    assert scenario in _DETAILS


@pytest.mark.parametrize(
    ("who", "status"),
    [("jing", 200), ("yun", 200), ("zhuguan", 200), ("zong", 200), ("other", 404), ("pang", 404)],
)
def test_an_alert_is_read_in_scope_and_unknown_beyond(cast, alert, sign_in, who, status):
    assert sign_in(getattr(cast, who)).get(detail(alert)).status_code == status


@pytest.mark.parametrize(("who", "entry"), [("jing", "处理预警"), ("yun", "查看预警")])
def test_an_alert_stands_in_the_menu_where_it_was_found(cast, alert, sign_in, who, entry):
    page = sign_in(getattr(cast, who)).get(f"/followups/alerts/{alert.pk}/").text
    current = re.findall(r'aria-current="page">(?:<svg.*?</svg>)?([^<]+)</a>', page, re.DOTALL)
    assert current == [entry]


def test_in_the_drawer_the_alert_comes_without_the_frame(cast, alert, sign_in):
    client = sign_in(cast.jing)
    part = client.get(detail(alert) + "?drawer=1", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f'hx-post="{handle(alert)}"' in part


@pytest.mark.parametrize(
    ("who", "why"), [("yun", "请联系客户经理经理"), ("zong", "请联系该客户的云经销商")]
)
def test_who_may_not_handle_is_told_why(cast, alert, sign_in, who, why):
    page = sign_in(getattr(cast, who)).get(detail(alert)).content.decode()
    assert "为什么</summary>" in page
    assert why in page
    assert '<form class="alert-handle"' not in page


# ---- handling ----

ANSWER = {"outcome": "informed", "note": "客户已知悉，月底付款", "contact": "王工"}


def test_handling_from_the_page_leads_back_to_the_queue(cast, alert, sign_in):
    answer = sign_in(cast.jing).post(handle(alert), ANSWER, follow=True)
    assert answer.redirect_chain == [(HANDLE, 302)]
    assert "预警已处理。" in answer.content.decode()
    alert.refresh_from_db()
    assert alert.handling.contact == "王工"


def test_handling_from_the_drawer_closes_it_and_asks_lists_to_reload(cast, alert, sign_in):
    answer = sign_in(cast.jing).post(handle(alert), ANSWER, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert all(e in answer["HX-Trigger"] for e in ("drawer-close", "alerts-changed", "toast"))


def test_the_record_is_visible_to_whoever_may_view_the_alert(cast, alert, sign_in):
    sign_in(cast.jing).post(handle(alert), ANSWER)
    for member in (cast.zhuguan, cast.yun, cast.zong):
        page = sign_in(member).get(detail(alert)).content.decode()
        assert "客户已知悉，月底付款" in page


def test_an_incomplete_answer_comes_back_with_what_was_typed(cast, sign_in):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    answer = sign_in(cast.jing).post(handle(alert), {"outcome": "lost", "note": "打过电话"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请选择至少一个流失原因。" in page
    assert "请选择是否可挽回。" in page
    assert "打过电话" in page


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("contacted_at", "0001-01-01T00:00", "联系时间不能早于 2010-01-01。"),
        ("contacted_at", "9999-12-31T23:59", "联系时间不能晚于现在。"),
        ("expected_recovery_on", "0001-01-01", "预计恢复时间不能早于今天。"),
        ("expected_recovery_on", "9999-12-31", "预计恢复时间须在十年之内。"),
    ],
)
def test_a_time_that_nobody_means_is_said_and_never_stored(cast, sign_in, field, typed, sentence):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    said = {"outcome": "not_lost", "kept_reason": "seasonal", "note": "季节", field: typed}
    answer = sign_in(cast.jing).post(handle(alert), said)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert sign_in(cast.jing).get(detail(alert)).status_code == 200


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ("handled", "已被处理，您填写的内容未提交"),
        ("lapsed", "已失效，您填写的内容未提交"),
    ],
)
def test_a_stale_tab_gets_a_sentence_and_keeps_what_was_typed(cast, alert, sign_in, over, sentence):
    if over == "handled":
        make_handling(alert=alert)
    else:
        Alert.objects.filter(pk=alert.pk).update(state="lapsed", lapsed_at=NOW)
    answer = sign_in(cast.jing).post(handle(alert), ANSWER)
    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    assert "客户已知悉，月底付款" in answer.content.decode()


def test_a_stale_drawer_gets_a_notice_and_keeps_its_form(cast, alert, sign_in):
    client = sign_in(cast.jing)
    client.post(handle(alert), ANSWER)
    answer = client.post(handle(alert), ANSWER, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#toasts")
    assert "已被处理" in answer.content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("yun", 403), ("zong", 404), ("zhuguan", 403), ("pang", 404), ("other", 404)],
)
def test_nobody_else_handles(cast, alert, sign_in, who, status):
    assert sign_in(getattr(cast, who)).post(handle(alert), ANSWER).status_code == status
    alert.refresh_from_db()
    assert alert.state == "pending"


def test_handling_is_a_post(cast, alert, sign_in):
    assert sign_in(cast.jing).get(handle(alert)).status_code == 405


# ---- files ----


@pytest.fixture
def file_url(cast, alert, sign_in):
    files = [upload("合同.png", PNG), upload("第二.png", PNG)]
    answer = sign_in(cast.jing).post(handle(alert), ANSWER | {"attachments": files})
    assert answer.status_code == 302
    stored = alert.handling.attachments.order_by("pk")
    assert [each.name for each in stored] == ["合同.png", "第二.png"]
    return reverse("followups:attachment", args=[alert.pk, stored[0].pk])


def test_a_file_is_a_download_that_can_run_nothing(cast, file_url, sign_in):
    answer = sign_in(cast.jing).get(file_url)
    assert b"".join(answer.streaming_content) == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("who", "status"), [("zhuguan", 200), ("zong", 200), ("other", 404), ("pang", 404)]
)
def test_files_are_served_to_whoever_may_read_the_alert(cast, file_url, sign_in, who, status):
    assert sign_in(getattr(cast, who)).get(file_url).status_code == status


def test_a_file_of_another_alert_is_not_found_under_this_one(cast, file_url, alert, sign_in):
    other = owed(make_customer(manager=cast.jing))
    wrong = file_url.replace(f"/alerts/{alert.pk}/", f"/alerts/{other.pk}/")
    assert sign_in(cast.jing).get(wrong).status_code == 404


def test_a_bad_file_is_said_and_nothing_is_stored(cast, alert, sign_in):
    bad = ANSWER | {"attachments": [upload("a.png", b"<html>")]}
    answer = sign_in(cast.jing).post(handle(alert), bad)
    assert answer.status_code == 422
    assert "不能上传" in answer.content.decode()


def test_six_files_are_too_many(cast, alert, sign_in):
    files = [upload(f"{n}.png", PNG) for n in range(6)]
    answer = sign_in(cast.jing).post(handle(alert), ANSWER | {"attachments": files})
    assert "附件最多 5 个" in answer.content.decode()


# ---- counts ----


def test_counts_of_customers_come_in_one_statement(cast, alert, django_assert_num_queries):
    owed(alert.customer, subject="r1", state="lapsed", lapsed_at=NOW)
    idle = make_customer()
    with django_assert_num_queries(2):
        waiting = dict(Alert.objects.pending().counted([alert.customer_id, idle.pk]))
        all_of_them = dict(Alert.objects.counted([alert.customer_id, idle.pk]))
    assert waiting == {alert.customer_id: 1}
    assert all_of_them == {alert.customer_id: 2}


def test_what_waits_is_counted_by_class_in_the_own_scope(cast, alert):
    make_alert(customer=make_customer(manager=cast.jing))
    make_alert(customer=make_customer(manager=cast.other))
    assert Alert.objects.waiting_for(cast.jing) == {"churn": 1, "resource": 1}
    assert Alert.objects.waiting_for(cast.zhuguan) == {"churn": 1, "resource": 1}
    assert Alert.objects.waiting_for(cast.yun) == {"churn": 2, "resource": 1}
    assert Alert.objects.waiting_for(make_member()) == {"churn": 0, "resource": 0}


# ---- the customer's page ----


def test_the_customers_page_lists_its_alerts(cast, alert, sign_in):
    other = owed(make_customer(manager=cast.jing))
    url = reverse("followups:customer_alerts", args=[alert.customer_id])
    page = sign_in(cast.jing).get(url).content.decode()
    assert f'id="row-{alert.pk}"' in page
    assert f'id="row-{other.pk}"' not in page


def test_the_alerts_of_an_unknown_customer_are_not_found(cast, alert, sign_in):
    url = reverse("followups:customer_alerts", args=[alert.customer_id])
    assert sign_in(cast.other).get(url).status_code == 404
