"""Proof: where all of a quota is, at any past moment; and the day's certificate over it.

    granted + taken back = given on + returned + available + unused + held + used + lost

Available is 已过期 once the quota's time is over; lost is what came back after that.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core import tenancy
from core.clock import start_of

from ..models import Certificate, Quota
from ..models.quotas import quota_number


@dataclass(frozen=True)
class Figures:
    """One quota's, in CNY."""

    quota: int
    kind: str
    granted: Decimal
    taken: Decimal  # back from resellers
    given: Decimal  # on to resellers
    returned: Decimal  # to the distributor
    available: Decimal
    unused: Decimal
    held: Decimal
    used: Decimal
    expired: Decimal
    lost: Decimal

    @property
    def number(self) -> str:
        return quota_number(self.quota)

    @property
    def issued(self) -> Decimal:
        return self.unused + self.held + self.used

    @property
    def balances(self) -> bool:
        came = self.granted + self.taken
        there = self.available + self.unused + self.held + self.used + self.expired + self.lost
        return came == self.given + self.returned + there


# Entries tell what was where at a moment; transfers, what crossed between quotas. What a coupon of
# a quota that was taken back returns goes to the quota above: out of the one, into the other.
_FIGURES = """
WITH q AS (
    SELECT * FROM coupons_quota WHERE created_at <= %(as_of)s
        AND (%(partner)s::bigint IS NULL OR partner_id = %(partner)s::bigint)
), own AS (
    SELECT q.id, e.account_id, sum(e.amount) AS amount
    FROM q JOIN ledger_entry e
        ON e.account_id IN (q.account_id, q.held_id, q.used_id, q.lost_id) AND e.at <= %(as_of)s
    GROUP BY 1, 2
), unused AS (
    SELECT c.quota_id AS id, sum(e.amount) AS amount
    FROM coupons_coupon c JOIN q ON q.id = c.quota_id
    JOIN ledger_entry e ON e.account_id = c.account_id AND e.at <= %(as_of)s
    GROUP BY 1
), crossed AS (
    SELECT child.id AS child, child.parent_id AS parent,
        sum(t.amount) FILTER (WHERE t.kind = 'give') AS given,
        sum(t.amount) FILTER (WHERE t.kind <> 'give') AS back
    FROM coupons_quota child JOIN coupons_quota above ON above.id = child.parent_id
    JOIN ledger_entry e ON e.account_id IN (above.account_id, above.lost_id) AND e.at <= %(as_of)s
    JOIN ledger_transfer t ON t.id = e.transfer_id
    LEFT JOIN coupons_coupon c ON c.account_id = t.source_id
    WHERE t.kind = 'give' AND t.target_id = child.account_id
        OR t.kind = 'take' AND t.source_id = child.account_id
        OR t.kind = 'coupon_reclaim' AND c.quota_id = child.id
        OR t.kind IN ('coupon_release', 'coupon_refund')
            AND t.source_id IN (child.held_id, child.used_id)
    GROUP BY 1, 2
)
SELECT q.id, q.kind,
    CASE WHEN q.parent_id IS NULL THEN q.value
        ELSE coalesce((SELECT given FROM crossed WHERE child = q.id), 0) END AS granted,
    coalesce((SELECT sum(back) FROM crossed WHERE parent = q.id), 0) AS taken,
    coalesce((SELECT sum(given) FROM crossed WHERE parent = q.id), 0) AS given,
    coalesce((SELECT back FROM crossed WHERE child = q.id), 0) AS returned,
    coalesce((SELECT amount FROM own WHERE id = q.id AND account_id = q.account_id), 0) AS rest,
    coalesce((SELECT amount FROM unused WHERE id = q.id), 0) AS unused,
    coalesce((SELECT amount FROM own WHERE id = q.id AND account_id = q.held_id), 0) AS held,
    coalesce((SELECT amount FROM own WHERE id = q.id AND account_id = q.used_id), 0) AS used,
    coalesce((SELECT amount FROM own WHERE id = q.id AND account_id = q.lost_id), 0) AS lost,
    q.ends_at <= %(as_of)s AS is_over
FROM q ORDER BY q.id
"""
_NOTHING = Decimal("0.00")


def figures_at(as_of: datetime, partner_id: int | None = None) -> list[Figures]:
    """Of every quota, or of a partner's."""
    with tenancy.vendor(), connection.cursor() as cursor:  # what crossed to other partners, too
        cursor.execute(_FIGURES, {"as_of": as_of, "partner": partner_id})
        rows = cursor.fetchall()
    return [_figures(*row) for row in rows]


