"""The vendor's desk for 组织. Kept here until 组织成员 has pages of its own."""

from . import members, partners, people, roles

__all__ = ["members", "partners", "people", "roles"]
