"""结算记录 between distributor and reseller, and 线下合同 to look up."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from activity.models import Notification
from billing.invoices.agreements import Contract, Settlement
from billing.invoices.services import contracts
from billing.invoices.services.settlements import (
    answer_settlement,
    record_settlement,
    withdraw_settlement,
)
from core import tenancy
from core.refusals import InvalidTransition, NotAllowed, Refused
from tests import factories as f
from tests import money as m
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PAID = {"month": date(2026, 10, 1), "kind": "payment", "amount": Decimal("80.00"), "number": "P1"}


def recorded(cast, by=None):
    reseller = cast.reseller.pk if by == cast.zong else None
    return record_settlement(reseller_id=reseller, **PAID, by=by or cast.yun, at=NOW)


@pytest.mark.parametrize(("recorder", "other"), [("yun", "zong"), ("zong", "yun")])
def test_either_side_records_and_the_other_agrees(cast, recorder, other):
    recorder, other = getattr(cast, recorder), getattr(cast, other)
    settlement = recorded(cast, recorder)
    assert (settlement.partner, settlement.reseller) == (cast.distributor, cast.reseller)
    with pytest.raises(Refused, match="由对方确认"):
        answer_settlement(settlement, agreed=True, by=recorder, at=NOW)
    assert answer_settlement(settlement, agreed=True, by=other, at=NOW).state == "agreed"
    with pytest.raises(InvalidTransition):
        withdraw_settlement(settlement, by=recorder, at=NOW)


def test_an_objection_has_a_reason_and_reaches_the_other_side(cast):
    settlement = recorded(cast)
    with pytest.raises(Refused, match="异议原因"):
        answer_settlement(settlement, agreed=False, by=cast.zong, at=NOW)
    answer_settlement(settlement, agreed=False, objection="金额不符", by=cast.zong, at=NOW)
    told = Notification.objects.filter(kind="settlement.disputed")
    assert {n.member for n in told} == {cast.yun, cast.cai}


def test_what_nobody_answered_is_withdrawn_by_who_recorded_it(cast):
    settlement = recorded(cast)
    with pytest.raises(Refused, match="登记方"):
        withdraw_settlement(settlement, by=cast.zong, at=NOW)
    assert withdraw_settlement(settlement, by=cast.yun, at=NOW).state == "withdrawn"


def test_a_reseller_works_within_its_walls(cast):
    """As the request does: its distributor's name, record and members are not its rows."""
    with tenancy.tenant(cast.reseller.pk, user_id=cast.yun.user_id):
        recorded(cast)
    assert Settlement.objects.get().partner_name == "华南总代"
    assert Notification.objects.get(kind="settlement.recorded").member == cast.zong
    with tenancy.tenant(cast.stranger.pk):
        assert not Settlement.objects.exists()


def test_partners_without_resellers_settle_with_nobody(cast):
    alone = f.make_member(partner=f.make_partner(), role="partner_admin")
    with pytest.raises(NotAllowed):
        record_settlement(**PAID, by=alone, at=NOW)
    with pytest.raises(Refused, match="不是您的结算对方"):
        record_settlement(reseller_id=cast.stranger.pk, **PAID, by=cast.zong, at=NOW)


def test_who_recorded_never_agrees(cast):
    settlement = m.make_settlement(reseller=cast.reseller, by=cast.yun)
    own = {"state": "agreed", "answerer": cast.reseller, "answered_at": NOW}
    with pytest.raises(IntegrityError, match="answered_by_the_other"), transaction.atomic():
        Settlement.objects.filter(pk=settlement.pk).update(**own)


# ---- contracts ----


def contract(cast, **fields):
    said = {
        "partner": cast.reseller,
        "number": "HT-2026-001",
        "name": "代售框架协议",
        "signed_on": date(2026, 1, 1),
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        "amount": None,
    }
    return contracts.create_contract(**said | fields, by=cast.yunying, at=NOW)


def test_a_contracts_code_is_its_own(cast):
    contract(cast)
    with pytest.raises(Refused, match="已有合同编码"):
        contract(cast)
    with pytest.raises(Refused, match="早于"):
        contract(cast, number="HT-2", ends_on=date(2025, 1, 1))


def test_a_contract_is_found_by_its_whole_code_and_by_its_partner_only(cast, sign_in):
    contract(cast)
    page = sign_in(cast.cai).get("/invoices/contracts/", {"number": " ht-2026-001 "})
    assert "没有编码相符的合同" in page.content.decode()
    page = sign_in(cast.cai).get("/invoices/contracts/", {"number": " HT-2026-001 "})
    assert "代售框架协议" in page.content.decode()
    page = sign_in(cast.pang).get("/invoices/contracts/", {"number": "HT-2026-001"})
    assert "代售框架协议" not in page.content.decode()
    assert Contract.objects.count() == 1
