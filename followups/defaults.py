"""The eight scenarios as shipped (customers_coupons.md §10.4): version 1 of each rule.

The vendor changes them in its own site, where each change is a new version. What stands here is
therefore never edited; a better default is a new version in a new migration.
"""

from datetime import date, datetime
from typing import Any

SINCE = date(2000, 1, 1)

# scenario, class, parameters, quiet days
DEFAULTS: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    (
        "spending_drop",
        "churn",
        {"recent_days": 7, "base_days": 30, "drop_ratio": "0.5", "min_daily": "10"},
        30,
    ),
    ("no_spending", "churn", {"silent_days": 14, "active_days": 30, "history_days": 60}, 30),
    ("mass_release", "churn", {"days": 7, "share": "0.5"}, 30),
    ("no_login", "churn", {"days": 60, "recent_days": 30, "base_days": 30}, 60),
    # A request has one cause and a threshold another: these need no quiet days beyond their own.
    ("leaving", "churn", {}, 1),
    ("expiring", "resource", {"thresholds": [30, 15, 7, 3, 1]}, 1),
    ("low_balance", "resource", {"days": 7, "spend_days": 7}, 3),
    ("arrears", "resource", {}, 1),
)


def install_default_rules(rules: Any, *, at: datetime) -> int:
    """Write version 1 of each scenario that has none; returns how many were written.

    Args:
        rules: a manager or queryset of Rule; migrations pass their own.
    """
    known = set(rules.filter(version=1).values_list("scenario", flat=True))
    missing = [row for row in DEFAULTS if row[0] not in known]
    for scenario, alert_class, parameters, quiet_days in missing:
        rules.create(
            scenario=scenario,
            version=1,
            alert_class=alert_class,
            parameters=parameters,
            quiet_days=quiet_days,
            valid_from=SINCE,
            created_at=at,
        )
    return len(missing)
