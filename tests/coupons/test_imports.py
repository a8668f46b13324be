"""Files: coupons for many customers, and white lists."""

import pytest

from coupons.models import Coupon, CouponRecord, WhitelistItem, WhitelistVersion
from jobs.imports.models import Import
from tests.factories import make_customer
from tests.jobs.sheets import book, table

from .making import left, make_coupon, make_quota

pytestmark = pytest.mark.django_db
HEAD = ("客户ID", "额度编号", "面值（元）", "备注")


def uploaded(client, file, kind="coupons"):
    """The page after the columns were guessed and taken as they are."""
    client.post(f"/jobs/import/{kind}/", {"file": file})
    made = Import.objects.latest("pk")
    client.post(f"/jobs/imports/{made.pk}/", made.mapping)
    made.refresh_from_db()
    return made


def commit(client, made):
    return client.post(f"/jobs/imports/{made.pk}/preview/", {"seen": made.seal})


def test_a_file_issues_what_it_says_and_tells_the_wrong_lines(cast, sign_in):
    quota = make_quota(cast.distributor, 1000)
    good, twice = (make_customer(partner=cast.distributor) for _n in range(2))
    foreign = make_customer(partner=cast.stranger)
    file = book(
        HEAD,
        (good.number, quota.number, "100.50", "年底"),
        (twice.number, quota.number, "50", ""),
        (twice.number, quota.number, "50", ""),
        (foreign.number, quota.number, "50", ""),
        ("unknown", quota.number, "50", ""),
        (good.number + "x", "Q9999999999", "50", ""),
        (good.number + "y", quota.number, "1.234", ""),
    )
    client = sign_in(cast.zong)
    made = uploaded(client, file)
    assert made.counts["new"] == 2
    assert made.counts["wrong"] == 5
    assert not Coupon.objects.exists()
    commit(client, made)
    assert sorted(str(face) for face in Coupon.objects.values_list("face", flat=True)) == [
        "100.50",
        "50.00",
    ]
    assert str(left(quota)["account"]) == "849.50"
    commit(client, made)  # sent twice
    assert Coupon.objects.count() == 2
    assert CouponRecord.objects.filter(remark="年底").count() == 1


def test_a_file_over_more_than_there_is_issues_nothing(cast, sign_in):
    quota = make_quota(cast.distributor, 60)
    customers = [make_customer(partner=cast.distributor) for _n in range(2)]
    file = book(HEAD, *((each.number, quota.number, "50", "") for each in customers))
    made = uploaded(sign_in(cast.zong), file)
    assert made.counts["new"] == 0
    assert "共需 100.00 元，额度余额只有 60.00 元" in made.wrong[0][2]


def test_a_renamed_binary_is_answered_with_a_sentence(cast, sign_in):
    answer = sign_in(cast.zong).post(
        "/jobs/import/coupons/", {"file": table("MZ\x00\x01", name="券.xlsx")}
    )
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_a_white_list_is_a_new_version_with_each_file(cast, sign_in):
    client, customer = sign_in(cast.zong), make_customer(partner=cast.distributor)
    commit(client, uploaded(client, book(("客户ID",), ("other",)), "whitelist_pickup"))
    commit(client, uploaded(client, book(("客户ID",), (customer.number,)), "whitelist_pickup"))
    versions = WhitelistVersion.objects.order_by("version")
    assert [(each.version, each.kind, each.size) for each in versions] == [
        (1, "pickup", 1),
        (2, "pickup", 1),
    ]
    assert WhitelistItem.objects.count() == 2
    page = client.get("/coupons/whitelists/").content.decode()
    assert "V2" in page
    assert customer.number in client.get(f"/coupons/whitelists/{versions[1].pk}/").content.decode()
    quota = make_quota(cast.distributor, kind="pickup")
    assert make_coupon(quota, customer, by=cast.zong)


def test_who_issues_nothing_imports_nothing(cast, sign_in):
    assert sign_in(cast.cai).get("/jobs/import/coupons/").status_code == 403
