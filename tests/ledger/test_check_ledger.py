"""check_ledger finds what was changed behind the ledger's back, and says so for operators."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from core import clock
from ledger.models import Account, Transfer
from ledger.services import open_accounts, transfer
from ops.checks.money import ledger_rows
from ops.money import check_ledger
from tests.factories import NOW, make_money, make_partner

# Each is done to one row, by who owns the database.
HOLES = {
    "account.balance": "UPDATE ledger_account SET balance = balance + 1 WHERE id = {account}",
    "transfer.balances ": "UPDATE ledger_transfer SET amount = amount + 1 WHERE id = {transfer}",
    "transfer.balances  ": "UPDATE ledger_entry SET amount = amount + 1, balance_after = "
    "balance_after + 1 WHERE transfer_id = {transfer} AND amount > 0",
    "entry.chain": "UPDATE ledger_entry SET balance_after = 7"
    " WHERE transfer_id = {transfer} AND amount > 0",
    "entry.at": "UPDATE ledger_entry SET at = at - interval '1 day'"
    " WHERE transfer_id = {transfer} AND amount > 0",
    "entry.not_negative": "UPDATE ledger_entry SET balance_after = -1"
    " WHERE transfer_id = {transfer} AND amount > 0",
    "transfer.balances": "DELETE FROM ledger_entry WHERE transfer_id = {transfer} AND amount > 0",
}


def make_history() -> tuple[int, int]:
    """(a customer's account, the transfer by which it got 10.00)."""
    cash = make_money(make_partner(), 100)
    (account,) = open_accounts(cash.partner_id, Account.Kind.ALLOCATION)
    moved = transfer(
        cash.pk, account, Decimal(10), kind=Transfer.Kind.TRANSFER, key="history", at=NOW
    )
    return account, moved.transfer


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_what_was_changed_behind_its_back_is_found():
    account, moved = make_history()
    assert not check_ledger(at=NOW).findings
    for key, hole in HOLES.items():
        with connections["owner"].cursor() as cursor:
            cursor.execute(hole.format(account=account, transfer=moved))
        found = {finding.check.key for finding in check_ledger(at=NOW).findings}
        assert key.strip() in found, key
    with pytest.raises(CommandError, match="不平的资金变动"):
        call_command("check_ledger")
    assert next(iter(ledger_rows(NOW))).level == "bad"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_ledger_that_is_right_is_said_to_be_and_any_past_moment_can_be_looked_at(capsys):
    make_history()
    call_command("check_ledger", "--as-of", "2026-11-19")
    assert "0 笔资金变动" in capsys.readouterr().out
    assert next(iter(ledger_rows(NOW))).says == "还没有核对过"
    call_command("check_ledger")
    assert "2 笔资金变动" in capsys.readouterr().out
    assert next(iter(ledger_rows(clock.now()))).level == "ok"
    (row,) = ledger_rows(clock.now() + timedelta(days=3))
    assert row.level == "warn"
