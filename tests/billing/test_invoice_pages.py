"""开票关系, 发票管理, 伙伴账单 and 结算记录 as their readers use them."""

from datetime import date
from io import StringIO

import pytest
import time_machine

from billing.invoices.agreements import Settlement
from billing.invoices.models import Invoice, InvoiceTitle, Obligation
from core.lists.csv import write_csv
from partnercenter.exports import list_at
from tests import factories as f
from tests import money as m
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client_of(cast, sign_in):
    return lambda name: sign_in(getattr(cast, name))


def resale(cast, **more):
    return f.make_customer(manager=cast.jing, association_type="resale", **more)


def html(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


# ---- 开票关系 ----


def test_the_page_says_who_owes_whom_and_where_it_stands(cast, client_of):
    m.make_owed(customer=resale(cast))
    m.make_owed(customer=f.make_customer(manager=cast.jing))
    page = html(client_of("cai").get("/invoices/"))
    assert "华南总代" in page and "未开票" in page  # the distributor issues
    assert "厂商" in page and "客户自行索取" in page
    assert html(client_of("cai").get("/invoices/?tab=to_customer")).count("<tr id=") == 1
    assert "100.00" in page


@pytest.mark.parametrize(("state", "rows"), [("open", 1), ("asked", 1), ("issued", 1)])
def test_obligations_are_found_by_where_they_stand(cast, client_of, state, rows):
    bills = [m.make_owed_bill(partner=cast.distributor, month=date(2026, n, 1)) for n in (8, 9, 10)]
    m.make_request(obligation=bills[0], by=cast.zong)
    m.make_request(obligation=bills[1], by=cast.zong, state="issued")
    m.make_owed(customer=f.make_customer(partner=cast.distributor))  # the vendor's, to him
    page = html(client_of("zong").get(f"/invoices/?state={state}"))
    assert page.count("<tr id=") == rows


def test_a_month_that_is_none_is_told(cast, client_of):
    assert "2026-10" in html(client_of("cai").get("/invoices/?month=2026-13"), 400)


def test_a_distributor_sees_what_it_issues_for_its_resellers(cast, client_of):
    customer = resale(cast)
    m.make_owed(customer=customer)
    assert customer.number not in html(client_of("zong").get("/invoices/"))
    page = html(client_of("zong").get("/invoices/resellers/"))
    assert customer.number in page and customer.name not in page
    html(client_of("cai").get("/invoices/resellers/"), 403)


def test_names_are_masked_until_revealed_which_is_recorded(cast, client_of):
    customer = resale(cast)
    m.make_owed(customer=customer)
    m.make_owed_bill(partner=cast.reseller)  # its own name is no secret to itself
    client = client_of("yun")
    page = html(client.get("/invoices/"))
    assert customer.name not in page and cast.reseller.name in page
    assert customer.name in html(client.post("/invoices/", {"reveal": "receiver"}))


def test_the_distributor_records_its_invoice_and_takes_it_back(cast, client_of):
    owed, client = m.make_owed(customer=resale(cast)), client_of("zong")
    assert "登记发票" in html(client.get(f"/invoices/{owed.pk}/"))
    sent = {"number": "2544200001", "issued_on": "2026-11-06", "medium": "digital"}
    sent["kind"] = "special"
    assert client.post(f"/invoices/{owed.pk}/record/", sent).status_code == 302
    invoice = Invoice.objects.get()
    page = html(client.get(f"/invoices/invoice/{invoice.pk}/"))
    assert "登记退票" in page and "2544200001" in page
    client.post(f"/invoices/invoice/{invoice.pk}/return/", {"reason": "税率有误"})
    invoice.refresh_from_db()
    assert invoice.state == "returned"
    assert "登记发票" in html(client.get(f"/invoices/{owed.pk}/"))


def test_a_number_that_is_none_is_said_beside_the_field(cast, client_of):
    owed = m.make_owed(customer=resale(cast))
    sent = {"number": "发票", "issued_on": "2026-11-06", "medium": "digital", "kind": "special"}
    page = html(client_of("zong").post(f"/invoices/{owed.pk}/record/", sent), 422)
    assert "发票号码为 6 至 40 位" in page


def test_the_reseller_reads_why_it_does_not_issue(cast, client_of):
    owed = m.make_owed(customer=resale(cast))
    page = html(client_of("cai").get(f"/invoices/{owed.pk}/?drawer=1"))
    assert "由 华南总代 开给客户" in page and "disabled" in page


def test_a_stranger_knows_of_nothing(cast, client_of):
    owed = m.make_owed(customer=resale(cast))
    html(client_of("pang").get(f"/invoices/{owed.pk}/"), 404)


def test_the_file_masks_customers_and_says_where_each_stands(cast):
    customer = resale(cast)
    m.make_own(obligation=m.make_owed(customer=customer))
    m.make_owed_bill(partner=cast.reseller)
    shown, out = list_at("obligations", "", cast.cai), StringIO()
    rows = shown.matching.order_by(*shown.order)
    write_csv(rows, shown.shown_columns, out, at=NOW, revealed=frozenset(), told=lambda rows: None)
    text = out.getvalue()
    assert customer.name not in text and customer.number in text and "已开票" in text
    assert cast.reseller.name in text and "厂商" in text


# ---- 发票管理 ----


def test_a_partner_asks_for_its_invoice_with_screens_alone(cast, client_of):
    bill, client = m.make_owed_bill(partner=cast.distributor), client_of("zong")
    assert "设置发票抬头" in html(client.get(f"/invoices/{bill.pk}/"))
    title = {"kind": "company", "name": "华南总代有限公司", "tax_number": "91440300ma5exampl1"}
    assert client.post("/invoices/title/", title).status_code == 302
    assert InvoiceTitle.objects.get().tax_number == "91440300MA5EXAMPL1"
    assert "提交申请" in html(client.get(f"/invoices/{bill.pk}/"))
    wanted = {"medium": "digital", "kind": "special", "mailbox": "fapiao@example.com"}
    answer = client.post(f"/invoices/{bill.pk}/request/", wanted | {"draft": "1"})
    invoice = Invoice.objects.get()
    assert answer.url == f"/invoices/invoice/{invoice.pk}/" and invoice.state == "draft"
    client.post(f"{answer.url}submit/", wanted)
    invoice.refresh_from_db()
    assert invoice.state == "reviewing"
    assert "待审核" in html(client.get("/invoices/requests/?tab=vendor"))
    client.post(f"{answer.url}withdraw/")
    assert "已撤销" in html(client.get("/invoices/requests/?tab=over"))


def test_paper_is_sent_to_an_address(cast, client_of):
    bill = m.make_owed_bill(partner=cast.distributor)
    m.make_title(by=cast.zong)
    wanted = {"medium": "paper", "kind": "special"}
    page = html(client_of("zong").post(f"/invoices/{bill.pk}/request/", wanted), 422)
    assert "请填写邮寄地址" in page


def test_a_paper_invoice_is_signed_for(cast, client_of):
    bill, client = m.make_owed_bill(partner=cast.distributor), client_of("zong")
    invoice = m.make_request(obligation=bill, by=cast.zong, state="to_sign", medium="paper")
    assert "签收" in html(client.get(f"/invoices/invoice/{invoice.pk}/?drawer=1"))
    client.post(f"/invoices/invoice/{invoice.pk}/sign/")
    invoice.refresh_from_db()
    assert invoice.state == "issued"


def test_who_only_looks_is_told_why(cast, client_of):
    role = cast.reseller.roles.create(code="custom-1", name="只看", permissions=["invoices.view"])
    looker = f.make_member(partner=cast.reseller, role=role.code)
    cast.looker = looker
    invoice = m.make_request(obligation=m.make_owed_bill(partner=cast.reseller), by=cast.cai)
    page = html(client_of("looker").get(f"/invoices/invoice/{invoice.pk}/"))
    assert "为什么" in page and "disabled" in page
    html(client_of("looker").post(f"/invoices/invoice/{invoice.pk}/withdraw/"), 403)


# ---- the vendor's desk ----


def press(client, invoice, name, **data):
    url = f"/admin/billing/invoice/{invoice.pk}/do/{name}/"
    return client.post(url, data)


def test_an_operator_accepts_and_issues_on_the_desk(cast, proven):
    bill = m.make_owed_bill(partner=cast.distributor)
    invoice = m.make_request(obligation=bill, by=cast.zong)
    client = proven(cast.yunying)
    assert press(client, invoice, "accept").status_code == 302
    sent = {"number": "044002600111", "issued_on": "2026-11-20"}
    assert press(client, invoice, "issue", **sent).status_code == 302
    invoice.refresh_from_db()
    assert (invoice.state, invoice.number) == ("issued", "044002600111")
    assert press(client, invoice, "accept").status_code == 409
    html(client.get(f"/admin/billing/invoice/{invoice.pk}/change/"))


def test_an_auditor_only_looks(cast, proven):
    invoice = m.make_request(obligation=m.make_owed_bill(partner=cast.reseller), by=cast.cai)
    client = proven(cast.shenji)
    html(client.get("/admin/billing/invoice/"))
    html(client.get(f"/admin/billing/invoice/{invoice.pk}/change/"))
    assert press(client, invoice, "accept").status_code == 403


def test_an_operator_bills_a_month_and_keeps_contracts(cast, proven):
    client = proven(cast.yunying)
    f.make_daily(customer=resale(cast), day=date(2026, 10, 5))
    assert client.post("/admin/billing/billrun/add/", {"month": "2026-10"}).status_code == 302
    assert Obligation.objects.filter(direction="to_partner").count() == 1
    said = {
        "partner": cast.reseller.pk,
        "number": "HT-9",
        "name": "框架协议",
        **dict.fromkeys(("signed_on", "starts_on"), "2026-01-01"),
        "ends_on": "2026-12-31",
    }
    assert client.post("/admin/billing/contract/add/", said).status_code == 302
    for page in ("billrun", "partnerbill", "obligation", "contract"):
        html(client.get(f"/admin/billing/{page}/"))


# ---- 伙伴账单 ----


def test_a_bill_is_shown_by_product_and_leads_to_its_lines(cast, client_of):
    bill = m.make_bill(partner=cast.distributor)
    m.make_owed_bill(partner=cast.distributor)
    line = m.make_line(customer=resale(cast))
    client = client_of("zong")
    assert "100.00" in html(client.get("/bills/"))
    page = html(client.get(f"/bills/{bill.pk}/"))
    assert line.service.name in page and "按客户查看" in page
    lines = html(client.get("/bills/lines/?month=2026-10"))
    assert line.customer_number in lines and cast.reseller.name in lines
    assert line.customer_number not in html(client_of("cai").get("/bills/lines/"))
    html(client_of("cai").get(f"/bills/{bill.pk}/"), 404)


# ---- 结算记录 ----


def test_both_sides_settle_with_screens_alone(cast, client_of):
    sent = {"month": "2026-10", "kind": "payment", "amount": "80.00"}
    reseller = client_of("yun")
    assert "reseller_id" not in html(reseller.get("/invoices/settlements/new/"))
    assert reseller.post("/invoices/settlements/new/", sent).status_code == 302
    settlement = Settlement.objects.get()
    detail = f"/invoices/settlements/{settlement.pk}/"
    assert "等待对方确认" in html(reseller.get(detail))
    distributor = client_of("zong")
    assert "80.00" in html(distributor.get("/invoices/settlements/"))
    assert "云帆经销" in html(distributor.get("/invoices/settlements/new/"))
    html(distributor.post(f"{detail}dispute/", {"reason": ""}), 422)
    assert distributor.post(f"{detail}agree/").status_code == 302
    assert "已确认" in html(client_of("yun").get(detail))
    html(client_of("pang").get(detail), 404)


def test_a_provider_has_nobody_to_settle_with(cast, sign_in):
    alone = f.make_member(partner=f.make_partner(), role="finance")
    client = sign_in(alone)
    assert "登记结算</a>" not in html(client.get("/invoices/settlements/"))
    html(client.get("/invoices/settlements/new/"), 403)
