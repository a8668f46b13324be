"""What the vendor does to a partner's accounts: 充值, 调账, 信用额度."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from core import formats
from core.refusals import Refused
from ledger.models import Account, Transfer
from ledger.services import transfer
from org.models import Member, Partner, User
from org.permissions import FUNDS_VIEW

from .accounts import partner_account, vendor_account

OF_PARTNERS = (Account.Kind.CASH, Account.Kind.CREDIT)


@transaction.atomic
def open_account(partner: Partner, kind: str, *, by: User, at: datetime) -> Account:
    """开户 before the partner itself looks at it; what is open already is answered."""
    return partner_account(partner.pk, kind)


@transaction.atomic
def recharge(
    account: Account, amount: Decimal, *, memo: str, key: str, by: User, at: datetime
) -> None:
    """充值: the partner paid. Raises KeyTaken."""
    _move(account, amount, Transfer.Kind.RECHARGE, memo, key, by=by, at=at)


@transaction.atomic
def adjust(
    account: Account, amount: Decimal, *, memo: str, key: str, by: User, at: datetime
) -> None:
    """调账: a correction, up or down, with its reason. Raises Insufficient, KeyTaken."""
    _move(account, amount, Transfer.Kind.ADJUST, memo, key, by=by, at=at)


VERBS = {
    Transfer.Kind.RECHARGE: "funds.recharged",
    Transfer.Kind.ADJUST: "funds.adjusted",
}


def _move(
    account: Account,
    amount: Decimal,
    kind: Transfer.Kind,
    memo: str,
    key: str,
    *,
    by: User,
    at: datetime,
) -> None:
    partner = account.partner
    assert partner  # the vendor's own accounts are the other side
    sides = (vendor_account(), account.pk) if amount > 0 else (account.pk, vendor_account())
    moved = transfer(*sides, abs(amount), kind=kind, key=key, at=at, memo=memo)
    if moved.outcome == "again":
        return
    said = {"amount": str(amount), "money": account.kind, "reason": memo}
    record(VERBS[kind], partner, by=by, at=at, partner=partner, after=said)
    keepers = Member.objects.active().acting().holding(FUNDS_VIEW, partner_id=partner.pk)
    key = f"funds.changed:{moved.transfer}"
    notify(keepers, "funds.changed", key=key, at=at, amount=f"{amount:+,.2f}", memo=memo)


@transaction.atomic
def set_credit_limit(account: Account, limit: Decimal, *, by: User, at: datetime) -> None:
    """信用额度: how far below zero the credit account may go. Raises Refused."""
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.kind != Account.Kind.CREDIT:
        raise Refused(_("只有信用账户有信用额度。"))
    if -account.balance > limit:
        words = {"used": formats.money(-account.balance)}
        raise Refused(_("信用额度不能低于已使用的 %(used)s 元。") % words)
    if account.floor == -limit:
        return
    before, account.floor = -(account.floor or 0), -limit
    account.save(update_fields=["floor"])
    record(
        "funds.credit_limit_set",
        account.partner,
        by=by,
        at=at,
        partner_id=account.partner_id,
        before={"limit": str(before)},
        after={"limit": str(limit)},
    )
