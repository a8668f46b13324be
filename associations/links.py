"""The address of an invitation, and its QR code.

The address is the row's number with a signature: nothing secret is stored, it can be shown again
and again, and one that was made up opens nothing. A letter proves an e-mail address the same way.
"""

from datetime import timedelta
from io import BytesIO

import segno
from django.conf import settings
from django.core import signing
from django.urls import reverse

from .models import Invitation

_INVITATION, _LETTER = "associations.invitation", "associations.letter"
LETTER_LIFE = timedelta(days=1)


def token_of(invitation: Invitation) -> str:
    return signing.Signer(salt=_INVITATION).sign(str(invitation.pk))


def address_of(invitation: Invitation) -> str:
    return reverse("my:invitation", args=[token_of(invitation)])


def register_address(token: str) -> str:
    return reverse("my:register", args=[token])


def number_in(token: str) -> int | None:
    """Whose address it is; None for one that we did not make."""
    try:
        return int(signing.Signer(salt=_INVITATION).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def full_address(invitation: Invitation, host: str) -> str:
    """For people to copy: PUBLIC_URL, or the name by which this request reached us."""
    return f"{settings.PUBLIC_URL or host}{address_of(invitation)}"


def qr_svg(address: str) -> bytes:
    """The address as a QR code, black on white with its quiet zone."""
    out = BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=6, border=4, light="white", xmldecl=True
    )
    return out.getvalue()


def letter_for(invitation: Invitation, email: str) -> str:
    """What is mailed to an address: who has it reads that mailbox."""
    return signing.dumps([invitation.pk, email], salt=_LETTER)


def address_in(letter: str, invitation: Invitation) -> str:
    """The e-mail address that the letter proves, for this invitation and one day; else empty."""
    try:
        pk, email = signing.loads(letter, salt=_LETTER, max_age=LETTER_LIFE)
    except (signing.BadSignature, ValueError):
        return ""
    return email if pk == invitation.pk else ""
