from .members import Member, MemberQuerySet, Role, Scope
from .partners import Partner, PartnerQuerySet, Standing, worse
from .users import User, VendorRole

__all__ = [
    "Member",
    "MemberQuerySet",
    "Partner",
    "PartnerQuerySet",
    "Role",
    "Scope",
    "Standing",
    "User",
    "VendorRole",
    "worse",
]