def _figures(pk: int, kind: str, *amounts: Any) -> Figures:
    granted, taken, given, returned, rest, unused, held, used, lost, is_over = amounts
    return Figures(
        *(pk, kind, granted, taken, given, returned),
        available=_NOTHING if is_over else rest,
        unused=unused,
        held=held,
        used=used,
        expired=rest if is_over else _NOTHING,
        lost=lost,
    )


# ---- certificates ----


def digest_of(day: date, figures: Any, broken: str, previous: str) -> str:
    """Over everything a certificate says, and the one before it."""
    said = json.dumps(
        [day.isoformat(), figures, broken, previous], ensure_ascii=False, sort_keys=True
    )
    return hashlib.sha256(said.encode()).hexdigest()


def shown(figures: Sequence[Figures]) -> list[dict[str, Any]]:
    """As a certificate keeps them: amounts as text, to the last place."""
    return [
        {
            name: f"{value:.2f}" if isinstance(value, Decimal) else value
            for name, value in rows.items()
        }
        for rows in (asdict(each) for each in figures)
    ]


def certify_day(day: date, *, at: datetime) -> int:
    """The certificates of a day, one for each partner that has quotas; returns how many are new."""
    as_of = start_of(day + timedelta(days=1)) - timedelta(microseconds=1)
    made = 0
    with tenancy.vendor():
        partners = Quota.objects.filter(created_at__lte=as_of).order_by("partner")
        for partner in partners.values_list("partner", flat=True).distinct():
            made += _certify(partner, day, as_of, at=at)
    return made


def _certify(partner_id: int, day: date, as_of: datetime, *, at: datetime) -> bool:
    with connection.cursor() as cursor:  # two nights at once would fork the chain
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('coupons.certify'), %s)", [partner_id % 2**31]
        )
    last = Certificate.objects.filter(partner_id=partner_id).order_by("-day").first()
    if last and last.day >= day:
        return False
    found = figures_at(as_of, partner_id)
    # What does not balance today, and what the ledger tells otherwise of yesterday by now.
    wrong = [each.number for each in found if not each.balances]
    wrong += changed_since(last) if last else []
    rows, broken = shown(found), ", ".join(dict.fromkeys(wrong))[:500]
    previous = last.digest if last else ""
    Certificate.objects.create(
        partner_id=partner_id,
        day=day,
        figures=rows,
        broken=broken,
        previous=previous,
        digest=digest_of(day, rows, broken, previous),
        made_at=at,
    )
    return True


def broken_certificates(partner_id: int | None = None) -> list[tuple[Certificate, str]]:
    """Certificates whose past was changed, each with what does not fit; in the vendor's role.

    The chain shows a changed certificate; the entries of its day, a changed ledger.
    """
    rows = Certificate.objects.order_by("partner", "day")
    if partner_id:
        rows = rows.filter(partner=partner_id)
    wrong: list[tuple[Certificate, str]] = []
    before: dict[int, str] = {}
    for each in rows.iterator():
        reason = ""
        if each.previous != before.get(each.partner_id, ""):
            reason = str(_("与前一证书不相连"))
        elif each.digest != digest_of(each.day, each.figures, each.broken, each.previous):
            reason = str(_("内容与证书不符"))
        before[each.partner_id] = each.digest
        if reason:
            wrong.append((each, reason))
    return wrong


def changed_since(certificate: Certificate) -> list[str]:
    """The quotas whose figures of that day the ledger tells otherwise now."""
    as_of = start_of(certificate.day + timedelta(days=1)) - timedelta(microseconds=1)
    then = {row["quota"]: row for row in certificate.figures}
    now = {row["quota"]: row for row in shown(figures_at(as_of, certificate.partner_id))}
    differ = [pk for pk in sorted({*then, *now}) if _solid(then.get(pk)) != _solid(now.get(pk))]
    return [quota_number(pk) for pk in differ]


def _solid(row: dict[str, Any] | None) -> Any:
    """Without the split of the rest, which the quota's end decides and the vendor may move."""
    if row is None:
        return None
    rest = Decimal(row["available"]) + Decimal(row["expired"])
    return {**{k: v for k, v in row.items() if k not in ("available", "expired")}, "rest": rest}
