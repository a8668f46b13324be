"""The drill: web, worker and PostgreSQL killed with -9 in the middle of batches of allocations.

A member asks for each batch over HTTP. Web is killed once while it is asked and once later, worker
and PostgreSQL once while it runs, at random moments. In the end each row is done once or
reported as not done, what was seen done is done, and the ledger is proved.
"""

import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random
from threading import Thread
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from billing.funds.models import Adjustment, CustomerFunds
from core.clock import now
from customers.models import Customer
from jobs.models import Job, JobRow
from ledger.models import Account, Transfer
from ledger.services import account_of, transfer
from ops.money import check_ledger
from org.models import Member

from . import database
from .client import Client
from .database import Say
from .inside.world import main_account, session_of
from .killing import Stack, asked, stack_of_its_own, wait_until
from .report import judged

CYCLES, ROWS = 20, 1_000
SHORT = 10  # rows for which there is no money: they must be reported
WORLD = 4_000  # customers; the largest of six partners has a third
VICTIMS = ("web", "worker", "postgres")


def run(*, cycles: int, say: Say) -> dict[str, Any]:
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(128 + signal.SIGTERM))  # ends its own
    say(_("建立演练用的服务与数据 …"))
    with stack_of_its_own() as stack, stack.entered():
        database.manage(stack.world, "migrate", "--skip-checks", "--verbosity=0")
        sizes = (f"--customers={WORLD}", "--partners=6", "--days=1", f"--seed={database.SEED}")
        database.manage(stack.world, "seed_world", *sizes)
        return drill(stack, *asked(_who_and_whom), cycles=cycles, say=say)


def _who_and_whom() -> tuple[Member, list[int]]:
    """The main account of the largest partner, and customers to whom it may give money."""
    by = main_account()
    customers = Customer.objects.associated().filter(partner_id=by.partner_id).order_by("pk")
    customers.update(association_type=Customer.Association.RESALE)
    return by, list(customers.values_list("pk", flat=True)[:ROWS])


def drill(
    stack: Stack,
    by: Member,
    customers: Sequence[int],
    *,
    cycles: int,
    say: Say,
    victims: Sequence[str] = VICTIMS,
) -> dict[str, Any]:
    """The cycles on a stack that has its database; web and worker are started here.

    Args:
        victims: who is killed while a batch runs. Web is killed while it is asked for, anyway.
    """
    rng, found, began = Random(database.SEED), Proof(), time.monotonic()
    client = stack.client(asked(lambda: session_of(by)))
    for name in ("web", "worker"):
        stack.start(name)
    stack.wait_for_web()
    for n in range(cycles):
        asked(lambda n=n: _give_money(by, len(customers) - SHORT, f"drill:{n}"))
        found += _cycle(stack, client, by, customers, victims, rng)
        say(_("第 %(n)s 轮：%(found)s") % {"n": n + 1, "found": found})
    result = check_ledger(at=now())
    told = {
        "cycles": cycles,
        "killed": dict(stack.killed),
        **vars(found),
        "findings": len(result.findings),
        "broken": result.broken,
        "seconds": round(time.monotonic() - began),
    }
    never = ("<=", 0)
    return judged(told, lost=never, doubled=never, unsaid=never, findings=never)


def _give_money(by: Member, amount: int, key: str) -> None:
    """So that the partner has this much."""
    account = account_of(by.partner_id, Account.Kind.CASH)
    if (lacks := amount - account.balance) > 0:
        vendor = account_of(None, Account.Kind.VENDOR).pk
        transfer(vendor, account.pk, lacks, kind=Transfer.Kind.RECHARGE, key=key, at=now())


# ---- one cycle ----


def _cycle(
    stack: Stack,
    client: Client,
    by: Member,
    customers: Sequence[int],
    victims: Sequence[str],
    rng: Random,
) -> "Proof":
    before = asked(_last_transfer)
    job_id = _ask(stack, client, by, customers, rng)
    seen: dict[int, datetime] = {}
    moments = sorted(rng.sample(range(1, len(customers) - SHORT), len(victims)))
    for moment, victim in zip(moments, rng.sample(victims, len(victims)), strict=True):
        wait_until(lambda moment=moment: len(_done(job_id)) >= moment, stack.wake)
        seen |= _done(job_id)
        stack.kill(victim)
        stack.start(victim)
    wait_until(lambda: asked(lambda: _is_told(job_id)), stack.wake)
    stack.wait_for_web()
    page = client.get(reverse("jobs:batch", args=[job_id]))
    proof: Proof = asked(lambda: _prove(job_id, before, seen))
    if page.status != 200 or f"{proof.done:,}" not in page.body.decode():
        raise RuntimeError(f"the batch's page answers {page.status} and does not say {proof}")
    return proof


def _ask(stack: Stack, client: Client, by: Member, customers: Sequence[int], rng: Random) -> int:
    """Preview, confirm; web dies about then, and who got no answer sends the form again."""
    address = reverse("jobs:ask_batch")
    fields = {
        "key": "customers",
        "path": reverse("customers:customer_list"),
        "action": "allocate",
        "also": ",".join(map(str, customers)),
        "amount": "1",
        "money": "cash",
        "memo": "",
    }
    preview = client.post(address, fields | {"step": "preview"})
    text = preview.body.decode()
    sealed = {
        name: found[1]
        for name in ("seen", "token")
        if (found := re.search(rf'name="{name}" value="([^"]+)"', text))
    }
    confirm = fields | sealed | {"step": "confirm"}
    first = Thread(target=_send, args=(client, address, confirm))
    first.start()
    time.sleep(rng.uniform(0, 2 * preview.seconds))
    stack.kill("web")
    first.join()
    stack.start("web")
    stack.wait_for_web()
    answer = client.post(address, confirm)
    if answer.status != 302:
        raise RuntimeError(f"confirming answered {answer.status}")
    (pk,) = asked(
        lambda: list(
            Job.objects.filter(member=by, token=sealed["token"]).values_list("pk", flat=True)
        )
    )
    return pk


def _send(client: Client, address: str, fields: dict[str, str]) -> None:
    with suppress(OSError):  # it died
        client.post(address, fields)


def _done(job_id: int) -> dict[int, datetime]:
    """When each row was done: one that is lost and done again has another instant."""
    rows = JobRow.objects.done().filter(job=job_id)
    return asked(lambda: dict(rows.values_list("subject_id", "at")))


def _is_told(job_id: int) -> bool:
    return Job.objects.filter(pk=job_id, told_at__isnull=False).exists()


def _last_transfer() -> int:
    return Transfer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


# ---- what became of it ----


@dataclass
class Proof:
    """What became of the rows.

    `lost`: done without their money, or seen done and not done any more, or done anew since.
    `unsaid`: neither done nor reported, or reported although money moved.
    """

    rows: int = 0
    done: int = 0
    reported: int = 0
    lost: int = 0
    doubled: int = 0
    unsaid: int = 0
    attempts: Counter[int] = field(default_factory=Counter)

    def __iadd__(self, other: "Proof") -> "Proof":
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)
        return self

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in vars(self).items())


def _prove(job_id: int, before: int, seen: Mapping[int, datetime]) -> Proof:
    """The rows beside all money that was given since `before`, whatever its key."""
    job = Job.objects.get(pk=job_id)
    outcomes = {
        subject: (outcome, reason or job.reason)
        for subject, outcome, reason in job.items.values_list("subject_id", "outcome", "reason")
    }
    done = dict(job.items.done().values_list("subject_id", "at"))
    given = Counter[int]()
    moved = Transfer.objects.filter(pk__gt=before, kind=Transfer.Kind.ALLOCATE)
    owners = dict(CustomerFunds.objects.values_list("account_id", "customer_id"))
    for account, amount in moved.values_list("target_id", "amount"):
        given[owners[account]] += 1 if amount == Decimal(1) else 2
    recorded = Adjustment.objects.filter(transfer__in=moved).values_list("customer_id", flat=True)
    said = {pk for pk, (outcome, reason) in outcomes.items() if outcome != "done" and reason}
    return Proof(
        rows=len(outcomes),
        done=len(done),
        reported=len(said),
        lost=len(done.keys() - given.keys()) + len(seen.items() - done.items()),
        doubled=sum(given.values()) - len(given) + len(recorded) - len(set(recorded)),
        unsaid=len(outcomes) - len(done) - len(said) + len(given.keys() - done.keys()),
        attempts=Counter({job.attempts: 1}),
    )
