"""The desk's buttons of a partner's accounts: 充值, 调账, 信用额度."""

from decimal import Decimal
from uuid import uuid4

import pytest

from activity.models import Activity, Notification
from ledger.models import Account, Transfer
from ledger.services import account_of
from tests.factories import make_money

pytestmark = pytest.mark.django_db


@pytest.fixture
def cash(cast):
    return make_money(cast.reseller, 1000)


@pytest.fixture
def credit(cast):
    return account_of(cast.reseller.pk, Account.Kind.CREDIT)


def press(client, account, button, **sent):
    return client.post(f"/admin/ledger/account/{account.pk}/do/{button}/", sent)


def recharge(amount="500", **more):
    return {"amount": amount, "memo": "银行流水 001", "token": str(uuid4())} | more


def has(account) -> Decimal:
    account.refresh_from_db()
    return account.balance


def lines(verb):
    return list(Activity.objects.filter(verb=verb))


# ---- 充值 ----


def test_a_recharge_is_there_at_once_recorded_and_told_to_who_keeps_the_money(cast, proven, cash):
    answer = press(proven(cast.yunying), cash, "recharge", **recharge("500.50"))
    assert answer.status_code == 302 and has(cash) == Decimal("1500.50")
    [line] = lines("funds.recharged")
    assert (line.user, line.partner) == (cast.yunying, cast.reseller)
    assert line.after == {"amount": "500.50", "money": "cash", "reason": "银行流水 001"}
    told = Notification.objects.filter(kind="funds.changed")
    assert {notice.member for notice in told} >= {cast.yun, cast.cai}
    assert cast.jing not in {notice.member for notice in told}


def test_a_recharge_pressed_twice_is_one(cast, proven, cash):
    sent = recharge()
    for _press in range(2):
        assert press(proven(cast.yunying), cash, "recharge", **sent).status_code == 302
    assert has(cash) == 1500
    assert len(lines("funds.recharged")) == 1
    assert Notification.objects.filter(kind="funds.changed", member=cast.cai).count() == 1


def test_the_same_form_with_another_amount_is_refused(cast, proven, cash):
    sent = recharge()
    press(proven(cast.yunying), cash, "recharge", **sent)
    answer = press(proven(cast.yunying), cash, "recharge", **(sent | {"amount": "600"}))
    assert answer.status_code in (200, 409) and has(cash) == 1500


@pytest.mark.parametrize(
    "amount", ["0", "-5", "1.005", "abc", "", "NaN", "1e9", "99999999999999999"]
)
@pytest.mark.parametrize("button", ["recharge", "adjust"])
def test_an_amount_is_more_than_nothing_with_two_places_at_most(cast, proven, cash, button, amount):
    answer = press(proven(cast.yunying), cash, button, **recharge(amount, way="up"))
    assert answer.status_code == 200 and "errorlist" in answer.content.decode()
    assert has(cash) == 1000


def test_a_reason_must_be_given(cast, proven, cash):
    for button in ("recharge", "adjust"):
        press(proven(cast.yunying), cash, button, **recharge(memo="", way="up"))
    assert has(cash) == 1000


# ---- 调账 ----


def test_a_correction_goes_up_or_down_and_keeps_what_was(cast, proven, cash):
    for way, amount, left in (("up", "20", 1020), ("down", "70.50", Decimal("949.50"))):
        press(proven(cast.yunying), cash, "adjust", **recharge(amount, way=way))
        assert has(cash) == left
    assert [line.after["amount"] for line in lines("funds.adjusted")] == ["20.00", "-70.50"]
    assert Transfer.objects.filter(kind=Transfer.Kind.ADJUST).count() == 2


def test_a_correction_takes_no_more_than_there_is(cast, proven, cash):
    answer = press(proven(cast.yunying), cash, "adjust", **recharge("1000.01", way="down"))
    assert answer.status_code == 200 and "1,000.00" in answer.content.decode()
    assert has(cash) == 1000 and not lines("funds.adjusted")


def test_a_correction_pressed_twice_is_one(cast, proven, cash):
    sent = recharge("100", way="down")
    for _press in range(2):
        press(proven(cast.yunying), cash, "adjust", **sent)
    assert has(cash) == 900 and len(lines("funds.adjusted")) == 1


# ---- 信用额度 ----


def test_a_credit_limit_is_how_far_the_account_goes_below_zero(cast, proven, credit):
    press(proven(cast.yunying), credit, "set_limit", limit="5000")
    credit.refresh_from_db()
    assert (credit.floor, credit.available) == (-5000, 5000)
    [line] = lines("funds.credit_limit_set")
    assert (line.before, line.after) == ({"limit": "0"}, {"limit": "5000.00"})


def test_the_same_limit_again_changes_and_records_nothing(cast, proven, credit):
    for _press in range(2):
        press(proven(cast.yunying), credit, "set_limit", limit="5000")
    assert len(lines("funds.credit_limit_set")) == 1


def test_a_limit_is_never_below_what_is_used(cast, proven, credit):
    Account.objects.filter(pk=credit.pk).update(floor=-500)
    press(proven(cast.yunying), credit, "adjust", **recharge("300", way="down"))
    answer = press(proven(cast.yunying), credit, "set_limit", limit="299.99")
    assert "300.00" in answer.content.decode()
    credit.refresh_from_db()
    assert credit.floor == -500
    press(proven(cast.yunying), credit, "set_limit", limit="300")
    credit.refresh_from_db()
    assert credit.floor == -300


def test_only_a_credit_account_has_a_limit(cast, proven, cash):
    answer = press(proven(cast.yunying), cash, "set_limit", limit="5")
    assert answer.status_code in (302, 409) and not lines("funds.credit_limit_set")


# ---- who ----


@pytest.mark.parametrize("button", ["recharge", "adjust", "set_limit"])
@pytest.mark.parametrize("who", ["shenji", "shen"])
def test_auditors_and_reviewers_look_and_press_nothing(cast, proven, cash, credit, button, who):
    account = credit if button == "set_limit" else cash
    client = proven(getattr(cast, who))
    page = client.get(f"/admin/ledger/account/{account.pk}/change/").content.decode()
    assert f"do/{button}/" not in page
    answer = press(client, account, button, **recharge(way="up", limit="5"))
    assert answer.status_code == 403 and has(account) == (0 if account == credit else 1000)


@pytest.mark.parametrize("button", ["recharge", "adjust", "set_limit"])
def test_each_asks_for_the_second_factor_again(cast, sign_in, cash, credit, button):
    account = credit if button == "set_limit" else cash
    answer = press(sign_in(cast.yunying), account, button, **recharge(way="up", limit="5"))
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"]
    assert has(account) == (0 if account == credit else 1000)
