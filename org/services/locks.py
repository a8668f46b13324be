"""What an act on the organisation locks first.

Every act on a partner's members and roles holds the partner's row, so that "at most one main
account", "at most ten roles" and "nobody holds this role" stay true while they are checked. The
lock leaves foreign keys alone (FOR NO KEY UPDATE): nobody who records a customer waits for it.
"""

from org.models import Member, Partner, User


def lock_partners(*pks: int | None) -> list[Partner]:
    """The partners of these ids, locked in id order, returned as asked; None is left out."""
    wanted = [pk for pk in pks if pk]
    rows = Partner.objects.filter(pk__in=wanted).order_by("pk")
    found = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
    return [found[pk] for pk in wanted]


def lock_member(member: Member) -> Member:
    """The member as stored now, under the lock of its partner."""
    lock_partners(member.partner_id)
    return Member.objects.select_related("user", "partner").get(pk=member.pk)


def lock_user(user: User) -> User:
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
