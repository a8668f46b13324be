"""线上合同: a 付款协议 that a partner makes itself (sales_pipeline.md §6.5)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, transaction

from activity.models import Activity
from billing.contracts import rules
from billing.contracts.models import PaymentAgreement
from billing.contracts.services import Terms, make_agreement
from core import tenancy
from core.refusals import NotAllowed, Refused
from partnercenter.exports import list_at
from tests import money as m
from tests.factories import NOW

pytestmark = pytest.mark.django_db
TERMS = Terms(amount=Decimal("1280.00"), pays_on=date(2026, 11, 1), purpose="10 月云服务费")
FILLED = {"amount": "1280.00", "pays_on": "2026-11-01", "purpose": "10 月云服务费"}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def verified(cast):
    """The reseller, its real name verified."""
    cast.reseller.credit_code = "91440300MA5EXAMPL1"
    cast.reseller.save()
    for member in (cast.yun, cast.cai, cast.jing):
        member.partner.refresh_from_db()
    return cast


def html(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


# ---- the words ----


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1280", "壹仟贰佰捌拾元整"),
        ("1002.50", "壹仟零贰元伍角整"),
        ("10500", "壹万零伍佰元整"),
        ("1200000", "壹佰贰拾万元整"),
        ("100000001.05", "壹亿零壹元零伍分"),
        ("9999999999.99", "玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("0.05", "伍分"),
        ("0.30", "叁角整"),
    ],
)
def test_amounts_are_written_as_on_chinese_papers(amount, words):
    assert rules.in_capitals(Decimal(amount)) == words


def test_the_day_of_payment_may_lie_twelve_months_back():
    assert rules.earliest(date(2026, 11, 20)) == date(2025, 11, 20)
    assert rules.earliest(date(2028, 2, 29)) == date(2027, 2, 28)


# ---- making one ----


def test_who_fills_in_sees_a_preview_and_confirms(verified, sign_in):
    client = sign_in(verified.cai)
    assert "合同申请" in html(client.get("/contracts/"))
    token = str(uuid4())
    preview = html(client.post("/contracts/new/", FILLED | {"token": token}))
    assert "甲方（付款方）：云帆经销" in preview and "壹仟贰佰捌拾元整" in preview
    assert not PaymentAgreement.objects.exists()
    back = html(client.post("/contracts/new/", FILLED | {"token": token, "change": "1"}))
    assert 'value="1280.00"' in back
    answer = client.post("/contracts/new/", FILLED | {"token": token, "confirm": "1"})
    made = PaymentAgreement.objects.get()
    assert answer.url == f"/contracts/{made.pk}/"
    assert made.checksum in html(client.get(answer.url))
    [line] = Activity.objects.filter(verb="agreement.made")
    assert (line.member, line.after["contract"]) == (verified.cai, made.number)


def test_a_form_sent_twice_makes_one_agreement(verified, sign_in):
    sent = FILLED | {"token": str(uuid4()), "confirm": "1"}
    answers = [sign_in(verified.cai).post("/contracts/new/", sent) for _n in range(2)]
    assert answers[0].url == answers[1].url
    assert Activity.objects.filter(verb="agreement.made").count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": "0"}, "付款金额须大于 0"),
        ({"amount": "1.234"}, "2"),
        ({"pays_on": "2025-11-01"}, "最早为 12 个月前"),
        ({"purpose": " "}, "请填写款项用途"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(verified, sign_in, wrong, said):
    sent = FILLED | {"token": str(uuid4()), "confirm": "1"} | wrong
    page = html(sign_in(verified.cai).post("/contracts/new/", sent), status=422)
    assert said in page
    assert not PaymentAgreement.objects.exists()


def test_the_service_holds_the_same_rules(verified):
    for change in ({"amount": Decimal(0)}, {"pays_on": date(2025, 11, 1)}, {"purpose": ""}):
        with pytest.raises(Refused):
            make_agreement(replace(TERMS, **change), token=uuid4(), by=verified.cai, at=NOW)


def test_a_partner_without_verified_name_learns_what_to_do(cast, sign_in):
    cast.reseller.credit_code = None
    cast.reseller.save()
    cast.cai.partner.refresh_from_db()
    page = html(sign_in(cast.cai).get("/contracts/"))
    assert "贵公司尚未完成实名认证" in page and 'href="/contracts/new/"' not in page
    assert sign_in(cast.cai).get("/contracts/new/").status_code == 403
    with pytest.raises(NotAllowed):
        make_agreement(TERMS, token=uuid4(), by=cast.cai, at=NOW)


# ---- what is made ----


def test_what_is_downloaded_is_the_kept_file_and_recorded(verified, sign_in):
    made = make_agreement(TERMS, token=uuid4(), by=verified.cai, at=NOW)
    answer = sign_in(verified.yun).post(f"/contracts/{made.pk}/paper/")
    assert answer.content == bytes(made.document) and answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    [line] = Activity.objects.filter(verb="agreement.downloaded")
    assert line.after == {"contract": made.number}


def test_an_agreement_is_its_partners_alone(cast, sign_in):
    made = m.make_agreement(by=cast.yun)
    for who in (cast.pang, cast.zong):
        assert sign_in(who).get(f"/contracts/{made.pk}/").status_code == 404
        assert sign_in(who).post(f"/contracts/{made.pk}/paper/").status_code == 404
    assert sign_in(cast.jing).get("/contracts/").status_code == 403
    with tenancy.tenant(cast.stranger.pk):
        assert not PaymentAgreement.objects.exists()


def test_nobody_changes_an_agreement_and_its_checksum_is_its_own(cast):
    made = m.make_agreement(by=cast.yun)
    with tenancy.vendor(), pytest.raises(ProgrammingError), transaction.atomic():
        PaymentAgreement.objects.filter(pk=made.pk).update(amount=1)
    made.pk, made.number, made.token, made.checksum = None, "FK-2", uuid4(), "0" * 64
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save(force_insert=True)


def test_the_list_is_found_by_code_purpose_day_and_amount_and_can_be_a_file(cast, sign_in):
    m.make_agreement(by=cast.yun, purpose="九月", pays_on=date(2026, 9, 1))
    m.make_agreement(by=cast.yun, amount=Decimal("99"), number="FK-99")
    for query in ("number=FK-99", "purpose=九月", "pays_on_from=2026-10-01", "amount_max=100"):
        assert list_at("agreements", query, cast.cai).matching.count() == 1, query
    assert html(sign_in(cast.cai).get("/contracts/")).count("<tr id=") == 2


def test_both_kinds_of_contract_lead_to_each_other(cast, sign_in):
    for path in ("/contracts/", "/invoices/contracts/"):
        page = html(sign_in(cast.cai).get(path))
        assert 'href="/contracts/"' in page and 'href="/invoices/contracts/"' in page


def test_the_desk_looks_and_fetches_and_an_auditor_only_looks(cast, proven):
    made = m.make_agreement(by=cast.yun)
    path = f"/admin/billing/paymentagreement/{made.pk}/"
    for who in (cast.yunying, cast.shenji):
        assert made.checksum in html(proven(who).get(f"{path}change/"))
    assert proven(cast.shenji).post(f"{path}do/download/").status_code == 403
    answer = proven(cast.yunying).post(f"{path}do/download/")
    assert answer.content == bytes(made.document)
    assert Activity.objects.get(verb="agreement.downloaded").partner == cast.reseller


def test_another_partners_token_is_no_hindrance(cast):
    token = uuid4()
    for member in (cast.yun, cast.pang):
        member.partner.credit_code = f"91440300MA5EXAMP{member.pk % 100:02d}"
        make_agreement(TERMS, token=token, by=member, at=NOW)
