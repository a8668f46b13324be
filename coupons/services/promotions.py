"""促销活动 on the vendor's desk: published, and corrected while it lasts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core import formats
from core.refusals import Refused
from org.models import User

from ..models import Promotion


@dataclass(frozen=True)
class Offer:
    """What a promotion says; empty limits are any."""

    name: str
    starts_at: datetime
    ends_at: datetime
    services: list[str]
    order_types: list[str]


@transaction.atomic
def publish_promotion(offer: Offer, *, by: User | None, at: datetime) -> Promotion:
    """发布促销活动, in the vendor's role. Raises Refused: its name is taken."""
    promotion, is_new = Promotion.objects.get_or_create(
        name=offer.name, defaults={**_fields(offer), "created_at": at}
    )
    if not is_new:
        raise Refused(_("已有同名的促销活动。"))
    record("promotion.published", promotion, by=by, at=at, after=_said(promotion))
    return promotion


@transaction.atomic
def change_promotion(
    promotion: Promotion, offer: Offer, *, by: User | None, at: datetime
) -> Promotion:
    """What was approved stays as it is; what waits is measured anew. Raises Refused."""
    promotion = Promotion.objects.lock(promotion.pk)
    if Promotion.objects.filter(name=offer.name).exclude(pk=promotion.pk).exists():
        raise Refused(_("已有同名的促销活动。"))
    before, wanted = _said(promotion), {"name": offer.name, **_fields(offer)}
    if all(getattr(promotion, name) == value for name, value in wanted.items()):
        raise Refused(_("没有需要保存的修改。"))
    for name, value in wanted.items():
        setattr(promotion, name, value)
    promotion.save(update_fields=list(wanted))
    record("promotion.changed", promotion, by=by, at=at, before=before, after=_said(promotion))
    return promotion


def _fields(offer: Offer) -> dict[str, Any]:
    return {
        "starts_at": offer.starts_at,
        "ends_at": offer.ends_at,
        "services": offer.services,
        "order_types": offer.order_types,
    }


def _said(promotion: Promotion) -> dict[str, Any]:
    return {
        "promotion": promotion.name,
        "starts_at": formats.instant(promotion.starts_at),
        "ends_at": formats.instant(promotion.ends_at),
        "services": promotion.services,
        "order_types": promotion.order_types,
    }
