"""操作日志 proves itself: what was sealed is found changed, short or longer by whoever did it."""

import random
import re
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from activity import seals, tasks
from activity.models import AccountMail, Activity, ActivitySeal
from activity.seals import chain, sealing
from activity.services import record
from core import tenancy
from tests.conftest import make_cast
from tests.factories import NOW
from tests.race import race

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


@pytest.fixture
def log(cast):
    """Two blocks of the reseller's log, of three lines and of two, and two of the vendor's own."""
    write(cast, 2)
    skip_an_id()
    write(cast, 1)
    record("rule.changed", by=cast.yunying, at=NOW)
    assert seals.seal_lines(at=NOW) == 2
    write(cast, 2)
    record("rule.changed", by=cast.yunying, at=NOW)
    assert seals.seal_lines(at=LATER) == 2
    return cast


def write(cast, lines, at=NOW):
    for n in range(lines):
        record("member.created", cast.jing, by=cast.yun, at=at, after={"lines": n})


def skip_an_id():
    """As an insert that was rolled back does."""
    owner("SELECT nextval(pg_get_serial_sequence('activity_activity', 'id'))")


def owner(*statements):
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def broken():
    return seals.verify(at=LATER).broken


# ---- sealing ----


def test_every_line_is_sealed_once_in_a_chain_for_each_partner(log):
    numbers = ActivitySeal.objects.order_by("pk").values_list("partner", "number", "count")
    reseller = log.reseller.pk
    assert list(numbers) == [(None, 1, 1), (reseller, 1, 3), (None, 2, 1), (reseller, 2, 2)]
    assert seals.verify(at=LATER) == seals.Verified(blocks=4, lines=7)


def test_sealing_again_changes_nothing(log):
    assert [seals.seal_lines(at=LATER) for _ in range(3)] == [0, 0, 0]
    assert ActivitySeal.objects.count() == 4


def test_three_workers_at_once_seal_once(cast):
    write(cast, 3)
    assert sorted(race(lambda: seals.seal_lines(at=NOW), times=3)) == [0, 0, 1]
    assert seals.verify(at=NOW) == seals.Verified(blocks=1, lines=3)


def test_a_long_log_is_sealed_in_blocks(cast, monkeypatch):
    monkeypatch.setattr(sealing, "MOST_LINES", 2)
    write(cast, 5)
    assert seals.seal_lines(at=NOW) == 3
    assert seals.verify(at=NOW) == seals.Verified(blocks=3, lines=5)


def test_every_column_of_a_line_is_sealed():
    assert set(chain.LINE) == {field.column for field in Activity._meta.concrete_fields}


@contextmanager
def written_but_not_committed(cast):
    """Another connection has written a line, and ends after the block."""
    written, end = threading.Event(), threading.Event()

    def run():
        with tenancy.vendor():
            write(cast, 1)
            written.set()
            end.wait(10)
        connection.close()

    writer = threading.Thread(target=run)
    writer.start()
    written.wait(10)
    try:
        yield
    finally:
        end.set()
        writer.join()


def test_a_line_that_commits_late_is_sealed_the_next_time(cast):
    with written_but_not_committed(cast):
        write(cast, 1)  # a later id, committed earlier
        assert seals.seal_lines(at=NOW, patience=0.2) == 0
    assert seals.seal_lines(at=NOW) == 1
    assert seals.verify(at=NOW) == seals.Verified(blocks=1, lines=2)


def test_whoever_begins_to_write_while_it_waits_is_not_waited_for(cast, monkeypatch):
    """Else a busy log would never be sealed."""
    write(cast, 1)
    closed = sealing._turn_page()
    with written_but_not_committed(cast):
        monkeypatch.setattr(sealing, "_turn_page", lambda: closed)
        monkeypatch.setattr(sealing, "_writers", iter([{"1/1"}, {"2/2"}]).__next__)
        assert seals.seal_lines(at=NOW) == 1
    monkeypatch.undo()
    assert seals.seal_lines(at=LATER) == 1
    assert seals.verify(at=LATER) == seals.Verified(blocks=2, lines=2)


