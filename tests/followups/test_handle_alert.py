from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError

from activity import verbs
from activity.models import Activity
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.services import assign_customer
from followups.attachments import check
from followups.models import Alert, AlertHandling, Attachment
from followups.rules import CONTACTED_FROM, Handling
from followups.services import decide_handle, handle_alert
from tests.factories import NOW, TODAY, make_alert, make_customer

from .files import PNG, upload

pytestmark = pytest.mark.django_db

LOST = Handling(outcome="lost", lost_reasons=("price",), recoverable=False, note="已转至友商")
KEPT = Handling(outcome="not_lost", kept_reason="seasonal", note="季节性波动")
RENEWED = Handling(outcome="renewed", note="客户已续费")


@pytest.fixture
def alert(cast):
    return make_alert(customer=make_customer(manager=cast.jing))


def test_the_manager_handles_and_it_is_recorded(cast, alert):
    handling = handle_alert(alert, LOST, by=cast.jing, at=NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.handled_at) == ("handled", NOW)
    assert (handling.outcome, handling.lost_reasons) == ("lost", ["price"])
    assert (handling.handled_by, handling.handled_at) == (cast.jing, NOW)
    line = Activity.objects.get(verb="alert.handled")
    assert (line.customer_id, line.member) == (alert.customer_id, cast.jing)
    assert line.after["outcome"] == "lost"


@pytest.mark.parametrize("outcome", AlertHandling.Outcome)
def test_the_log_spells_an_outcome_as_the_page_does(outcome):
    assert verbs.summary({}, {"outcome": outcome.value}) == f"处理结果：{outcome.label}"


def test_a_resource_alert_has_its_own_outcomes(cast):
    alert = make_alert(customer=make_customer(manager=cast.jing), scenario="expiring")
    with pytest.raises(Refused):
        handle_alert(alert, LOST, by=cast.jing, at=NOW)
    assert handle_alert(alert, RENEWED, by=cast.jing, at=NOW).outcome == "renewed"


# ---- who ----


@pytest.mark.parametrize("who", ["yun", "other", "zhuguan", "cai", "zong", "pang"])
def test_nobody_but_the_manager_handles(cast, alert, who):
    with pytest.raises(NotAllowed):
        handle_alert(alert, LOST, by=getattr(cast, who), at=NOW)
    assert not AlertHandling.objects.exists()


def test_the_main_account_handles_for_a_customer_without_manager(cast):
    alert = make_alert(customer=make_customer(partner=cast.reseller))
    with pytest.raises(NotAllowed):
        handle_alert(alert, LOST, by=cast.jing, at=NOW)
    assert handle_alert(alert, LOST, by=cast.yun, at=NOW)


def test_the_main_account_handles_when_the_manager_left(cast, alert):
    cast.jing.is_active = False
    cast.jing.save()
    assert decide_handle(Alert.objects.get(), cast.yun)


def test_the_owner_is_who_has_the_customer_when_it_is_handled(cast, alert):
    assign_customer(alert.customer, cast.other, by=cast.yun, at=NOW)
    with pytest.raises(NotAllowed):
        handle_alert(alert, LOST, by=cast.jing, at=NOW)
    assert handle_alert(alert, LOST, by=cast.other, at=NOW)


@pytest.mark.parametrize(
    ("who", "reason", "helper"),
    [
        ("yun", "唯一责任人", "请联系客户经理经理"),
        ("zhuguan", "没有“处理客户预警”权限", "请联系主账号或系统管理员"),
        ("zong", "唯一责任人", "请联系该客户的云经销商"),
    ],
)
def test_a_no_says_why_and_who_can_help(cast, alert, who, reason, helper):
    decision = decide_handle(alert, getattr(cast, who))
    assert reason in decision.reason
    assert helper in decision.who_can_fix


# ---- when ----


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"state": "handled", "handled_at": NOW}, "已被处理"),
        ({"state": "lapsed", "lapsed_at": NOW}, "已失效"),
    ],
)
def test_what_is_over_is_not_handled(cast, state, sentence):
    alert = make_alert(customer=make_customer(manager=cast.jing), **state)
    with pytest.raises(InvalidTransition, match=sentence):
        handle_alert(alert, LOST, by=cast.jing, at=NOW)


