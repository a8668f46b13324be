"""券账证书: what the partner's quotas held each day, and whether the past is as it was."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.clock import now
from org.gate import requires
from org.permissions import QUOTAS_VIEW

from ..models import Certificate, Quota
from ..models.quotas import quota_number
from ..services import proving

_SHOWN = 60
_NAMES = (
    *("granted", "taken", "given", "returned", "available", "unused", "held", "used"),
    *("expired", "lost"),
)


@requires(QUOTAS_VIEW)
@require_safe
def certificate_list(request: Any) -> HttpResponse:
    """The last days, and where everything is now."""
    mine = Certificate.objects.visible_to(request.member)
    certificates = mine.order_by("-day").defer("figures")[:_SHOWN]
    figures = proving.figures_at(now(), request.member.partner_id)
    context = {
        "certificates": certificates,
        "rows": [_row(each) for each in proving.shown(figures)],
    }
    return render(request, "coupons/certificates.html", context)


@requires(QUOTAS_VIEW)
@require_safe
def certificate(request: Any, pk: int) -> HttpResponse:
    """A day's figures, and whether certificate, chain and ledger still agree."""
    found = get_object_or_404(Certificate.objects.visible_to(request.member), pk=pk)
    before = Certificate.objects.visible_to(request.member).filter(day__lt=found.day)
    last = before.order_by("-day").values_list("digest", flat=True).first() or ""
    digest = proving.digest_of(found.day, found.figures, found.broken, found.previous)
    context = {
        "certificate": found,
        "rows": [_row(each) for each in found.figures],
        "is_chained": found.previous == last,
        "is_unchanged": found.digest == digest,
        "changed": proving.changed_since(found),
    }
    return render(request, "coupons/certificate.html", context)


def _row(figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": quota_number(figures["quota"]),
        "kind": Quota.Kind(figures["kind"]).label,
        "amounts": [Decimal(figures[name]) for name in _NAMES],
    }
