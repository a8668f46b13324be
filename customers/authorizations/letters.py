"""承诺书: signed once for each version, and kept with its words."""

from datetime import datetime

from django.utils.translation import gettext as _

from activity.services import record
from core.refusals import Refused
from org.models import Member

from . import rules
from .models import SignedLetter


def needs_letter(partner_id: int, kind: str) -> bool:
    """Whether the partner has not signed the letter's present version yet."""
    version = rules.LETTERS[kind].version
    return not SignedLetter.objects.filter(
        partner_id=partner_id, kind=kind, version=version
    ).exists()


def sign_letter(kind: str, *, signs: bool, by: Member, at: datetime) -> None:
    """Kept with its words: once for each version. Raises Refused without a signature."""
    if not needs_letter(by.partner_id, kind):
        return
    letter = rules.LETTERS[kind]
    if not signs:
        raise Refused(_("请先阅读并签署《%(title)s》。") % {"title": letter.title})
    _row, new = SignedLetter.objects.get_or_create(
        partner_id=by.partner_id,
        kind=kind,
        version=letter.version,
        defaults={
            "text": "\n".join(str(line) for line in letter.lines),
            "signed_by": by,
            "signed_at": at,
        },
    )
    if new:
        record("letter.signed", by=by, at=at, after={"letter": kind, "version": letter.version})
