"""批量拨款: the same amount to each customer, and taken back by 撤销 (§11.2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import formats, request_context
from core.access import Decision
from core.lists import BulkAction
from core.lists.bulk import Change
from core.masking import mask_name
from core.refusals import NotAllowed, Refused
from customers.bulk import load_held
from customers.models import Customer
from jobs.models import Job, JobRow
from ledger.models import Account
from org.models import Member

from .accounts import partner_account
from .forms import AdjustForm
from .services import Type, Wish, adjust_customer, decide_adjust
from .warning import tell_if_still_low


class AllocateToCustomers(BulkAction):
    key = "allocate"
    label = _l("批量拨款")
    help = _l("给每个选中的代售客户拨相同的金额；余额不足时，其余客户不拨款并说明原因。")
    sensitive = True

    def decide(self, by: Member) -> Decision:
        return decide_adjust(by, Type.ALLOCATE)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        form = AdjustForm(data)
        form.fields["amount"].label = _("每个客户的金额（元）")
        available = [
            _("%(account)s可用 %(amount)s 元")
            % {"account": account.get_kind_display(), "amount": formats.money(account.available)}
            for account in (partner_account(by.partner_id, money) for money in _MONEY)
        ]
        form.fields["money"].help_text = _("；").join(available)
        return form

    def values(self, form: forms.Form) -> Wish:
        assert isinstance(form, AdjustForm)
        return form.wish()

    def said(self, wish: Wish) -> str:
        words = {"amount": formats.money(wish.amount), "account": Account.Kind(wish.money).label}
        return _("从%(account)s向每个客户拨款 %(amount)s 元") % words

    def load(self, pks: Sequence[int], *, by: Member) -> QuerySet[Customer]:
        found = Customer.objects.visible_to(by).filter(pk__in=pks)
        return found.only("association_type", "disassociated_at")

    def check(self, customer: Customer, wish: Wish, *, by: Member, at: datetime) -> None:
        decision = decide_adjust(by, Type.ALLOCATE, customer)
        if not decide_adjust(by, Type.ALLOCATE):
            raise NotAllowed(decision)
        if not decision:  # the customer is of another kind: left as it is
            raise Refused(str(decision))

    def do(self, pk: int, wish: Wish, *, by: Member, at: datetime) -> Change:
        customer = load_held(pk, by)
        self.check(customer, wish, by=by, at=at)
        key = f"allocate:{_batch()}:{pk}"
        made = adjust_customer(*(customer, Type.ALLOCATE, wish), key=key, by=by, at=at, tell=False)
        return Change({}, {"amount": str(made.amount), "money": wish.money})

    def undo(self, pk: int, done: JobRow, *, by: Member, at: datetime) -> Change:
        """What was given goes back to the account it came from, if the customer still has it."""
        amount, money = Decimal(done.after["amount"]), done.after["money"]
        wish = Wish(amount, money, memo=_("撤销批量拨款"))
        key = f"reclaim:{_batch()}:{pk}"
        made = adjust_customer(
            *(load_held(pk, by), Type.RECLAIM, wish), key=key, by=by, at=at, tell=False
        )
        return Change({"amount": str(made.amount)}, {})

    def names(self, pks: Sequence[int], *, by: Member) -> Mapping[int, str]:
        found = self.load(pks, by=by).values_list("pk", "name", "number")
        return {pk: f"{mask_name(name)} {number}" for pk, name, number in found}

    def tell(self, job: Job, rows: QuerySet[JobRow], *, at: datetime) -> None:
        tell_if_still_low(partner_account(job.partner_id), at=at)


_MONEY = (Account.Kind.CASH, Account.Kind.CREDIT)


def _batch() -> str:
    """The batch that runs: each has its own keys (jobs/bulk.py)."""
    context = request_context.current()
    assert context
    return context.request_id