def test_a_customer_who_left_needs_no_handling(cast):
    alert = make_alert(customer=make_customer(partner=cast.reseller, disassociated_at=NOW))
    with pytest.raises(InvalidTransition, match="已解除关联"):
        handle_alert(alert, LOST, by=cast.yun, at=NOW)


# ---- what must be said ----


@pytest.mark.parametrize(
    "said",
    [
        Handling(),
        Handling(outcome="lost", recoverable=True, note="x"),
        Handling(outcome="lost", lost_reasons=("price",), note="x"),
        Handling(outcome="not_lost", note="x"),
        Handling(outcome="not_lost", kept_reason="saving", note="  "),
        Handling(outcome="not_lost", kept_reason="saving", note="x" * 501),
        Handling(
            outcome="not_lost",
            kept_reason="saving",
            note="x",
            expected_recovery_on=TODAY - timedelta(days=1),
        ),
        replace(KEPT, expected_recovery_on=TODAY + timedelta(days=3654)),
        replace(KEPT, contacted_at=NOW + timedelta(minutes=11)),
        replace(KEPT, contacted_at=CONTACTED_FROM - timedelta(seconds=1)),
    ],
)
def test_an_incomplete_answer_is_refused(cast, alert, said):
    with pytest.raises(Refused):
        handle_alert(alert, said, by=cast.jing, at=NOW)
    alert.refresh_from_db()
    assert alert.state == "pending"


@pytest.mark.parametrize(
    "times",
    [
        {"contacted_at": datetime(1, 1, 1, tzinfo=UTC)},
        {"contacted_at": NOW + timedelta(minutes=11)},
        {"expected_recovery_on": date.min},
        {"expected_recovery_on": date.max},
    ],
)
def test_the_database_keeps_no_time_that_nobody_means(cast, alert, times):
    with pytest.raises(IntegrityError):
        AlertHandling.objects.create(
            partner=alert.partner,
            alert=alert,
            outcome="not_lost",
            kept_reason="seasonal",
            note="x",
            handled_by=cast.jing,
            handled_at=NOW,
            **times,
        )


def test_a_time_of_contact_is_kept(cast, alert):
    said = replace(KEPT, contacted_at=CONTACTED_FROM)
    assert handle_alert(alert, said, by=cast.jing, at=NOW).contacted_at == CONTACTED_FROM


def test_answers_to_the_other_outcome_are_dropped(cast, alert):
    said = Handling(
        outcome="not_lost",
        kept_reason="saving",
        note=" 成本优化 ",
        lost_reasons=("price",),
        destination="competitor",
        recoverable=True,
        expected_recovery_on=TODAY,
    )
    handling = handle_alert(alert, said, by=cast.jing, at=NOW)
    assert (handling.lost_reasons, handling.destination, handling.recoverable) == ([], "", None)
    assert (handling.note, handling.expected_recovery_on) == ("成本优化", TODAY)


# ---- files ----


def test_files_are_stored_under_random_names(cast, alert):
    files = tuple(check(upload(name, PNG)) for name in ("一.png", "二.png"))
    handle_alert(alert, Handling(**vars(LOST) | {"attachments": files}), by=cast.jing, at=NOW)
    stored = Attachment.objects.order_by("pk")
    assert [each.name for each in stored] == ["一.png", "二.png"]
    assert [each.content_type for each in stored] == ["image/png"] * 2
    assert "一" not in stored[0].file.name
    assert default_storage.open(stored[0].file.name).read() == PNG


def test_more_than_five_files_are_refused(cast, alert):
    files = tuple(check(upload("a.png", PNG)) for _ in range(6))
    with pytest.raises(Refused, match="附件最多 5 个"):
        handle_alert(alert, Handling(**vars(LOST) | {"attachments": files}), by=cast.jing, at=NOW)
