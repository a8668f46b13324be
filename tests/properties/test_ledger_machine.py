"""Money's life beside a plain model of it: topped up, allocated, reclaimed, spent, returned, lent;
some of it sent twice. After every step each account has what the model says.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from billing.funds import resellers, services, vendor
from billing.funds.models import Adjustment, CustomerFunds
from billing.funds.services import Type, Wish
from core.refusals import Refused
from ledger.models import Account, Entry, Transfer
from ledger.services import Insufficient, account_of, balance, transfer
from tests.conftest import make_cast
from tests.factories import NOW, make_customer, make_vendor_user

AMOUNTS = st.decimals("0.01", "90", places=2)
CUSTOMERS = st.integers(0, 2)
MONEY = st.sampled_from(["cash", "credit"])


class LedgerMachine(RuleBasedStateMachine):
    """A distributor, its reseller, three customers. `has`, `limit` and `returned` are the model."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.cast, self.operator = make_cast(), make_vendor_user()
        made = range(3)
        self.customers = [
            make_customer(partner=self.cast.reseller, association_type="resale") for _ in made
        ]
        self.has = {name: Decimal(0) for name in ("zong", "cash", "credit", 0, 1, 2)}
        self.limit = self.returned = Decimal(0)
        self.returns = self.steps = 0
        self.begin = Transfer.objects.count()
        self.moved = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def account(self, name) -> Account | int:
        if name == "zong":
            return account_of(self.cast.distributor.pk, Account.Kind.CASH)
        if name in ("cash", "credit"):
            return account_of(self.cast.reseller.pk, name)
        customer = self.customers[name]
        return services.customer_account(customer, at=NOW)

    def attempt(self, source, target, amount, call) -> None:
        """Done twice under one key; it moves money once, and only if there is enough."""
        self.steps += 1
        key, at = f"step:{self.steps}", NOW + timedelta(minutes=self.steps)
        floor = -self.limit if source == "credit" else Decimal(0)
        is_enough = source is None or self.has[source] - amount >= floor
        for _submit in range(2):
            try:
                call({"key": key, "at": at})
                assert is_enough
            except (Insufficient, Refused):
                assert not is_enough
        if is_enough:
            self.moved += 1
            for name, change in ((source, -amount), (target, amount)):
                if name is not None:
                    self.has[name] += change

    # ---- what happens ----

    @rule(whom=st.sampled_from(["zong", "cash"]), amount=AMOUNTS)
    def recharge(self, whom, amount):
        account = self.account(whom)
        self.attempt(
            None,
            whom,
            amount,
            lambda once: vendor.recharge(account, amount, memo="", by=self.operator, **once),
        )

    @rule(amount=AMOUNTS)
    def correct_down(self, amount):
        account = self.account("cash")
        self.attempt(
            "cash",
            None,
            amount,
            lambda once: vendor.adjust(account, -amount, memo="更正", by=self.operator, **once),
        )

    @rule(n=CUSTOMERS, amount=AMOUNTS, money=MONEY)
    def allocate(self, n, amount, money):
        wish, by = Wish(amount, money), self.cast.cai
        self.attempt(
            money,
            n,
            amount,
            lambda once: services.adjust_customer(
                self.customers[n], Type.ALLOCATE, wish, by=by, **once
            ),
        )

    @rule(n=CUSTOMERS, amount=AMOUNTS)
    def reclaim(self, n, amount):
        wish, by = Wish(amount), self.cast.cai
        self.attempt(
            n,
            "cash",
            amount,
            lambda once: services.adjust_customer(
                self.customers[n], Type.RECLAIM, wish, by=by, **once
            ),
        )

    @rule(n=CUSTOMERS, amount=AMOUNTS, back=st.booleans())
    def spend_or_refund(self, n, amount, back):
        account = self.account(n).pk
        sides = [account, account_of(None, Account.Kind.VENDOR).pk]
        kind = Transfer.Kind.REFUND if back else Transfer.Kind.CONSUME
        sides = sides[::-1] if back else sides
        names = (None, n) if back else (n, None)
        self.attempt(*names, amount, lambda once: transfer(*sides, amount, kind=kind, **once))

    @rule(n=CUSTOMERS)
    def leave(self, n):
        """Of what it has; one record, and none of nothing."""
        self.steps += 1
        for _submit in range(2):
            services.return_balance(
                self.customers[n], key=f"leave:{self.steps}", by=self.cast.yun, at=NOW
            )
        if self.has[n]:
            self.returns, self.moved = self.returns + 1, self.moved + 1
        self.has["cash"] += self.has[n]
        self.has[n] = Decimal(0)

    @rule(amount=AMOUNTS, back=st.booleans())
    def adjust_reseller(self, amount, back):
        wish = Wish(amount)
        names = ("cash", "zong") if back else ("zong", "cash")
        self.attempt(
            *names,
            amount,
            lambda once: resellers.adjust_reseller(
                self.cast.reseller,
                Type.RECLAIM if back else Type.ALLOCATE,
                wish,
                by=self.cast.zong,
                **once,
            ),
        )

    @rule(limit=st.sampled_from([0, 50, 200]))
    def lend(self, limit):
        credit = self.account("credit")
        try:
            vendor.set_credit_limit(credit, Decimal(limit), by=self.operator, at=NOW)
        except Refused:
            assert -self.has["credit"] > limit
        else:
            self.limit = Decimal(limit)

    # ---- what holds ----

    @invariant()
    def each_has_what_the_model_says(self):
        for name, amount in self.has.items():
            if name in ("zong", "cash", "credit"):
                assert balance(self.account(name)) == amount, name
        funds = CustomerFunds.objects.filter(customer__in=self.customers)
        for n, amount in funds.values_list("customer", "account__balance"):
            found = [customer.pk for customer in self.customers].index(n)
            assert amount == self.has[found]

    @invariant()
    def nothing_was_made_or_lost(self):
        assert Transfer.objects.count() - self.begin == self.moved
        amounts = Entry.objects.values_list("amount", flat=True)
        assert sum(amounts) == 0 and len(amounts) == 2 * Transfer.objects.count()
        assert Adjustment.objects.filter(type=Type.RETURN).count() == self.returns


@pytest.mark.slow
@pytest.mark.django_db
def test_every_account_has_what_the_model_says():
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )
