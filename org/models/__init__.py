from .members import Member, MemberQuerySet, Role, Scope
from .partners import Partner, PartnerQuerySet
from .users import User, VendorRole

__all__ = [
    "Member",
    "MemberQuerySet",
    "Partner",
    "PartnerQuerySet",
    "Role",
    "Scope",
    "User",
    "VendorRole",
]
