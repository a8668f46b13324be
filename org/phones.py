"""Mobile numbers of mainland China, as people type them."""

import re
import unicodedata

_MOBILE = re.compile(r"1[3-9]\d{9}")


def clean_phone(value: str) -> str | None:
    """Eleven digits, or None if it is no mainland mobile number.

    Accepts +86, spaces, hyphens and full-width digits.
    """
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", value))
    digits = re.sub(r"^(\+?86)(?=1\d{10}$)", "", digits)
    return digits if _MOBILE.fullmatch(digits) else None
