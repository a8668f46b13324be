"""What beat starts, and the shells it starts."""

from datetime import datetime
from itertools import pairwise

import pytest
import time_machine
from celery import current_app
from django.conf import settings
from django.core.management import CommandError, call_command

from activity.tasks import send_mail
from core import request_context
from followups.models import Alert, GenerationRun
from followups.tasks import close_followups, generate_followups
from tests.factories import NOW, TODAY, make_alert, make_complete, make_customer, make_rule


def starts(task: str) -> list[str]:
    """The times of a day on which beat starts the task."""
    times = set()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if entry["task"] == task:
            when = entry["schedule"]
            times |= {f"{hour:02}:{minute:02}" for hour in when.hour for minute in when.minute}
    return sorted(times)


def test_every_entry_names_a_task_that_exists():
    current_app.loader.import_default_modules()
    wanted = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert wanted <= set(current_app.tasks)


def test_alerts_are_generated_at_six_in_beijing_and_half_hourly_until_eleven():
    times = starts("followups.tasks.generate_followups")
    assert settings.CELERY_TIMEZONE == "Asia/Shanghai"
    assert (times[0], times[1], times[-1]) == ("06:00", "06:15", "22:45")
    minutes = [datetime.strptime(time, "%H:%M") for time in times[1:]]
    gaps = {(later - earlier).seconds for earlier, later in pairwise(minutes)}
    assert gaps == {1800}


def test_the_log_is_sealed_every_ten_minutes_and_proven_before_old_lines_go():
    assert len(starts("activity.tasks.seal_log")) == 24 * 6
    assert starts("activity.tasks.verify_log") == ["03:05"]
    assert starts("activity.tasks.forget_old_lines") == ["04:10"]


def test_old_notices_go_once_a_night():
    assert starts("partnercenter.tasks.forget_old_notices") == ["04:20"]


def test_waiting_mail_is_sent_within_ten_seconds():
    schedule = settings.CELERY_BEAT_SCHEDULE["every-ten-seconds-send-waiting-mail"]
    assert schedule["task"] == "activity.tasks.send_mail"
    assert schedule["schedule"].total_seconds() == 10


@pytest.mark.django_db
def test_the_task_generates_what_is_due_and_closes_what_is_gone():
    make_complete(day=TODAY, days=2)
    gone = make_alert(customer=make_customer(disassociated_at=NOW))
    make_customer(arrears=1)
    with time_machine.travel(NOW, tick=False):
        generate_followups(told_by="an older or newer beat")
    gone.refresh_from_db()
    assert gone.state == "lapsed"
    assert Alert.objects.pending().get().raised_on == TODAY


@pytest.mark.django_db
def test_an_incomplete_day_is_no_failure_of_the_task():
    with time_machine.travel(NOW, tick=False):
        generate_followups()
    assert GenerationRun.objects.get().state == "refused"


@pytest.mark.django_db
def test_the_shells_do_nothing_when_there_is_nothing_to_do():
    close_followups()
    send_mail()
    assert not Alert.objects.exists()


# ---- one id for all that a task or command says ----


@pytest.fixture
def log(db, caplog):
    """A rule that fails, and the lines of the log as an operator sees them."""
    make_complete(day=TODAY, days=2)
    make_rule(scenario="arrears", parameters={"nonsense": 1})
    caplog.handler.addFilter(request_context.LogFilter())
    with time_machine.travel(NOW, tick=False):
        yield caplog


def ids(log):
    return {line.request_id for line in log.records if "failed on" in line.getMessage()}


def test_the_workers_log_names_the_task_of_a_failed_rule(log):
    generate_followups.apply(task_id="1c2d3e4f-aaaa-4bbb-8ccc-123456789abc")
    assert ids(log) == {"1c2d3e4f-aaaa"}
    assert request_context.current() is None


def test_the_worker_logs_in_the_words_of_the_product():
    assert settings.CELERY_WORKER_HIJACK_ROOT_LOGGER is False


def test_a_command_has_an_id_of_its_own(log):
    with pytest.raises(CommandError):
        call_command("generate_followups")
    (found,) = ids(log)
    assert len(found) == 12
    assert request_context.current() is None
