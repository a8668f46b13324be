"""Bad input: each has its sentence, and nothing is half done."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.refusals import Refused
from coupons.models import Coupon, CouponRecord, Quota
from jobs.imports.models import Import
from tests.factories import NOW, make_customer
from tests.jobs.sheets import book, rewritten, table

from .making import issue, left, make_quota
from .test_imports import HEAD, commit, uploaded
from .test_pages import filled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen(monkeypatch):
    monkeypatch.setattr("core.clock.now", lambda: NOW)


@pytest.mark.parametrize("face", ["1.234", "-1", "0", "1e400", "NaN", "Infinity", "99999999999"])
def test_a_bad_face_is_refused_by_the_service_too(cast, face):
    quota, customer = make_quota(cast.distributor), make_customer(partner=cast.distributor)
    with pytest.raises(Refused, match="请填写金额，最多两位小数"):
        issue(quota, customer, by=cast.zong, face=Decimal(face))
    assert not CouponRecord.objects.exists()
    assert left(quota)["account"] == 1000


@pytest.mark.parametrize(
    ("face", "says"),
    [
        ("1.234", "请填写金额，最多两位小数"),
        ("-1", "请填写金额，最多两位小数"),
        ("0", "金额须大于 0"),
        ("1e400", "请填写金额，最多两位小数"),
        ("一百", "请填写金额，最多两位小数"),
    ],
)
def test_a_bad_face_in_a_file_is_its_lines_mistake(cast, sign_in, face, says):
    quota = make_quota(cast.distributor)
    good, bad = (make_customer(partner=cast.distributor) for _n in range(2))
    file = book(HEAD, (good.number, quota.number, "10", ""), (bad.number, quota.number, face, ""))
    client = sign_in(cast.zong)
    made = uploaded(client, file)
    assert [line for line, _column, said in made.wrong if says in said] == [3], made.wrong
    commit(client, made)
    assert list(Coupon.objects.values_list("customer", flat=True)) == [good.pk]


def test_full_width_digits_in_a_file_are_read(cast, sign_in):
    quota, customer = make_quota(cast.distributor), make_customer(partner=cast.distributor)
    client = sign_in(cast.zong)
    commit(client, uploaded(client, book(HEAD, (customer.number, quota.number, "１２．５", ""))))
    assert str(Coupon.objects.get().face) == "12.50"


def test_faces_of_a_file_are_added_up_against_the_limit(cast, sign_in):
    quota = make_quota(cast.distributor, total_most=100)
    faces = ("90", "6", "4.01")
    customers = [make_customer(partner=cast.distributor) for _face in faces]
    lines = list(zip(customers, faces, strict=True))
    client = sign_in(cast.zong)
    made = uploaded(client, book(HEAD, *((c.number, quota.number, face, "") for c, face in lines)))
    assert {said for *_line, said in made.wrong} == {"发放总面值超过该额度的限制。"}
    fits = uploaded(
        client, book(HEAD, *((c.number, quota.number, face, "") for c, face in lines[:2]))
    )
    commit(client, fits)
    assert Coupon.objects.count() == 2


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"starts_on": "2026-01-01"}, "有效期须在额度的有效期之内"),
        ({"ends_on": "2099-12-31"}, "有效期须在额度的有效期之内"),
        ({"starts_on": "2026-12-02", "ends_on": "2026-12-01"}, "失效日期早于生效日期"),
        ({"starts_on": "2099-01-01"}, "生效日期晚于额度的失效日期"),
    ],
)
def test_a_window_outside_the_quota_is_answered_with_a_sentence(cast, sign_in, days, says):
    quota, customer = make_quota(cast.distributor), make_customer(partner=cast.distributor)
    said = filled(customers=[customer.pk], step="confirm") | days
    answer = sign_in(cast.zong).post(f"/coupons/quotas/{quota.pk}/issue/", said)
    assert answer.status_code in (409, 422)
    assert says in answer.content.decode()
    assert not CouponRecord.objects.exists()


def test_an_expired_quota_opens_no_form_and_takes_no_file(cast, sign_in):
    quota, customer = make_quota(cast.distributor), make_customer(partner=cast.distributor)
    Quota.objects.update(starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(days=1))
    client = sign_in(cast.zong)
    answer = client.get(f"/coupons/quotas/{quota.pk}/issue/")
    assert answer.status_code == 403
    assert "额度已过有效期" in answer.content.decode()
    made = uploaded(client, book(HEAD, (customer.number, quota.number, "10", "")))
    assert [said for *_line, said in made.wrong] == ["额度已过有效期"]


def test_an_exiting_reseller_gets_no_quota(cast, sign_in):
    cast.reseller.is_active = False
    cast.reseller.save(update_fields=["is_active"])
    quota = make_quota(cast.distributor)
    said = {"amount": "300", "resellers": [cast.reseller.pk], "step": "confirm"}
    said["token"] = "6f1b2c1e-0000-4000-8000-000000000000"
    answer = sign_in(cast.zong).post(f"/coupons/quotas/{quota.pk}/give/", said)
    assert answer.status_code == 422
    assert not Quota.objects.filter(parent=quota).exists()
    assert left(quota)["account"] == 1000


def test_what_changed_between_preview_and_commit_issues_nothing(cast, sign_in):
    quota = make_quota(cast.distributor, 100)
    first, second = (make_customer(partner=cast.distributor) for _n in range(2))
    client = sign_in(cast.zong)
    made = uploaded(
        client,
        book(HEAD, (first.number, quota.number, "60", ""), (second.number, quota.number, "40", "")),
    )
    issue(quota, first, by=cast.zong, face=50)
    commit(client, made)
    assert Coupon.objects.count() == 1


def test_a_zip_bomb_is_answered_with_a_sentence(cast, sign_in):
    file = rewritten(book(HEAD), "xl/worksheets/sheet1.xml", bytes(450 * 2**20))
    assert file.size < 1_000_000
    answer = sign_in(cast.zong).post("/jobs/import/coupons/", {"file": file})
    assert answer.status_code == 422
    assert "文件展开后过大" in answer.content.decode()
    assert not Import.objects.exists()


@pytest.mark.parametrize("name", ["券.xlsx", "券.csv"])
def test_a_program_under_another_name_is_answered_with_a_sentence(cast, sign_in, name):
    file = table("MZ\x00\x01\x02", name=name)
    answer = sign_in(cast.zong).post("/jobs/import/coupons/", {"file": file})
    assert answer.status_code == 422
    assert "文件" in answer.content.decode()
    assert not Import.objects.exists()
