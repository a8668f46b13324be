"""关联: how a customer comes to a partner, changes its type and leaves."""

from .changes import AssociationChange, AssociationChangeQuerySet
from .invitations import Invitation, InvitationAnswer

__all__ = ["AssociationChange", "AssociationChangeQuerySet", "Invitation", "InvitationAnswer"]
