"""How personal data looks until somebody asks to see it, which is recorded.

Patterns: spec customers_coupons.md §3.3 and benefits_org.md §5.3 (SUGGESTED there).
"""

STARS = "***"


def mask_name(value: str) -> str:
    """First and last character: `深***司`; a name of one or two keeps the first."""
    if len(value) <= 2:
        return value[:1] + STARS if value else ""
    return value[0] + STARS + value[-1]


def mask_phone(value: str) -> str:
    """`138****1234`."""
    return value[:3] + "****" + value[-4:] if len(value) >= 8 else (STARS if value else "")


def mask_email(value: str) -> str:
    """First character and the domain: `a***@x.com`."""
    name, at, domain = value.partition("@")
    return name[:1] + STARS + at + domain if at else (STARS if value else "")


MASKS = {"name": mask_name, "phone": mask_phone, "email": mask_email}
