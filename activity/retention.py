"""How long the log is kept, and what members and customers are told."""

from django.core.exceptions import ImproperlyConfigured

KEPT_DAYS = 400
FEWEST_DAYS = 180  # 网络安全法 art. 21; the function that removes lines keeps it as well
FEWEST_DAYS_OF_NOTICES = 30  # some name a time that long to answer


def days_kept(setting: str, days: int, fewest: int) -> int:
    """What a setting says, when it is not too few. Raises ImproperlyConfigured."""
    if days < fewest:
        raise ImproperlyConfigured(f"{setting}={days}: it must be {fewest} days at least.")
    return days
