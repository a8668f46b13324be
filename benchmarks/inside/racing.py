"""One quota: many issue of it while others reclaim and use the same coupons."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, connection

from billing.models import Service
from billing.orders.models import Order
from core import tenancy
from core.clock import now
from core.refusals import Refused
from coupons.checking import check_coupons
from coupons.models import Coupon, CouponRecord, CouponUse, Quota
from coupons.rules import Wish
from coupons.services.issuing import Line, issue_coupons
from coupons.services.proving import figures_at
from coupons.services.reclaiming import reclaim_coupon
from coupons.services.using import hold_coupon, refund_coupon, release_coupon, use_coupon
from customers.models import Customer
from ops.money import check_ledger
from org.models import Member

from .issuing import grant
from .world import main_account

CUSTOMERS, GRANTED = 64, Decimal(10_000)
LATE = 300  # seconds that an act is tried while the server is away


@dataclass
class Race:
    """Who acts on what, and what was acknowledged."""

    by: Member
    quota: Quota
    customers: list[Customer]
    service: Service
    coupons: list[Coupon] = field(default_factory=list)
    issued: dict[UUID, int] = field(default_factory=dict)
    returned: list[int] = field(default_factory=list)  # coupons
    ended: dict[int, str] = field(default_factory=dict)  # uses, and how
    counts: Counter[str] = field(default_factory=Counter)

    # ---- what a client does, once ----

    def issue(self, rng: Random) -> None:
        face = Decimal(rng.randint(1, 5_000)) / 100
        lines = [
            Line(rng.choice(self.customers), Wish(face, self.quota.starts_at, self.quota.ends_at))
        ]
        token = uuid4()
        made = self._as_partner(
            lambda: issue_coupons(self.quota, lines, token=token, by=self.by, at=now())
        )
        if made and made[0].coupon:
            self.issued[token] = made[0].coupon_id
            self.coupons.append(made[0].coupon)
            self.counts["issued"] += 1

    def reclaim(self, rng: Random) -> None:
        if not (coupon := self._any(rng)):
            return
        if self._as_partner(lambda: reclaim_coupon(coupon, by=self.by, at=now())):
            self.returned.append(coupon.pk)
            self.counts["reclaimed"] += 1

    def use(self, rng: Random) -> None:
        """Hold, then use, sometimes refund; or release."""
        if not (coupon := self._any(rng)):
            return
        order = self._tried(lambda: self._order(coupon))
        amount = min(coupon.face, Decimal(rng.randint(1, 2_000)) / 100)
        self._tried(lambda: hold_coupon(coupon, order, amount, at=now()))
        use = self._tried(lambda: _use_of(order))
        if use is None:
            self.counts["not held"] += 1
            return
        if rng.random() < 0.3:
            self._tried(lambda: release_coupon(use, at=now()))
            self.ended[use.pk] = "released"
        else:
            self._tried(lambda: use_coupon(use, at=now()))
            self.ended[use.pk] = "used"
            if rng.random() < 0.5:
                self._tried(lambda: refund_coupon(use, at=now()))
                self.ended[use.pk] = "refunded"
        self.counts[self.ended[use.pk]] += 1

    def _any(self, rng: Random) -> Coupon | None:
        return rng.choice(self.coupons[-500:]) if self.coupons else None

    def _as_partner(self, act: Callable[[], Any]) -> Any:
        def call() -> Any:
            with tenancy.tenant(self.by.partner_id, user_id=self.by.user_id):
                return act()

        return self._tried(call)

    def _tried(self, act: Callable[[], Any]) -> Any:
        """None where it was refused. Who got no answer, because the server died, asks again."""
        deadline = time.monotonic() + LATE
        while True:
            try:
                return act()
            except Refused:
                return None
            except (OperationalError, InterfaceError) as error:
                self.counts[type(error.__cause__).__name__] += 1
                with suppress(Exception):
                    connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _order(self, coupon: Coupon) -> Order:
        with tenancy.vendor():
            return Order.objects.create(
                partner_id=coupon.partner_id,
                customer_id=coupon.customer_id,
                number=uuid4().hex,
                status=Order.Status.UNPAID,
                type=Order.Type.NEW,
                service=self.service,
                official_amount=Decimal(100),
                amount=Decimal(100),
                created_at=now(),
            )


def _use_of(order: Order) -> CouponUse | None:
    with tenancy.vendor():
        return CouponUse.objects.filter(order=order).first()


# ---- the race ----


def race_coupons(
    issuers: int, reclaimers: int, users: int, seconds: float = 0, stop: str = ""
) -> dict[str, Any]:
    """For so long, or until the file `stop` is there; then the proof."""
    race = _begin()
    connection.close()  # the server may die before it is asked again
    deadline = time.monotonic() + (seconds or 3_600)

    def client(act: Callable[[Random], None], seed: int) -> None:
        rng = Random(seed)
        while time.monotonic() < deadline and not (stop and Path(stop).exists()):
            act(rng)
        connection.close()

    acts = [race.issue] * issuers + [race.reclaim] * reclaimers + [race.use] * users
    clients = [Thread(target=client, args=(act, n)) for n, act in enumerate(acts)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return {"counts": dict(race.counts), **_prove(race)}


def _begin() -> Race:
    with tenancy.vendor():
        by = main_account()
        customers = Customer.objects.associated().filter(partner=by.partner_id).order_by("pk")
        service, _made = Service.objects.get_or_create(provider="bench", name="bench")
        return Race(by, grant(by, GRANTED), list(customers[:CUSTOMERS]), service)


_AFTER_ITS_END = """
SELECT count(*) FROM coupons_coupon c
JOIN ledger_transfer t ON t.key = 'coupon-reclaim:' || c.id
JOIN ledger_entry back ON back.transfer_id = t.id AND back.account_id = c.account_id
JOIN ledger_entry later ON later.account_id = c.account_id AND later.id > back.id
WHERE c.quota_id = %s
"""
_NEGATIVE = """
SELECT count(*) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
WHERE e.balance_after < 0 AND a.kind IN
    ('quota', 'coupon', 'coupon_held', 'coupon_used', 'coupon_lost')
"""


def _prove(race: Race) -> dict[str, Any]:
    """What was acknowledged is stored, once; and every yuan is somewhere."""
    at = now()
    with tenancy.vendor(), connection.cursor() as cursor:
        records = CouponRecord.objects.filter(quota=race.quota, type="issue", is_done=True)
        stored = list(records.values_list("token", "coupon_id"))
        uses = dict(CouponUse.objects.filter(pk__in=race.ended).values_list("pk", "state"))
        cursor.execute(_AFTER_ITS_END, [race.quota.pk])
        (after_its_end,) = cursor.fetchone()
        cursor.execute(_NEGATIVE)
        (negative,) = cursor.fetchone()
    (mine,) = [each for each in figures_at(at) if each.quota == race.quota.pk]
    lost = {*race.issued.items()} - {*stored}
    there = mine.available + mine.unused + mine.held + mine.used + mine.lost
    return {
        "coupons": len(stored),
        "lost": len(lost) + sum(uses.get(pk) != how for pk, how in race.ended.items()),
        "doubled": len(stored)
        - len({token for token, _coupon in stored})
        + len(race.returned)
        - len({*race.returned}),
        "deadlocks": race.counts["DeadlockDetected"],
        "value_made": str(there - mine.granted),
        "used_after_reclaim": after_its_end,
        "negative": negative,
        "findings": len(check_ledger(at=at).findings) + len(check_coupons(at=at).broken),
    }