def test_whoever_writes_meanwhile_loses_no_line(cast):
    made = 4 * 12
    dice = random.Random(7)
    pauses = [[dice.random() / 100 for _ in range(12)] for _ in range(4)]

    def run(mine):
        for pause in mine:
            with tenancy.vendor():
                write(cast, 1)
                time.sleep(pause)
        connection.close()

    writers = [threading.Thread(target=run, args=(mine,)) for mine in pauses]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        seals.seal_lines(at=NOW)
    seals.seal_lines(at=NOW)
    assert ActivitySeal.objects.count() > 1
    assert seals.verify(at=NOW).broken == ""
    assert sum(ActivitySeal.objects.values_list("count", flat=True)) == made


# ---- proving ----

_COPY = """
INSERT INTO activity_activity (id, page, verb, partner_id, at, subject_type, before, after,
    request_id)
SELECT {id}, page, verb, partner_id, at, subject_type, before, after, request_id
FROM activity_activity WHERE id = (SELECT first_id FROM activity_activityseal WHERE number = 1
    AND partner_id IS NOT NULL)
"""
_FIRST = "SELECT first_id FROM activity_activityseal WHERE number = 1 AND partner_id IS NOT NULL"
_OF_PARTNER = "activity_activityseal WHERE partner_id IS NOT NULL"
PLANTED = {
    "one byte of a line": (
        [f"UPDATE activity_activity SET request_id = 'x' WHERE id = ({_FIRST})"],
        "第 1 块.*有记录被改动",
    ),
    "another time": (
        [f"UPDATE activity_activity SET at = at + interval '1 us' WHERE id = ({_FIRST})"],
        "第 1 块.*有记录被改动",
    ),
    "a line taken out": (
        [f"DELETE FROM activity_activity WHERE id = ({_FIRST}) + 1"],
        "第 1 块.*少了 1 条记录",
    ),
    "a line put between": (
        [_COPY.format(id=f"({_FIRST}) + 2")],
        "第 1 块.*多了 1 条记录",
    ),
    "a line put behind": ([_COPY.format(id=999_999)], "记录 #999999 是封存之后加进来的"),
    "a line moved to another log": (
        [f"UPDATE activity_activity SET partner_id = NULL, member_id = NULL WHERE id = ({_FIRST})"],
        "厂商的操作日志：.*是封存之后加进来的",
    ),
    "swapped blocks": (
        [
            f"UPDATE {_OF_PARTNER} AND number = 1".replace(" WHERE", " SET number = 9 WHERE"),
            f"UPDATE {_OF_PARTNER} AND number = 2".replace(" WHERE", " SET number = 1 WHERE"),
            f"UPDATE {_OF_PARTNER} AND number = 9".replace(" WHERE", " SET number = 2 WHERE"),
        ],
        "第 1 块.*封存本身被改动",
    ),
    "a seal written anew": (
        [f"UPDATE {_OF_PARTNER}".replace(" WHERE", " SET lines_hash = repeat('0', 64) WHERE")],
        "第 1 块.*封存本身被改动",
    ),
    "the first seal gone": ([f"DELETE FROM {_OF_PARTNER} AND number = 1"], "之前的封存不见了"),
    "the last seal gone": (
        [f"DELETE FROM {_OF_PARTNER} AND number = 2"],
        "是封存之后加进来的",
    ),
    "taken away too early": (
        [
            "DELETE FROM activity_activity WHERE partner_id IS NOT NULL"
            f" AND id <= (SELECT last_id FROM {_OF_PARTNER} AND number = 1)",
            f"UPDATE {_OF_PARTNER} AND number = 1".replace(
                " WHERE", " SET removed_at = now() WHERE"
            ),
        ],
        "未满 180 天就被清理",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_was_done_to_the_log_is_found(log, planted):
    assert broken() == ""
    statements, said = PLANTED[planted]
    owner(*statements)
    assert re.search(said, broken()), broken()


def test_a_line_that_is_lost_between_is_found_by_the_nights_that_read_new_seals_only(log):
    owner(f"DELETE FROM activity_activity WHERE id = ({_FIRST}) + 1")
    assert "少了 1 条已封存的记录" in seals.verify(at=LATER, since=LATER).broken


def test_one_partners_log_is_proven_by_itself(log):
    owner(f"UPDATE activity_activity SET request_id = 'x' WHERE id = ({_FIRST})")
    assert seals.verify(at=LATER, partner=log.stranger).broken == ""
    assert seals.verify(at=LATER, partner=log.reseller).broken.startswith("云帆经销：第 1 块")


def test_a_chain_written_anew_is_found_by_a_head_that_was_kept(log, tmp_path, capsys):
    call_command("verify_activity", "--head")
    kept = tmp_path / "heads"
    kept.write_text(capsys.readouterr().out)
    call_command("verify_activity", "--kept", str(kept))
    owner(
        f"UPDATE activity_activity SET request_id = 'x' WHERE id = ({_FIRST})",
        "DELETE FROM activity_activityseal",
    )
    seals.seal_lines(at=LATER)
    call_command("verify_activity")
    with pytest.raises(CommandError, match="另处保存的封存不在链上"):
        call_command("verify_activity", "--kept", str(kept))


def test_the_command_says_the_first_broken_place_and_fails(log, capsys):
    call_command("verify_activity")
    assert "操作日志完整：4 块、7 条记录" in capsys.readouterr().out
    owner(f"DELETE FROM activity_activity WHERE id = ({_FIRST}) + 1")
    with pytest.raises(CommandError, match="云帆经销：第 1 块"):
        call_command("verify_activity")


def test_the_night_says_what_it_found_where_operators_look(log):
    tasks.verify_log()
    assert (seals.state().sealed_at, seals.state().broken) == (LATER, "")
    owner(f"DELETE FROM activity_activity WHERE id = ({_FIRST}) + 1")
    tasks.verify_log(whole=True)
    assert "第 1 块" in seals.state().broken
    told = AccountMail.objects.get()
    assert told.to == log.shenji.email and "少了 1 条记录" in told.body


# ---- keeping ----


@pytest.fixture
def old_log(cast):
    write(cast, 3, at=LONG_AGO)
    seals.seal_lines(at=LONG_AGO)
    write(cast, 2, at=LONG_AGO)
    seals.seal_lines(at=LONG_AGO)
    write(cast, 2)
    seals.seal_lines(at=NOW)
    return cast


def test_lines_whose_days_are_over_go_and_the_rest_stays_provable(old_log):
    assert seals.forget_old_lines(at=NOW) == 5
    assert Activity.objects.filter(at__lt=NOW).count() == 0
    kept = ActivitySeal.objects.filter(partner=old_log.reseller).order_by("number")
    assert [(seal.number, bool(seal.removed_at)) for seal in kept] == [(2, True), (3, False)]
    assert broken() == ""
    assert seals.forget_old_lines(at=NOW) == 0
    trimmed = Activity.objects.get(verb="log.trimmed")
    assert trimmed.after == {"lines": 5, "to": "2025-10-15"}


def test_lines_of_the_days_that_are_kept_stay(cast, settings):
    settings.ACTIVITY_RETENTION_DAYS = 700
    write(cast, 1, at=LONG_AGO)
    seals.seal_lines(at=NOW)
    assert seals.forget_old_lines(at=NOW) == 0


def test_no_role_of_the_application_takes_lines_away_before_180_days(cast):
    write(cast, 1, at=datetime.now(UTC) - timedelta(days=179))
    seals.seal_lines(at=NOW)
    with tenancy.vendor(), connection.cursor() as cursor:
        seal = ActivitySeal.objects.get().pk
        cursor.execute("SELECT activity_forget_block(%s, now())", [seal])
        assert cursor.fetchone()[0] is None
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        tenancy.tenant(cast.reseller.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT activity_forget_block(%s, now())", [seal])


def test_a_block_of_which_lines_are_missing_is_kept(old_log):
    owner(f"DELETE FROM activity_activity WHERE id = ({_FIRST}) + 1")
    with pytest.raises(DatabaseError, match="holds 2 lines, sealed were 3"):
        seals.forget_old_lines(at=NOW)


def test_nothing_of_a_log_that_was_found_broken_goes(old_log):
    owner(f"UPDATE activity_activity SET request_id = 'x' WHERE id = ({_FIRST})")
    tasks.verify_log(whole=True)
    assert seals.forget_old_lines(at=NOW) == 0


def test_nobody_who_seals_may_rewrite_a_seal(log):
    for statement in ("UPDATE activity_activityseal SET count = 1", f"DELETE FROM {_OF_PARTNER}"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            tenancy.vendor(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
