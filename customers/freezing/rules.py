"""Named limits of freezing (customers_coupons.md §4.4)."""

from datetime import timedelta

KEPT_FOR = timedelta(days=15)  # frozen with its resources; then they are released
WARN_BEFORE = timedelta(days=3)
REASON_LONGEST = 200
