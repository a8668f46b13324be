"""The headers of every response, whoever made it (T-CSP, T-HX-1, T-HX-2, T-HTTP-2)."""

import re
from typing import Any


def bad_headers(response: Any) -> list[str]:
    """What is wrong with them, or nothing."""
    headers = response.headers
    policy = headers.get("Content-Security-Policy", "")
    vary = {name.strip().lower() for name in headers.get("Vary", "").split(",")}
    wrong = {
        "no Content-Security-Policy": "default-src 'none'" not in policy,
        "unsafe Content-Security-Policy": "unsafe-" in policy or "*" in policy,
        "may be framed": not {"frame-ancestors 'none'", "sandbox"} & _parts(policy),
        "no nosniff": headers.get("X-Content-Type-Options") != "nosniff",
        "Vary without HX-Request and Cookie": not {"hx-request", "cookie"} <= vary,
        "may be stored": "no-store" not in headers.get("Cache-Control", ""),
        "no Referrer-Policy": headers.get("Referrer-Policy") != "same-origin",
        "no COOP": headers.get("Cross-Origin-Opener-Policy") != "same-origin",
        "no request id": not headers.get("X-Request-ID"),
        "text without its encoding": _is_text_without_charset(response),
        "leads away": any(_leads_away(headers.get(name, "")) for name in _LEADING),
        "cookie for scripts": any(not c["httponly"] for c in response.cookies.values() if c.value),
    }
    return [problem for problem, is_wrong in wrong.items() if is_wrong]


def _is_text_without_charset(response: Any) -> bool:
    kind = response.headers.get("Content-Type", "")
    is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
    return kind.startswith("text/") and "charset=" not in kind and not is_file


def _parts(policy: str) -> set[str]:
    return {part.strip() for part in policy.split(";")}


_LEADING = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url")


def _leads_away(target: str) -> bool:
    return bool(target) and not re.match(r"^[/?](?![/\\])|^\?|^$|^\{", target)
