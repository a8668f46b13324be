"""Batches: each row once, through the service of one row, by the rights of that moment."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.http import QueryDict

from activity.models import Activity, Notification
from core import tenancy
from core.clock import now
from core.refusals import NotAllowed, Refused
from customers.models import Assignment, Customer
from customers.services import assign_customer
from followups.models import AlertHandling
from jobs import bulk, services
from jobs.bulk import announce_ended, ask_batch, ask_undo, decide_undo, preview
from jobs.models import Job, JobRow
from jobs.services import cancel_job, run_job, waiting_jobs
from org.models import Member
from partnercenter.batches import ACTIONS
from partnercenter.work import RUNNERS, WORK
from tests.conftest import Cast, make_cast
from tests.factories import make_alert, make_customer
from tests.race import race

pytestmark = pytest.mark.django_db(transaction=True)
LOST = "outcome=lost&lost_reasons=price&recoverable=no&note=客户已迁走"


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


@pytest.fixture
def three(cast) -> list[Customer]:
    return [make_customer(partner=cast.reseller) for _ in range(3)]


def ask(by: Member, key: str, rows, data: str = "", token=None) -> Job:
    with tenancy.tenant(by.partner_id, user_id=by.user_id):
        return ask_batch(
            ACTIONS[key],
            [row.pk for row in rows],
            QueryDict(data),
            scope="逐项选择",
            token=token or uuid4(),
            by=by,
            at=now(),
        )


def ask_back(job: Job, by: Member) -> Job:
    with tenancy.tenant(by.partner_id, user_id=by.user_id):
        return ask_undo(job, ACTIONS[job.parameters["action"]], token=uuid4(), by=by, at=now())


def run(job: Job) -> Job:
    run_job(job.pk, WORK, now=now, runners=RUNNERS)
    job.refresh_from_db()
    return job


def assign(cast: Cast, rows, to: Member | None = None) -> Job:
    return ask(cast.yun, "assign", rows, f"manager={(to or cast.jing).pk}")


def outcomes(job: Job) -> dict[int, str]:
    return dict(job.items.values_list("subject_id", "outcome"))


def managers(rows) -> list[Member | None]:
    found = Customer.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    return [customer.account_manager for customer in found]


def seen_before(cast, key, rows, values, by=None):
    by = by or cast.yun
    with tenancy.tenant(by.partner_id, user_id=by.user_id):
        groups = preview(ACTIONS[key], [r.pk for r in rows], values, by=by, at=now())
    return [(g.outcome, g.count) for g in groups]


# ---- what it does ----


def test_the_preview_says_what_the_batch_then_does(cast, three):
    mine = make_customer(manager=cast.jing)
    gone = make_customer(partner=cast.reseller, disassociated_at=now())
    foreign = make_customer(partner=cast.stranger)
    rows = [*three, mine, gone, foreign]
    said = seen_before(cast, "assign", rows, cast.jing)
    assert said == [("done", 3), ("skipped", 1), ("failed", 1), ("skipped", 1)]
    job = run(assign(cast, rows))
    assert [outcomes(job)[row.pk] for row in rows] == ["done"] * 3 + [
        "skipped",
        "failed",
        "skipped",
    ]
    assert job.reason == "成功 3，跳过 2，失败 1" and (job.state, job.rows) == ("done", 6)
    assert not job.items.exclude(outcome="done").filter(reason="").exists()
    assert managers(three) == [cast.jing] * 3


def test_each_row_has_its_history_and_its_line_which_the_batch_finds(cast, three):
    job = run(assign(cast, three))
    assert Assignment.objects.filter(manager=cast.jing, assigned_by=cast.yun).count() == 3
    lines = Activity.objects.filter(request_id=f"job-{job.pk}", verb="customer.assigned")
    assert sorted(lines.values_list("customer_id", flat=True)) == [row.pk for row in three]
    asked = Activity.objects.get(verb="batch.asked")
    assert asked.after["total"] == 3 and asked.subject_id == job.pk


def test_a_manager_hears_once_of_all_his_customers(cast, three):
    other = make_customer(manager=cast.other)
    job = run(assign(cast, [*three, other]))
    told = Notification.objects.order_by("member", "kind")
    assert {(n.member, n.kind, n.params.get("n")) for n in told} == {
        (cast.jing, "customers.assigned", 4),
        (cast.other, "customers.taken_back", 1),
        (cast.yun, "batch.done", None),
    }
    job.refresh_from_db()
    assert job.told_at


def test_a_batch_takes_customers_back(cast):
    rows = [make_customer(manager=cast.jing), make_customer(partner=cast.reseller)]
    job = run(ask(cast.yun, "take_back", rows))
    assert list(outcomes(job).values()) == ["done", "skipped"]
    assert managers(rows) == [None, None]


def test_one_finding_handles_many_alerts_of_its_class(cast):
    churn = [make_alert(customer=make_customer(manager=cast.jing)) for _ in range(2)]
    resource = make_alert(customer=make_customer(manager=cast.jing), scenario="arrears")
    others = make_alert(customer=make_customer(manager=cast.other))
    job = run(ask(cast.jing, "handle", [*churn, resource, others], LOST))
    assert list(outcomes(job).values()) == ["done", "done", "skipped", "skipped"]
    assert [h.note for h in AlertHandling.objects.all()] == ["客户已迁走"] * 2


def test_a_finding_that_lacks_something_is_not_queued(cast):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    with pytest.raises(Refused):
        ask(cast.jing, "handle", [alert], "outcome=lost&note=x")


def test_who_may_not_do_it_to_one_row_may_not_do_it_to_many(cast, three):
    with pytest.raises(NotAllowed):
        ask(cast.jing, "assign", three, f"manager={cast.jing.pk}")


def test_nothing_chosen_or_too_much_is_refused_with_the_number(cast, three, monkeypatch):
    with pytest.raises(Refused):
        assign(cast, [])
    monkeypatch.setattr(bulk, "MOST", 2)
    with pytest.raises(Refused, match="2"):
        assign(cast, three)


# ---- once ----


def test_the_same_form_twice_is_one_batch(cast, three):
    token = uuid4()
    data = f"manager={cast.jing.pk}"
    assert ask(cast.yun, "assign", three, data, token) == ask(
        cast.yun, "assign", three, data, token
    )
    assert JobRow.objects.count() == 3


def test_two_workers_at_once_do_each_row_once(cast, three):
    job = assign(cast, three)
    assert not [e for e in race(lambda: run_job(job.pk, WORK, now=now, runners=RUNNERS), 3) if e]
    job.refresh_from_db()
    assert job.state == "done" and Assignment.objects.count() == 3


def test_a_batch_whose_worker_died_goes_on_where_it_was(cast, three, monkeypatch):
    job = assign(cast, three)
    dies_after(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        run(job)
    monkeypatch.undo()
    assert sorted(outcomes(job).values()) == ["done", "done", "waiting"]
    assert waiting_jobs() == [job.pk]
    assert run(job).reason == "成功 3，跳过 0，失败 0"
    assert Assignment.objects.count() == 3 and waiting_jobs() == []


def dies_after(monkeypatch, rows: int, does=None) -> None:
    """The worker is killed, or something happens, when it comes to the next row."""
    real, left = bulk._do_row, [rows]

    def do_row(*args):
        if not left[0]:
            if does is None:
                raise KeyboardInterrupt
            does()
        left[0] -= 1
        real(*args)

    monkeypatch.setattr(bulk, "_do_row", do_row)


@pytest.mark.parametrize("pk", [2**31 + 5, 2**40])
def test_jobs_are_told_apart_beyond_the_numbers_of_32_bits(cast, three, pk):
    job = assign(cast, three)
    JobRow.objects.filter(job=job).delete()
    Job.objects.filter(pk=job.pk).update(id=pk)
    job = Job.objects.get(pk=pk)
    JobRow.objects.create(partner=cast.reseller, job=job, subject_id=three[0].pk)
    with services._alone(pk) as alone:
        assert alone and race(lambda: services.is_free(pk), 1) == [False]
    assert services.is_free(pk)
    assert run(job).state == "done"


def test_a_waking_while_somebody_is_at_it_is_no_attempt(cast, three):
    job = assign(cast, three)
    with services._alone(job.pk):
        for _ in range(services.MOST_ATTEMPTS + 1):
            assert run(job).state == "queued"
    assert (run(job).state, job.items.done().count()) == ("done", 3)


def test_a_cancelled_batch_keeps_what_is_done_and_tells_of_it(cast, three, monkeypatch):
    job = assign(cast, three)

    def cancel():
        with tenancy.tenant(cast.reseller.pk, user_id=cast.yun.user_id):
            cancel_job(Job.objects.get(pk=job.pk), by=cast.yun, at=now())

    dies_after(monkeypatch, 1, does=cancel)
    assert run(job).state == "cancelled"
    assert sorted(outcomes(job).values()) == ["done", "waiting", "waiting"]
    assert Notification.objects.get(member=cast.jing).params == {"n": 1}


def test_a_batch_that_ended_without_a_worker_is_told_of_later(cast, three, monkeypatch):
    job = assign(cast, three)
    dies_after(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        run(job)
    with tenancy.tenant(cast.reseller.pk, user_id=cast.yun.user_id):
        cancel_job(Job.objects.get(pk=job.pk), by=cast.yun, at=now())
    for _ in range(2):
        announce_ended(ACTIONS, at=now())
    assert Notification.objects.get(member=cast.jing).params == {"n": 1}


# ---- rights of the moment ----


def test_an_asker_who_was_deactivated_stops_it_with_a_sentence(cast, three):
    job = assign(cast, three)
    Member.objects.filter(pk=cast.yun.pk).update(is_active=False)
    assert run(job).state == "failed" and "停用" in job.reason
    assert set(outcomes(job).values()) == {"waiting"}


def test_rights_lost_on_the_way_fail_the_rows_that_are_left(cast, monkeypatch):
    job = assign_by_director(cast)
    lose = lambda: Member.objects.filter(pk=cast.zhuguan.pk).update(roles=["finance"])  # noqa: E731
    dies_after(monkeypatch, 1, does=lose)
    assert run(job).state == "done"
    assert list(job.items.order_by("pk").values_list("outcome", flat=True)) == ["done", "failed"]


def assign_by_director(cast: Cast) -> Job:
    second = Member.objects.get(pk=cast.other.pk)
    Member.objects.filter(pk=second.pk).update(director=cast.zhuguan)
    rows = [make_customer(manager=cast.jing) for _ in range(2)]
    return ask(cast.zhuguan, "assign", rows, f"manager={second.pk}")


def test_a_row_that_breaks_fails_alone(cast, three, monkeypatch):
    job, action = assign(cast, three), ACTIONS["assign"]
    real = action.do

    def do(pk, *args, **kwargs):
        if pk == three[1].pk:
            raise ValueError("secret")
        return real(pk, *args, **kwargs)

    monkeypatch.setattr(action, "do", do)
    run(job)
    assert [outcomes(job)[row.pk] for row in three] == ["done", "failed", "done"]
    assert "secret" not in job.items.get(outcome="failed").reason


# ---- undo ----


def test_an_undo_gives_back_what_has_not_moved_on_and_says_what_has(cast, three):
    had = make_customer(manager=cast.other)
    job = run(assign(cast, [*three, had]))
    assign_customer(three[0], cast.other, by=cast.yun, at=now())
    assign_customer(three[0], cast.jing, by=cast.yun, at=now())  # as before, and moved all the same
    back = run(ask_back(job, cast.yun))
    assert managers([*three, had]) == [cast.jing, None, None, cast.other]
    moved = back.items.get(outcome="skipped")
    assert moved.subject_id == three[0].pk and "变动" in moved.reason
    assert had.assignments.count() == 3  # the history keeps all three
    assert Activity.objects.filter(verb="batch.undone", subject_id=back.pk).exists()


def test_what_was_taken_back_is_given_back(cast):
    customer = make_customer(manager=cast.jing)
    job = run(ask(cast.yun, "take_back", [customer]))
    run(ask_back(job, cast.yun))
    assert managers([customer]) == [cast.jing]


def test_a_batch_is_undone_once_and_only_for_a_day(cast, three):
    job = run(assign(cast, three))
    may = lambda at: bool(decide_undo(job, ACTIONS["assign"], cast.yun, at=at))  # noqa: E731
    assert may(now()) and not may(now() + timedelta(hours=24, minutes=1))
    back = ask_back(job, cast.yun)
    assert not may(now())
    with pytest.raises(NotAllowed):
        ask_back(job, cast.yun)
    with pytest.raises(IntegrityError):
        Job.objects.create(
            partner=cast.reseller,
            member=cast.yun,
            kind="bulk",
            undoes=job,
            token=uuid4(),
            created_at=now(),
        )
    assert back.undoes == job


def test_what_was_handled_stays_handled(cast):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    job = run(ask(cast.jing, "handle", [alert], LOST))
    with pytest.raises(NotAllowed, match="不能撤销"):
        ask_back(job, cast.jing)


# ---- the database ----


def test_a_partner_sees_and_writes_no_row_of_another(cast, three):
    job = assign(cast, three)
    with tenancy.tenant(cast.stranger.pk):
        assert not JobRow.objects.filter(job_id=job.pk).update(reason="x")
        assert not JobRow.objects.exists()


def test_a_row_belongs_to_a_job_of_its_partner(cast, three):
    job = assign(cast, three)
    with pytest.raises(IntegrityError):
        JobRow.objects.create(partner=cast.stranger, job=job, subject_id=1)
