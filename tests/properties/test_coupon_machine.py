"""A coupon's life beside a plain model of it: issued, held, used, refunded, released, reclaimed,
expired; quotas given on, taken back, and at their end. After every step everything is where the
model says.
"""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core.refusals import Refused
from coupons.models import Coupon
from coupons.services.proving import figures_at
from coupons.services.quotas import Gift, give_quota, take_quota
from coupons.services.reclaiming import expire_coupons, reclaim_coupon
from coupons.services.using import hold_coupon, refund_coupon, release_coupon, use_coupon
from ledger.services import balance
from tests.conftest import make_cast
from tests.coupons.making import issue, make_quota
from tests.factories import NOW, make_customer, make_order

AMOUNTS = st.decimals("0.01", "60", places=2)
PICKS = st.integers(0, 50)


class CouponMachine(RuleBasedStateMachine):
    """A distributor's quota, what it gave its reseller, and their customers' coupons."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.cast, self.at = make_cast(), NOW
        self.quota = make_quota(self.cast.distributor, 300, days=60)
        self.end = NOW + timedelta(days=60)  # of what is given on, too
        self.customer = make_customer(partner=self.cast.distributor)
        self.theirs = make_customer(partner=self.cast.reseller)
        self.free = {self.quota.pk: Decimal(300)}
        self.given: list = []
        self.coupons: dict[int, dict] = {}  # left, state, ends, quota, by
        self.uses: list[dict] = []
        self.lost = {self.quota.pk: Decimal(0)}  # came back after the end

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def pick(self, rows, n):
        return rows[n % len(rows)] if rows else None

    def goes_home(self, quota_pk, amount):
        if self.at >= self.end:
            self.lost[quota_pk] += amount
            return
        parent = next((q.parent_id for q in self.given if q.pk == quota_pk and q.taken), None)
        self.free[parent or quota_pk] += amount

    @rule(amount=AMOUNTS, days=st.integers(1, 40), ours=st.booleans())
    def issue(self, amount, days, ours):
        quotas = [q for q in self.given if not q.taken]
        quota, by, to = (
            (self.quota, self.cast.zong, self.customer)
            if ours or not quotas
            else (quotas[-1], self.cast.yun, self.theirs)
        )
        ends = min(self.end, self.at + timedelta(days=days))
        try:
            (made,) = issue(quota, to, by=by, face=amount, at=self.at, ends_at=ends)
        except Refused:
            assert amount > self.free[quota.pk] or self.at >= ends
            return
        assert made.is_done
        self.free[quota.pk] -= amount
        self.coupons[made.coupon_id] = {
            "row": made.coupon,
            "left": amount,
            "state": "usable",
            "ends": ends,
            "quota": quota.pk,
            "by": by,
            "customer": to,
        }

    @rule(n=PICKS, amount=AMOUNTS)
    def hold(self, n, amount):
        it = self.pick(list(self.coupons.values()), n)
        if it is None:
            return
        order = make_order(customer=it["customer"], amount=Decimal(100))
        possible = it["state"] == "usable" and self.at < it["ends"] and amount <= it["left"]
        try:
            use = hold_coupon(it["row"], order, amount, at=self.at)
        except Refused:
            assert not possible
            return
        assert possible
        it["left"] -= amount
        self.uses.append({"row": use, "coupon": it, "amount": amount, "state": "held"})

    def _end(self, n, state, call):
        use = self.pick([u for u in self.uses if u["state"] == state], n)
        if use:
            call(use)

    @rule(n=PICKS)
    def pay(self, n):
        def call(use):
            use_coupon(use["row"], at=self.at)
            use["state"], use["at"] = "used", self.at
            it = use["coupon"]
            held = any(u["coupon"] is it and u["state"] == "held" for u in self.uses)
            if it["state"] == "usable" and not it["left"] and not held:
                it["state"] = "used"

        self._end(n, "held", call)

    def _back(self, use):
        it = use["coupon"]
        if it["state"] in ("usable", "used") and self.at < it["ends"]:
            it["left"] += use["amount"]
            it["state"] = "usable"
        else:
            self.goes_home(it["quota"], use["amount"])

    @rule(n=PICKS)
    def cancel(self, n):
        def call(use):
            release_coupon(use["row"], at=self.at)
            use["state"] = "released"
            self._back(use)

        self._end(n, "held", call)

    @rule(n=PICKS)
    def refund(self, n):
        def call(use):
            if refund_coupon(use["row"], at=self.at):
                assert self.at <= use["at"] + timedelta(days=5)
                use["state"] = "refunded"
                self._back(use)
            else:
                assert self.at > use["at"] + timedelta(days=5)

        self._end(n, "used", call)

    @rule(n=PICKS)
    def reclaim(self, n):
        it = self.pick(list(self.coupons.values()), n)
        if it is None:
            return
        held = any(u["coupon"] is it and u["state"] == "held" for u in self.uses)
        try:
            reclaim_coupon(it["row"], by=it["by"], at=self.at)
        except Refused:
            assert held or it["state"] != "usable"
            return
        self.goes_home(it["quota"], it["left"])
        it["left"], it["state"] = Decimal(0), "reclaimed"

    @rule(amount=AMOUNTS)
    def give(self, amount):
        gift = Gift((self.cast.reseller,), amount)
        try:
            (made,) = give_quota(self.quota, gift, token=uuid4(), by=self.cast.zong, at=self.at)
        except Refused:
            assert amount > self.free[self.quota.pk] or self.at >= self.end
            return
        made.given.taken = False
        self.given.append(made.given)
        self.free[self.quota.pk] -= amount
        self.free[made.given_id], self.lost[made.given_id] = amount, Decimal(0)

    @rule(n=PICKS)
    def take(self, n):
        quota = self.pick([q for q in self.given if not q.taken], n)
        if quota is None:
            return
        take_quota(quota, by=self.cast.zong, at=self.at)
        quota.taken = True
        self.free[self.quota.pk] += self.free[quota.pk]
        self.free[quota.pk] = Decimal(0)

    @rule(hours=st.one_of(st.integers(1, 60), st.just(24 * 30)))
    def wait(self, hours):
        self.at += timedelta(hours=hours)
        expire_coupons(at=self.at)
        for it in self.coupons.values():
            if it["state"] == "usable" and it["ends"] <= self.at:
                self.goes_home(it["quota"], it["left"])
                it["left"], it["state"] = Decimal(0), "expired"

    @invariant()
    def everything_is_where_the_model_says(self):
        states = dict(Coupon.objects.values_list("pk", "state"))
        for pk, it in self.coupons.items():
            assert (balance(it["row"].account_id), states[pk]) == (it["left"], it["state"])
        figures = figures_at(self.at)
        assert all(each.balances for each in figures), figures
        assert {each.quota: each.available + each.expired for each in figures} == self.free
        assert all(not each.available or self.at < self.end for each in figures)
        assert {each.quota: each.lost for each in figures} == self.lost


@pytest.mark.slow
@pytest.mark.django_db
def test_coupons_are_where_a_plain_model_has_them():
    run_state_machine_as_test(
        CouponMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )
