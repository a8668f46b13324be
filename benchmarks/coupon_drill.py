"""The race for coupons while worker and PostgreSQL are killed with -9.

Clients issue, reclaim and use coupons of one quota, the worker reclaims batches of them. In the
end what was acknowledged is there, once, and every yuan is somewhere.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from core import tenancy
from core.clock import now
from coupons.bulk import ReclaimCoupons
from coupons.models import Coupon
from jobs.bulk import ask_batch
from jobs.models import Job
from org.models import Member

from . import database
from .coupons import CROWD, NEVER
from .database import Say
from .inside.issuing import MARK
from .inside.world import main_account
from .killing import Stack, asked, stack_of_its_own, wait_until
from .report import judged

WORLD, ROWS = 4_000, 100  # customers; coupons of a batch
PAUSE = (0.5, 3.0)  # seconds between one death and the next


def run(*, cycles: int, say: Say) -> dict[str, Any]:
    """Each cycle kills both once, at random moments."""
    say(_("建立演练用的服务与数据 …"))
    with stack_of_its_own() as stack, stack.entered():
        database.manage(stack.world, "migrate", "--skip-checks", "--verbosity=0")
        sizes = (f"--customers={WORLD}", "--partners=6", "--days=1", f"--seed={database.SEED}")
        database.manage(stack.world, "seed_world", *sizes)
        return drill(stack, cycles=cycles, say=say)


def drill(stack: Stack, *, cycles: int, say: Say, crowd: dict[str, int] = CROWD) -> dict[str, Any]:
    began, rng = time.monotonic(), Random(database.SEED)
    by = asked(main_account)
    stack.start("worker")
    with tempfile.TemporaryDirectory() as folder:
        stop = Path(folder) / "stop"
        race = _start(stack, crowd, stop)
        wait_until(lambda: race.poll() is not None or asked(_has_begun))
        for n in range(cycles):
            asked(lambda: _reclaim_some(by))
            wait_until(lambda: asked(_is_under_way), lambda: _nudge(stack))
            for victim in rng.sample(("worker", "postgres"), 2):
                time.sleep(rng.uniform(*PAUSE))
                stack.kill(victim)
                stack.start(victim)
            say(_("第 %(n)s 轮：%(found)s") % {"n": n + 1, "found": dict(stack.killed)})
        wait_until(lambda: asked(_all_told), lambda: _nudge(stack))
        stop.touch()
        out, _err = race.communicate()
    if race.returncode:
        raise RuntimeError("the race ended with an error")
    found = json.loads(out.splitlines()[-1])
    told = {"cycles": cycles, "killed": dict(stack.killed), **found, "batches": asked(_batches)}
    return judged(told | {"seconds": round(time.monotonic() - began)}, **NEVER)


def _start(stack: Stack, crowd: dict[str, int], stop: Path) -> "subprocess.Popen[str]":
    asked_for = json.dumps({**crowd, "stop": str(stop)})
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.inside", "race_coupons", asked_for],
        cwd=settings.BASE_DIR,
        env=stack.environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def _reclaim_some(by: Member) -> None:
    """A batch for the worker, over coupons that others are at."""
    with tenancy.tenant(by.partner_id, user_id=by.user_id):
        pks = Coupon.objects.visible_to(by).usable().order_by("-pk").values_list("pk", flat=True)
        if some := list(pks[:ROWS]):
            who = {"by": by, "at": now()}
            ask_batch(ReclaimCoupons(), some, QueryDict(), scope="", token=uuid4(), **who)


def _has_begun() -> bool:
    return Coupon.objects.filter(quota__remark=MARK).exists()


def _is_under_way() -> bool:
    last = Job.objects.latest("pk")
    return last.told_at is not None or last.items.exclude(outcome="waiting").exists()


def _nudge(stack: Stack) -> None:
    """What a supervisor and the timer do: a worker whose server died as it began starts again."""
    if stack.running["worker"].poll() is not None:
        stack.start("worker")
    stack.wake()


def _all_told() -> bool:
    return not Job.objects.filter(told_at=None).exists()


def _batches() -> dict[str, int]:
    rows = Job.objects.values_list("attempts", flat=True)
    return {"jobs": len(rows), "attempts": sum(rows)}
