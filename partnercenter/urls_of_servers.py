"""One address per server, spelled for each library that wants its own spelling."""

from urllib.parse import parse_qs, urlsplit


def for_celery(url: str) -> str:
    """Celery's spelling of a Valkey address.

    redis-py says `unix:///path?db=1` where Celery says `redis+socket:///path?virtual_host=1`.
    """
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    db = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={db}"
