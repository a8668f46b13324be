"""Cancelled, killed, failed, forgotten: never a part of a file, never two."""

from datetime import timedelta
from pathlib import Path

import pytest

from core import tenancy
from core.clock import now
from core.refusals import InvalidTransition, Refused
from jobs import services
from jobs.models import Job
from jobs.progress import Progress, percents
from jobs.services import Made, cancel_job, forget_old_files, run_job, waiting_jobs
from partnercenter.work import WORK
from tests.conftest import Cast, make_cast
from tests.factories import make_customer
from tests.race import race

from .conftest import ask, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


@pytest.fixture
def job(cast) -> Job:
    make_customer(manager=cast.jing)
    return ask(cast.jing)


def stored(files: Path) -> list[Path]:
    return [path for path in files.rglob("*") if path.is_file()]


def test_two_workers_at_once_make_one_file(job, files):
    race(lambda: run_job(job.pk, WORK, now=now), 3)
    job.refresh_from_db()
    assert job.state == "done"
    assert stored(files) == [Path(job.file.path)]


def test_a_cancelled_job_never_runs(cast, job, files):
    cancel_job(job, by=cast.jing, at=now())
    assert run(job).state == "cancelled" and not stored(files)


def test_a_running_job_that_is_cancelled_stops_and_leaves_nothing(cast, job, files):
    def work(job, folder, progress):
        cancel_in_another_session(job, cast)
        progress.advance(1)
        raise AssertionError("it went on")

    run_job(job.pk, {"export": work}, now=now)
    job.refresh_from_db()
    assert job.state == "cancelled" and not stored(files)


def test_a_job_cancelled_while_its_last_rows_were_written_leaves_no_file(cast, job, files):
    def work(job, folder, progress):
        cancel_in_another_session(job, cast)
        path = folder / "x.csv"
        path.write_text("whole")
        return Made(path, 1)

    run_job(job.pk, {"export": work}, now=now)
    job.refresh_from_db()
    assert job.state == "cancelled" and not stored(files)


def cancel_in_another_session(job, cast) -> None:
    def cancel():
        with tenancy.tenant(job.partner_id, user_id=cast.jing.user_id):
            cancel_job(Job.objects.get(pk=job.pk), by=cast.jing, at=now())

    assert race(cancel, 1) == [None]


def test_a_finished_job_is_not_cancelled(cast, job):
    run(job)
    with pytest.raises(InvalidTransition):
        cancel_job(job, by=cast.jing, at=now())


def test_a_job_whose_worker_died_is_taken_up_again(job):
    def dies(job, folder, progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(job.pk, {"export": dies}, now=now)
    job.refresh_from_db()
    assert job.state == "running" and waiting_jobs() == [job.pk]
    assert run(job).state == "done" and waiting_jobs() == []


def test_a_job_that_somebody_is_at_is_left_to_him(job):
    seen = []

    def work(job, folder, progress):
        seen.extend(race(waiting_jobs, 1))
        raise Refused("genug")

    run_job(job.pk, {"export": work}, now=now)
    assert seen == [[]]


def test_a_job_that_kills_its_workers_is_given_up_with_a_sentence(job):
    Job.objects.filter(pk=job.pk).update(attempts=services.MOST_ATTEMPTS, state="running")
    assert run(job).state == "failed" and job.reason


def test_an_error_shows_a_sentence_and_not_itself(job):
    def breaks(job, folder, progress):
        raise ValueError("secret")

    run_job(job.pk, {"export": breaks}, now=now)
    job.refresh_from_db()
    assert job.state == "failed" and "secret" not in job.reason and job.reason


def test_the_work_writes_nothing_and_sees_one_moment(cast, job):
    def work(job, folder, progress):
        before = Job.objects.count()
        race(lambda: ask(cast.other), 1)
        assert Job.objects.count() == before
        raise Refused("gesehen")

    run_job(job.pk, {"export": work}, now=now)
    job.refresh_from_db()
    assert job.reason == "gesehen" and Job.objects.count() == 2


def test_how_far_a_running_job_is_can_be_asked(job):
    progress = Progress(job.pk)
    progress.expect(200)
    progress.advance(50)
    assert percents([job.pk, 999]) == {job.pk: 25}


def test_after_three_days_the_file_goes_and_the_record_stays(job, files):
    run(job)
    assert forget_old_files(at=now() + timedelta(days=2, hours=23)) == 0
    assert forget_old_files(at=now() + timedelta(days=3, minutes=1)) == 1
    job.refresh_from_db()
    assert job.state == "expired" and not stored(files)
