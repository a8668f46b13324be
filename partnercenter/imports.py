"""Which imports there are. A new kind is a class and a line here."""

from collections.abc import Mapping

from coupons.imports import WHITELISTS, CouponsByFile
from customers.imports.notes import CustomerNotes
from jobs.imports.kinds import ImportKind

KINDS: Mapping[str, ImportKind] = {
    kind.key: kind for kind in (CustomerNotes(), CouponsByFile(), *WHITELISTS)
}
