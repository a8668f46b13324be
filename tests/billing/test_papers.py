"""伙伴账单 and 客户账单 as papers."""

from datetime import date

import pytest
import time_machine

from activity.models import Activity
from billing.bills.models import BilledCharge
from billing.bills.paper import bill_paper
from billing.invoices.paper import statement_paper
from core.masking import mask_name
from core.paper import Paper, Table
from tests import factories as f
from tests import money as m
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def resale(cast, **more):
    return f.make_customer(manager=cast.jing, association_type="resale", **more)


def facts(paper):
    return dict(paper.facts)


def is_pdf(answer):
    assert answer.status_code == 200, answer.content[:500]
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "private, no-store"
    return answer.content.startswith(b"%PDF-")


# ---- 伙伴账单 ----


def test_a_bill_says_what_is_due_and_of_what_it_is_made(cast):
    bill = m.make_bill(partner=cast.distributor, due="100.00")
    line = m.make_line(customer=resale(cast))
    paper = bill_paper(bill, BilledCharge.objects.filter(payer=cast.distributor))
    assert facts(paper)["应付金额"] == "100.00 元"
    products, months, sellers = paper.tables
    assert list(products.rows) == [(line.service.name, "100.00")]
    assert list(months.rows) == [("2026-10", "100.00")]
    assert list(sellers.rows) == [("云帆经销", "100.00")]


def test_a_bill_made_of_part_of_the_days_says_so(cast):
    bill = m.make_bill(partner=cast.distributor)
    bill.is_complete = False
    paper = bill_paper(bill, BilledCharge.objects.none())
    assert "出账时数据不完整" in paper.notes[0]


def test_fetching_a_bill_is_recorded(cast, sign_in):
    bill = m.make_bill(partner=cast.distributor)
    m.make_line(customer=resale(cast))
    assert is_pdf(sign_in(cast.zong).post(f"/bills/{bill.pk}/paper/"))
    [line] = Activity.objects.filter(verb="bill.downloaded")
    assert (line.partner, line.subject_id) == (cast.distributor, bill.pk)
    assert line.after == {"month": "2026-10", "amount": "100.00"}


def test_a_bill_is_nobody_elses(cast, sign_in):
    bill = m.make_bill(partner=cast.distributor)
    assert sign_in(cast.pang).post(f"/bills/{bill.pk}/paper/").status_code == 404
    assert sign_in(cast.jing).post(f"/bills/{bill.pk}/paper/").status_code == 403
    assert not Activity.objects.filter(verb="bill.downloaded").exists()


def test_the_desk_fetches_the_same_bill_and_an_auditor_does_not(cast, proven):
    bill = m.make_bill(partner=cast.distributor)
    m.make_line(customer=resale(cast))
    path = f"/admin/billing/partnerbill/{bill.pk}/do/download/"
    assert proven(cast.shenji).post(path).status_code == 403
    assert is_pdf(proven(cast.yunying).post(path))
    [line] = Activity.objects.filter(verb="bill.downloaded")
    assert (line.user, line.partner) == (cast.yunying, cast.distributor)


# ---- 客户账单 ----


def test_the_name_is_whole_for_who_may_reveal_it_only(cast):
    owed = m.make_owed(customer=resale(cast))
    assert facts(statement_paper(owed, cast.yun))["客户名称"] == owed.receiver_name
    assert facts(statement_paper(owed, cast.cai))["客户名称"] == mask_name(owed.receiver_name)


def test_a_statement_holds_the_lines_of_its_customer_month_and_type(cast):
    for month in (m.OCTOBER, date(2026, 9, 1)):
        m.make_bill(partner=cast.distributor, month=month)
    customer = resale(cast)
    owed, line = m.make_owed(customer=customer), m.make_line(customer=customer)
    m.make_line(customer=resale(cast))
    m.make_line(customer=customer, month=date(2026, 9, 1), amount="7")
    products, _months = statement_paper(owed, cast.yun).tables
    assert list(products.rows) == [(line.service.name, "100.00")]
    assert products.total == ("合计", "100.00")


def test_fetching_a_statement_says_whose_name_was_shown(cast, sign_in):
    owed = m.make_owed(customer=resale(cast))
    for who, shown in ((cast.cai, False), (cast.yun, True), (cast.zong, True)):
        assert is_pdf(sign_in(who).post(f"/invoices/{owed.pk}/paper/"))
        line = Activity.objects.filter(verb="customer_bill.downloaded").latest("pk")
        assert (line.member, line.after["name_shown"]) == (who, shown)


def test_what_the_vendor_invoices_has_no_statement(cast, sign_in):
    owed = m.make_owed(customer=f.make_customer(manager=cast.jing))
    answer = sign_in(cast.cai).post(f"/invoices/{owed.pk}/paper/")
    assert answer.status_code == 409
    assert "只有伙伴开给代售或转售客户的账期有客户账单" in answer.content.decode()
    assert "paper/" not in sign_in(cast.cai).get(f"/invoices/{owed.pk}/").content.decode()


# ---- the sheet ----


def test_the_same_sheet_is_the_same_bytes_and_words_are_never_marks():
    rows = [(f"<b>产品</b> & {n}", "1.00") for n in range(90)]
    table = Table(head=("产品", "元"), rows=rows, widths=(3, 1))
    paper = Paper(title="<para>账单", tables=(table,), foot="</para>")
    assert paper.as_pdf() == paper.as_pdf()
    assert paper.as_pdf().count(b"/Type /Page\n") > 1
