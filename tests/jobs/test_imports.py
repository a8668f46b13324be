"""Imports: a file becomes a batch that does what the preview showed, once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from activity.models import Activity, Notification
from core import tenancy
from core.clock import now
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.imports.notes import CustomerNotes
from customers.models import Customer
from customers.notes.models import Remark
from customers.services import assign_customer
from jobs.bulk import ask_undo, decide_undo
from jobs.imports import books, services
from jobs.imports.forms import UploadForm
from jobs.imports.models import Import
from jobs.models import Job
from jobs.services import cancel_job, run_job
from org.models import Member
from org.permissions import SYSTEM_ADMIN
from partnercenter.batches import ACTIONS
from partnercenter.work import RUNNERS, WORK
from tests.conftest import Cast, make_cast
from tests.factories import make_customer, make_label, make_member, put_label
from tests.race import race

from .sheets import book, table

pytestmark = pytest.mark.django_db(transaction=True)
KIND = CustomerNotes()
HEADERS = ["客户ID", "客户经理", "备注", "标签"]


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


@pytest.fixture
def two(cast) -> list[Customer]:
    return [make_customer(partner=cast.reseller) for _ in range(2)]


def guanli(cast: Cast) -> Member:
    return make_member(partner=cast.reseller, role=SYSTEM_ADMIN)


def as_member(by: Member):
    return tenancy.tenant(by.partner_id, user_id=by.user_id)


def upload(by: Member, file) -> Import:
    form = UploadForm({}, {"file": file})
    assert form.is_valid(), form.errors
    file = form.cleaned_data["file"]
    read = {"headers": file.headers, "lines": file.lines_read}
    with as_member(by):
        return services.start_import(KIND, file, partner=by.partner, by=by, at=now(), **read)


def look(by: Member, made: Import) -> Import:
    with as_member(by):
        return services.choose_columns(made, KIND, made.mapping, by=by, at=now())


def commit(by: Member, made: Import) -> Job:
    with as_member(by):
        made, is_done = services.commit_import(made, KIND, seen=made.seal, by=by, at=now())
        assert is_done
        return made.job


def run(job: Job) -> Job:
    run_job(job.pk, WORK, now=now, runners=RUNNERS)
    job.refresh_from_db()
    return job


def imported(by: Member, *rows) -> Job:
    return run(commit(by, look(by, upload(by, book(HEADERS, *rows)))))


def counts(made: Import) -> tuple[int, ...]:
    return tuple(made.counts[key] for key in ("new", "changed", "unchanged", "wrong"))


def wrong(made: Import) -> list[str]:
    return [f"{line} {key} {reason}" for line, key, reason in made.wrong]


def errors_of(made: Import, by: Member) -> list[list[str]]:
    with as_member(by):
        out = books.errors(made, KIND, KIND.left(made, by=by))
    return CalamineWorkbook.from_filelike(out).get_sheet_by_index(0).to_python()


# ---- what it does ----


def test_what_the_preview_shows_is_what_the_import_does(cast, two):
    make_label(by=cast.yun, name="华南")
    same = make_customer(manager=cast.jing)
    made = look(
        cast.yun,
        upload(
            cast.yun,
            book(
                HEADERS,
                [two[0].number, cast.jing.user.email, "年底续签", "华南"],
                [two[1].number, "", "=1+1 𠮷", ""],
                [same.number, cast.jing.user.name, "", ""],
            ),
        ),
    )
    assert counts(made) == (0, 2, 1, 0)
    assert made.preview["first"][0][2]["labels"] == "华南"
    job = run(commit(cast.yun, made))
    assert (job.state, job.reason) == ("done", "成功 2，跳过 0，失败 0")
    two[0].refresh_from_db()
    assert two[0].account_manager == cast.jing and two[0].remark.text == "年底续签"
    assert [each.label.name for each in two[0].labellings.all()] == ["华南"]
    assert Remark.objects.filter(customer=two[1]).exists()


def test_each_row_has_its_line_in_the_log_and_a_manager_hears_once(cast, two):
    job = imported(cast.yun, *([each.number, cast.jing.user.name] for each in two))
    lines = Activity.objects.filter(request_id=f"job-{job.pk}", verb="customer.assigned")
    assert lines.count() == 2
    assert Activity.objects.get(verb="import.asked").after["total"] == 2
    assert Notification.objects.get(member=cast.jing).params == {"n": 2}


def test_an_empty_cell_changes_nothing_and_a_word_clears(cast):
    mine = make_customer(manager=cast.jing)
    label = make_label(by=cast.yun)
    put_label(customer=mine, label=label)
    imported(cast.yun, [mine.number, "", "先有备注", ""])
    mine.refresh_from_db()
    assert mine.account_manager == cast.jing and mine.labellings.count() == 1
    imported(cast.yun, [mine.number, "清空", "清空", "清空"])
    mine = Customer.objects.get(pk=mine.pk)
    assert mine.account_manager is None and mine.labellings.count() == 0
    assert not Remark.objects.filter(customer=mine).exists()


# ---- what is wrong, by line ----


def test_customers_out_of_sight_are_as_good_as_unknown(cast, two):
    foreign = make_customer(partner=cast.stranger)
    gone = make_customer(partner=cast.reseller, disassociated_at=now())
    rows = [[number, "", "x", ""] for number in (foreign.number, gone.number, "cust-none")]
    made = look(cast.yun, upload(cast.yun, book(HEADERS, *rows)))
    assert counts(made) == (0, 0, 0, 3)
    assert len({reason for _line, _key, reason in made.wrong}) == 1


def test_an_account_manager_imports_his_own_customers_only(cast):
    others = make_customer(manager=cast.other)
    made = look(cast.jing, upload(cast.jing, book(HEADERS, [others.number, "", "x", ""])))
    assert wrong(made) == ["2 number 在您的客户中没有这个客户ID"]


def test_bad_cells_are_told_by_line(cast, two):
    make_label(by=cast.yun, name="华南")
    number = two[0].number
    first, second = (make_member(partner=cast.reseller, name="王伟") for _ in range(2))
    rows = [
        [number, "没有这个人"],
        [two[1].number, "王伟"],
        [number, "", "x"],
        ["", "", "x"],
        [make_customer(partner=cast.reseller).number, "", "字" * 256],
        [make_customer(partner=cast.reseller).number, "", "", "华南、没有"],
        [make_customer(partner=cast.reseller).number, "", "", "a、b、c、d、e、f"],
        [123456789012345678, "", "x"],
    ]
    made = look(cast.yun, upload(cast.yun, book(HEADERS, *rows)))
    assert counts(made)[:3] == (0, 0, 0)
    assert wrong(made) == [
        "2 manager 没有您可以分配的客户经理“没有这个人”",
        "3 manager 有多名客户经理叫“王伟”，请填邮箱或手机号",
        "4 number 与第 2 行重复",
        "5 number 未填写客户ID",
        "6 remark 超过 255 个字",
        "7 labels 没有标签“没有”，请先新建",
        "8 labels 每个客户最多 5 个标签",
        "9 number 数字超过 15 位，Excel 已丢失部分数字：请把该列设为文本格式后重新填写",
    ]
    assert first != second


def test_the_error_workbook_can_be_corrected_and_sent_again(cast, two):
    rows = [[two[0].number, "没有这个人", "x"], [two[1].number, "", "好"]]
    made = look(cast.yun, upload(cast.yun, book(HEADERS, *rows)))
    run(commit(cast.yun, made))
    made.refresh_from_db()
    header, *lines = errors_of(made, cast.yun)
    assert header == [*HEADERS, "错误原因"]
    assert lines == [[two[0].number, "没有这个人", "x", "", "没有您可以分配的客户经理“没有这个人”"]]
    again = look(cast.yun, upload(cast.yun, book(header, [two[0].number, cast.jing.user.name])))
    assert counts(again) == (0, 1, 0, 0)


def test_rows_that_were_left_by_the_run_are_in_the_error_workbook_too(cast, two):
    made = look(cast.yun, upload(cast.yun, book(HEADERS, [two[0].number, cast.jing.user.name])))
    job = commit(cast.yun, made)
    with as_member(cast.yun):
        assign_customer(two[0], cast.other, by=cast.yun, at=now())
    assert run(job).reason == "成功 0，跳过 1，失败 0"
    made.refresh_from_db()
    assert errors_of(made, cast.yun)[1][-1] == "预览之后该客户又有变动，未导入。"


# ---- columns ----


def test_columns_are_guessed_in_chinese_and_english(cast):
    made = upload(cast.yun, table("Remark;Customer ID;其他;负责人\nx;c;;\n"))
    assert made.mapping == {"number": 1, "manager": 3, "remark": 0}


def test_what_a_member_said_of_a_header_is_remembered_for_him(cast, two):
    file = [["甲", "乙"], [two[0].number, "备注"]]
    made = upload(cast.yun, book(*file))
    assert made.mapping == {}
    with as_member(cast.yun):
        services.choose_columns(made, KIND, {"number": 0, "remark": 1}, by=cast.yun, at=now())
    assert upload(cast.yun, book(*file)).mapping == {"number": 0, "remark": 1}
    assert upload(guanli(cast), book(*file)).mapping == {}


def test_only_columns_that_the_member_may_write_are_imported(cast):
    mine = make_customer(manager=cast.jing)
    made = upload(cast.jing, book(HEADERS, [mine.number, cast.other.user.name, "备注", ""]))
    assert "manager" not in made.mapping and "remark" in made.mapping
    run(commit(cast.jing, look(cast.jing, made)))
    mine.refresh_from_db()
    assert mine.account_manager == cast.jing and mine.remark.text == "备注"


def test_who_may_write_nothing_may_not_import(cast):
    with as_member(cast.cai), pytest.raises(NotAllowed):
        services.start_import(
            KIND,
            table("客户ID\n1\n"),
            headers=["客户ID"],
            lines=1,
            partner=cast.reseller,
            by=cast.cai,
            at=now(),
        )


# ---- once, and of what was seen ----


def test_a_commit_that_is_sent_twice_is_one(cast, two):
    made = look(cast.yun, upload(cast.yun, book(HEADERS, [two[0].number, "", "x"])))
    assert commit(cast.yun, made) == commit(cast.yun, made)
    assert Job.objects.count() == 1


def test_two_commits_at_once_are_one(cast, two):
    made = look(cast.yun, upload(cast.yun, book(HEADERS, [two[0].number, "", "x"])))
    race(lambda: commit(cast.yun, made), times=2)
    assert Job.objects.count() == 1


def test_a_preview_that_is_out_of_date_is_shown_again(cast, two):
    made = look(cast.yun, upload(cast.yun, book(HEADERS, [two[0].number, cast.jing.user.name])))
    seen = made.seal
    with as_member(cast.yun):
        assign_customer(two[0], cast.jing, by=cast.yun, at=now())
        made, is_done = services.commit_import(made, KIND, seen=seen, by=cast.yun, at=now())
    assert not is_done and counts(made) == (0, 0, 1, 0) and not Job.objects.exists()


def test_nothing_to_change_is_refused(cast, two):
    made = look(cast.yun, upload(cast.yun, book(HEADERS, ["nobody", "", "x"])))
    with as_member(cast.yun), pytest.raises(Refused, match="没有需要导入"):
        services.commit_import(made, KIND, seen=made.seal, by=cast.yun, at=now())


def test_rights_are_those_of_the_moment(cast, two):
    by = guanli(cast)
    job = commit(by, look(by, upload(by, book(HEADERS, [two[0].number, "", "x"]))))
    Member.objects.filter(pk=by.pk).update(roles=["finance"])
    assert run(job).reason == "成功 0，跳过 0，失败 1"
    assert not Remark.objects.exists()


def test_a_cancelled_import_does_nothing(cast, two):
    made = look(cast.yun, upload(cast.yun, book(HEADERS, [two[0].number, "", "x"])))
    job = commit(cast.yun, made)
    with as_member(cast.yun):
        cancel_job(job, by=cast.yun, at=now())
    assert run(job).state == "cancelled" and not Remark.objects.exists()


# ---- undo ----


def test_an_undo_takes_back_each_row_that_has_not_moved_on(cast, two):
    make_label(by=cast.yun, name="华南")
    rows = ([each.number, cast.jing.user.name, "备注", "华南"] for each in two)
    job = imported(cast.yun, *rows)
    with as_member(cast.yun):
        assign_customer(Customer.objects.get(pk=two[1].pk), cast.other, by=cast.yun, at=now())
        action = ACTIONS["import_customers"]
        assert decide_undo(job, action, cast.yun, at=now())
        assert not decide_undo(job, action, cast.yun, at=now() + timedelta(hours=25))
        back = ask_undo(job, action, token=uuid4(), by=cast.yun, at=now())
    assert run(back).reason == "成功 1，跳过 1，失败 0"
    assert Customer.objects.get(pk=two[0].pk).account_manager is None
    assert list(Remark.objects.values_list("customer", flat=True)) == [two[1].pk]


# ---- files ----


def test_the_file_lies_here_for_three_days(cast, two):
    made = look(cast.yun, upload(cast.yun, book(HEADERS, [two[0].number, "", "x"])))
    name, storage = made.file.name, made.file.storage
    assert services.forget_old_imports(at=now() + timedelta(days=2, hours=23)) == 0
    assert services.forget_old_imports(at=now() + timedelta(days=3, minutes=1)) == 1
    made.refresh_from_db()
    assert not storage.exists(name) and made.preview == {"counts": made.counts}
    with as_member(cast.yun), pytest.raises(InvalidTransition, match="过期"):
        services.commit_import(made, KIND, seen=made.seal, by=cast.yun, at=now())


def test_an_upload_is_a_line_of_the_log(cast):
    made = upload(cast.yun, table("客户ID,备注\n1,x\n"))
    line = Activity.objects.get(verb="import.uploaded")
    assert (line.subject_id, line.member, line.after["lines"]) == (made.pk, cast.yun, 1)


def test_files_are_not_sent_without_end(cast, monkeypatch):
    monkeypatch.setattr(services, "MOST_FILES", 1)
    upload(cast.yun, table("客户ID,备注\n1,x\n"))
    with pytest.raises(Refused, match="已达 1 个"):
        upload(cast.yun, table("客户ID,备注\n1,x\n"))


def test_a_file_is_its_members_and_the_main_accounts(cast, two):
    mine = make_customer(manager=cast.jing)
    made = upload(cast.jing, book(HEADERS, [mine.number, "", "x"]))
    for member, sees in ((cast.jing, 1), (cast.yun, 1), (cast.other, 0), (guanli(cast), 0)):
        with as_member(member):
            assert Import.objects.visible_to(member).filter(pk=made.pk).count() == sees
