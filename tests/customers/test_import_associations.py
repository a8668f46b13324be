"""The vendor links customers with a partner by a file: all of its good lines, or none."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from activity.models import Activity
from core.clock import now
from core.refusals import NotAllowed, Refused
from customers.imports.associations import Associations, decide_undo, undo_import
from customers.models import CloudAccount, Customer
from jobs.imports import services
from jobs.imports.models import Import
from tests.factories import make_customer
from tests.jobs.sheets import book

pytestmark = pytest.mark.django_db
KIND = Associations()
HEADERS = ["客户ID", "客户名称", "账号名", "关联类型", "关联时间", "关联来源"]


def row(number, name="深圳云帆", since="2026-01-31", kind="代售", source=""):
    return [number, name, f"{number}_账号", kind, since, source]


def upload(cast, *rows, header=HEADERS) -> Import:
    read = {"headers": header, "lines": len(rows)}
    who = {"by": cast.yunying, "at": now()}
    file = book(header, *rows)
    return services.start_import(KIND, file, partner=cast.reseller, **read, **who)


def look(cast, *rows) -> Import:
    made = upload(cast, *rows)
    return services.choose_columns(made, KIND, made.mapping, by=cast.yunying, at=now())


def commit(cast, made) -> Import:
    who = {"by": cast.yunying, "at": now()}
    made, is_done = services.commit_import(made, KIND, seen=made.seal, **who)
    assert is_done
    return made


def counts(made):
    return tuple(made.counts[key] for key in ("new", "changed", "unchanged", "wrong"))


def test_customers_are_associated_as_single_ones_are(cast):
    since = ["2026/1/31", "2026-01-31 08:00:00"]
    made = commit(cast, look(cast, row("A1", "深圳云帆", since[0]), row("A2", "𠮷野", since[1])))
    first, second = Customer.objects.filter(partner=cast.reseller).order_by("number")
    assert (first.name, first.association_type, first.source) == (
        "深圳云帆",
        "resale",
        "invitation",
    )
    assert second.associated_at - first.associated_at == timedelta(hours=8)
    assert "szyf" in first.search_text and first.cloud_account.number == "A1"
    lines = Activity.objects.filter(verb="customer.associated")
    assert sorted(lines.values_list("customer_id", flat=True)) == [first.pk, second.pk]
    assert lines[0].after["type"] == "resale" and lines[0].partner_id == cast.reseller.pk
    done = Activity.objects.get(verb="import.done")
    assert done.after["total"] == len(made.done) == 2 and done.user_id == cast.yunying.pk


def test_what_the_rules_of_one_refuse_is_told_by_line(cast):
    make_customer(partner=cast.stranger, number="B1")
    make_customer(partner=cast.reseller, number="B2")
    make_customer(partner=cast.stranger, number="B3", disassociated_at=now())
    made = look(
        cast,
        *(row("B1"), row("B2"), row("B3"), row("B4", since="2199-01-01")),
        *(row("B5", since="去年"), row("B6", kind="赠送"), row("B7", name="")),
    )
    assert counts(made) == (0, 0, 1, 6)
    assert [reason for _line, _key, reason in made.wrong] == [
        "该客户已关联其他伙伴",
        "该客户在此时间仍关联伙伴，请填写更晚的关联时间",
        "关联时间晚于现在",
        "不是日期，请按 2026-01-31 或 2026-01-31 08:00:00 填写",
        "只能填写：顾问销售、代售、转售",
        "未填写客户名称",
    ]


def test_an_import_again_changes_nothing(cast):
    commit(cast, look(cast, row("C1")))
    made = look(cast, row("C1"))
    assert counts(made) == (0, 0, 1, 0)
    with pytest.raises(Refused):
        commit(cast, made)
    assert Customer.objects.filter(number="C1").count() == 1


def test_somebody_elses_association_meanwhile_is_shown_before_anything_is_done(cast):
    made = look(cast, row("D1"), row("D2"))
    make_customer(partner=cast.stranger, number="D1")
    who = {"by": cast.yunying, "at": now()}
    made, is_done = services.commit_import(made, KIND, seen=made.seal, **who)
    assert not is_done and counts(made) == (1, 0, 0, 1)
    assert not Customer.objects.filter(number="D2").exists()


def test_an_undone_import_never_was_and_can_be_done_again(cast):
    made = commit(cast, look(cast, row("E1"), row("E2")))
    kept = Customer.objects.get(number="E2")
    kept.account_manager = cast.jing
    kept.save(update_fields=["account_manager"])
    from customers.models import Assignment

    Assignment.objects.create(
        partner=cast.reseller,
        customer=kept,
        manager=cast.jing,
        started_at=now(),
        performance_from=now().date(),
    )
    assert not decide_undo(made, cast.yunying, at=now() + timedelta(hours=25))
    assert undo_import(made, by=cast.yunying, at=now()) == (1, 1)
    gone = Customer.objects.get(number="E1")
    assert gone.disassociated_at == gone.associated_at
    assert Activity.objects.get(verb="customer.disassociated").customer_id == gone.pk
    with pytest.raises(NotAllowed, match="已撤销过"):
        undo_import(made, by=cast.yunying, at=now())
    assert counts(look(cast, row("E1"))) == (1, 0, 0, 0)
    commit(cast, look(cast, row("E1")))
    assert Customer.objects.associated().filter(number="E1").count() == 1


def test_only_operators_import(cast):
    for by in (cast.shen, cast.shenji, cast.yun):
        assert not KIND.decide(by)


# ---- the desk ----


def test_the_steps_on_the_desk(sign_in, cast):
    client = sign_in(cast.yunying)
    fields = {"partner": cast.reseller.pk, "file": book(HEADERS, row("F1"), row("F2", since="x"))}
    response = client.post("/admin/jobs/import/add/", fields)
    made = Import.objects.get()
    assert response.url == f"/admin/jobs/import/{made.pk}/do/choose/"
    assert "客户ID" in client.get(response.url).content.decode()
    places = {column.key: str(at) for at, column in enumerate(KIND.columns)}
    page = client.post(response.url, places, follow=True).content.decode()
    assert (
        "新增 1，无变化 0，有误 1" in page
        and "不是日期" in page
        and "F1、" in page
        and "F1_账号" not in page
    )
    url = f"/admin/jobs/import/{made.pk}/do/commit/"
    page = client.post(url, {"seen": "another"}, follow=True).content.decode()
    assert "预览之后数据有变化，没有导入" in page
    made.refresh_from_db()
    assert f'value="{made.seal}"' in client.get(url).content.decode()
    page = client.post(url, {"seen": made.seal}, follow=True).content.decode()
    assert "已关联客户 1 个" in page and CloudAccount.objects.filter(number="F1").exists()
    answer = client.get(f"/admin/jobs/import/{made.pk}/errors/")
    content = BytesIO(b"".join(answer.streaming_content))
    lines = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
    assert lines[1][0] == "F2"
    page = client.post(f"/admin/jobs/import/{made.pk}/do/undo/", follow=True).content.decode()
    assert "已撤销 1 个客户，保留 0 个" in page


def test_a_bad_file_is_refused_on_the_desks_form(sign_in, cast):
    fields = {"partner": cast.reseller.pk, "file": book(HEADERS, name="a.xls")}
    page = sign_in(cast.yunying).post("/admin/jobs/import/add/", fields).content.decode()
    assert "扩展名一致" in page and not Import.objects.exists()


def test_others_of_the_vendor_import_nothing(sign_in, cast):
    assert sign_in(cast.shenji).get("/admin/jobs/import/add/").status_code == 403
    assert sign_in(cast.shen).get("/admin/jobs/import/").status_code == 403
