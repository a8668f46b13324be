"""What a seal says: the hash of its lines, and the hash that ties it to the seal before."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from django.db import connection
from django.db.models import Q

from activity.models import ActivitySeal
from core import tenancy

# Version of what is hashed. Sealed blocks keep theirs: a new column of the log, or another
# writing, is form 2 beside this one.
FORM = 1
# Every column of a line, as text that no setting changes; JSON keeps neighbours apart.
LINE = {
    "id": "a.id",
    "page": "a.page",
    "partner_id": "a.partner_id",
    "user_id": "a.user_id",
    "member_id": "a.member_id",
    "verb": "a.verb",
    "at": "(extract(epoch FROM a.at) * 1000000)::bigint",
    "subject_type": "a.subject_type",
    "subject_id": "a.subject_id",
    "customer_id": "a.customer_id",
    "before": "a.before",
    "after": "a.after",
    "request_id": "a.request_id",
    "address": "host(a.address)",
    "session": "a.session",
}
DIGEST = f"sha256(convert_to(jsonb_build_array({', '.join(LINE.values())})::text, 'UTF8'))"
LINES_HASH = "encode(sha256(string_agg(digest, ''::bytea ORDER BY id)), 'hex')"


@dataclass(frozen=True)
class Chain:
    """The log of one partner, or the vendor's own."""

    partner_id: int | None
    name: str

    @property
    def rows(self) -> Q:
        return Q(partner_id=self.partner_id) if self.partner_id else Q(partner_id__isnull=True)

    def of(self, alias: str) -> str:
        """The same in SQL; IS NOT DISTINCT FROM would use no index."""
        if self.partner_id is None:
            return f"{alias}.partner_id IS NULL"
        return f"{alias}.partner_id = {self.partner_id:d}"


def hash_of(seal: ActivitySeal) -> str:
    """The seal's own hash: everything it says, with its predecessor's hash."""
    said = [
        *(FORM, seal.previous_hash, seal.partner_id, seal.number, seal.after_page, seal.page),
        *(seal.first_id, seal.last_id, seal.count, _text(seal.last_at), seal.lines_hash),
        _text(seal.sealed_at),
    ]
    return sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


@contextmanager
def alone() -> Iterator[None]:
    """Sealing, proving and forgetting take turns; whoever writes lines waits for none of them."""
    with tenancy.vendor(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('activity.seals'))")
        yield


def sealed_page() -> int:
    """The last page that is sealed, in whichever chain; -1 before the first."""
    last = ActivitySeal.objects.order_by("-pk").values_list("page", flat=True).first()
    return -1 if last is None else last
