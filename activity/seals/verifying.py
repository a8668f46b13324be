"""Proves that nothing in the log was changed, taken out or put in since it was sealed.

Whoever may write everything in the database may also write a whole new chain. Against that
helps what he does not have: a head that was kept elsewhere (`verify_activity --head`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from activity.models import Activity, ActivitySeal
from activity.retention import FEWEST_DAYS
from activity.services import record, tell_address
from core import formats, tenancy
from org.models import Partner, User, VendorRole

from .chain import DIGEST, LINES_HASH, Chain, alone, hash_of, sealed_page

# With each seal: how many lines it covers now, and their hash. Those before `since` are not read.
_SEALS = f"""
SELECT s.*, lines.found, lines.found_hash FROM activity_activityseal s
CROSS JOIN LATERAL (
    SELECT count(*) AS found, {LINES_HASH} AS found_hash FROM (
        SELECT a.id, {DIGEST} AS digest FROM activity_activity a
        WHERE {{chain_a}} AND a.page > s.after_page AND a.page <= s.page
            AND a.id BETWEEN s.first_id AND s.last_id
            AND s.removed_at IS NULL AND s.sealed_at >= %s
    ) read
) lines
WHERE {{chain_s}} ORDER BY s.number
"""
_OUTSIDE = """
SELECT a.id FROM activity_activity a
WHERE {chain_a} AND a.page <= %s AND NOT EXISTS (
    SELECT FROM activity_activityseal s
    WHERE {chain_s} AND s.removed_at IS NULL AND a.page > s.after_page AND a.page <= s.page
        AND a.id BETWEEN s.first_id AND s.last_id
) ORDER BY a.id LIMIT 1
"""
_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Verified:
    """What was read, and the first broken place in words; none, and the log is whole."""

    blocks: int = 0
    lines: int = 0
    broken: str = ""


class Broken(Exception):
    """The first broken place of a chain, in words."""


def verify(
    *, at: datetime, partner: Partner | None = None, since: datetime | None = None
) -> Verified:
    """校验: every link of the chains, and the lines of blocks sealed since then (or all).

    Args:
        partner: this partner's log only.
    """
    blocks = lines = 0
    with alone():
        page = sealed_page()
        for chain in _chains(partner):
            try:
                for seal in _links(chain, since or _EVER, at):
                    if seal.found:
                        blocks, lines = blocks + 1, lines + seal.found
                _nothing_beside(chain, page)
            except Broken as broken:
                said = _("%(whose)s：%(what)s") % {"whose": chain.name, "what": broken}
                return Verified(blocks, lines, said)
    return Verified(blocks, lines)


def _chains(partner: Partner | None = None) -> Iterator[Chain]:
    if partner:
        yield Chain(partner.pk, partner.name)
        return
    yield Chain(None, _("厂商的操作日志"))
    for pk, name in Partner.objects.order_by("pk").values_list("pk", "name"):
        yield Chain(pk, name)


def _links(chain: Chain, since: datetime, at: datetime) -> Iterator[Any]:
    """Every seal of the chain, proven against the one before and against its lines."""
    sql = _SEALS.replace("{chain_a}", chain.of("a")).replace("{chain_s}", chain.of("s"))
    before: Any = None
    for seal in ActivitySeal.objects.raw(sql, [since]):
        if wrong := _wrong_link(seal, before, at) or _wrong_lines(seal, since):
            where = _("第 %(n)d 块（记录 #%(first)d 至 #%(last)d，%(at)s 封存）：%(what)s")
            raise Broken(
                where
                % {
                    "n": seal.number,
                    "first": seal.first_id,
                    "last": seal.last_id,
                    "at": formats.instant(seal.sealed_at),
                    "what": wrong,
                }
            )
        yield seal
        before = seal


def _wrong_link(seal: ActivitySeal, before: ActivitySeal | None, at: datetime) -> str:
    if before is None and seal.number != 1 and not seal.removed_at:
        return _("之前的封存不见了")
    if before and (seal.number, seal.previous_hash) != (before.number + 1, before.hash):
        return _("与前一块不相接")
    if seal.hash != hash_of(seal):
        return _("封存本身被改动")
    if seal.removed_at and before:
        return _("不是第一块，却标为已清理")
    if seal.removed_at and seal.last_at >= at - timedelta(days=FEWEST_DAYS):
        return _("未满 %(n)d 天就被清理") % {"n": FEWEST_DAYS}
    return ""


def _wrong_lines(seal: Any, since: datetime) -> str:
    if seal.removed_at or seal.sealed_at < since:
        return ""
    if seal.found < seal.count:
        return _("少了 %(n)d 条记录") % {"n": seal.count - seal.found}
    if seal.found > seal.count:
        return _("多了 %(n)d 条记录") % {"n": seal.found - seal.count}
    return "" if seal.found_hash == seal.lines_hash else _("有记录被改动")


def _nothing_beside(chain: Chain, page: int) -> None:
    """On pages that are sealed stands no line that is in no block, and none is missing."""
    standing = ActivitySeal.objects.filter(chain.rows, removed_at__isnull=True)
    sealed = standing.aggregate(lines=Sum("count"))["lines"] or 0
    found = Activity.objects.filter(chain.rows, page__lte=page).count()
    if found == sealed:
        return
    sql = _OUTSIDE.replace("{chain_a}", chain.of("a")).replace("{chain_s}", chain.of("s"))
    if outside := next(iter(Activity.objects.raw(sql, [page])), None):
        raise Broken(_("记录 #%(id)d 是封存之后加进来的") % {"id": outside.pk})
    raise Broken(_("少了 %(n)d 条已封存的记录") % {"n": sealed - found})


# ---- kept elsewhere ----


@dataclass(frozen=True)
class Head:
    """The last seal of a chain: who keeps it elsewhere can prove all that came before."""

    partner_id: int
    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.partner_id}\t{self.number}\t{self.hash}"


def heads(partner: Partner | None = None) -> list[Head]:
    """The last seal of each chain; the vendor's own is that of partner 0."""
    with alone():
        last = ActivitySeal.objects.order_by("partner", "-number").distinct("partner")
        mine = last.filter(partner=partner) if partner else last
        return [Head(seal.partner_id or 0, seal.number, seal.hash) for seal in mine]


def read_heads(text: str) -> list[Head]:
    """What `str(head)` wrote, one a line."""
    rows = (line.split() for line in text.splitlines() if line.strip())
    return [Head(int(partner), int(number), kept) for partner, number, kept in rows]


def missing_heads(known: Iterable[Head]) -> Iterator[Head]:
    """Those kept heads that the chains hold no more: what came before them was rewritten."""
    with alone():
        for head in known:
            chain = Chain(head.partner_id or None, "")
            later = ActivitySeal.objects.filter(chain.rows, number__gte=head.number)
            first = later.order_by("number").first()
            # The anchor's predecessors went by age, so they can no longer be compared.
            removed = first and first.number > head.number and first.removed_at
            if not removed and not (first and first.hash == head.hash):
                yield head


# ---- what was found ----


def record_verification(result: Verified, *, at: datetime) -> None:
    """Into the vendor's own log, where `state` finds it; its auditors are told by e-mail."""
    after = {"blocks": result.blocks, "lines": result.lines, "broken": result.broken}
    with tenancy.vendor():
        record("log.verified", by=None, at=at, after=after)
        if result.broken:
            auditors = User.objects.filter(vendor_role=VendorRole.AUDITOR, is_active=True)
            for address in auditors.exclude(email=None).values_list("email", flat=True):
                tell_address(str(address), "log.broken", at=at, broken=result.broken)
