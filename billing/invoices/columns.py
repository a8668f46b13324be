"""How obligations and invoices look on a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from core.lists import columns
from core.masking import MASKS

from .models import Direction, Invoice, Obligation

STATE_TONES = {
    "draft": "muted",
    "reviewing": "blue",
    "issuing": "blue",
    "withdrawing": "blue",
    "issuing_kept": "amber",
    "to_sign": "amber",
    "issued": "green",
    "returning": "blue",
    "issued_kept": "amber",
    "returned": "muted",
    "withdrawn": "muted",
}
# Where an obligation stands while no invoice of it lives.
NONE, NOTHING, THEIRS = "none", "nothing", "theirs"
STANDINGS = {
    NONE: _("未开票"),
    NOTHING: _("无需开票"),
    THEIRS: _("客户自行索取"),
    **dict(Invoice.State.choices),
}
STANDING_TONES = STATE_TONES | {NONE: "amber", NOTHING: "muted", THEIRS: "muted"}


def with_living_state(rows: Any) -> Any:
    """Each obligation with the state of the invoice that lives, if any."""
    living = Invoice.objects.filter(obligation=OuterRef("pk")).living()
    return rows.annotate(living_state=Subquery(living.values("state")[:1]))


def standing(direction: str, amount: Any, living_state: str | None) -> str:
    if living_state:
        return living_state
    if direction == Direction.TO_CUSTOMER:
        return THEIRS
    return NONE if amount else NOTHING


def standings(pks: list[int]) -> Mapping[int, str]:
    rows = with_living_state(Obligation.objects.filter(pk__in=pks)).order_by()
    found = rows.values_list("pk", "direction", "amount", "living_state")
    return {pk: standing(*rest) for pk, *rest in found}


@dataclass(frozen=True)
class Standing(columns.Looked):
    """A dot and a word, as states are."""

    def plain(self, page: columns.Page) -> columns.Cell:
        found = self._found(page)
        return lambda pk: str(STANDINGS.get(found.get(pk, ""), ""))

    def cell(self, page: columns.Page) -> columns.Cell:
        found = self._found(page)

        def cell(pk: int) -> str:
            code = found.get(pk, "")
            tone = STANDING_TONES.get(code, "muted")
            return f'<span class="dot {tone}"></span>{escape(str(STANDINGS.get(code, "")))}'

        return cell


@dataclass(frozen=True)
class Issuer(columns.Column):
    """The partner that issues, or the vendor."""

    def plain(self, page: columns.Page) -> columns.Cell:
        vendor = str(_("厂商"))
        return lambda name: name or vendor


@dataclass(frozen=True)
class ReceiverName(columns.Column):
    """The receiver's name in a file: a customer's is masked, the partner's own is not."""

    def shown(self, page: columns.Page) -> columns.Cell:
        mask = str if self.key in page.revealed else MASKS["name"]
        return lambda values: mask(values[0]) if values[1] else values[0]

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: values[0]


@dataclass(frozen=True)
class Receiver(columns.Name):
    """To whom: fields are the key, the name and the customer's number, empty for the partner."""

    def cell(self, page: columns.Page) -> columns.Cell:
        masked, open_ = super().cell(page), self.opened(page)
        return lambda values: masked(values) if values[-1] else open_(values)

    def opened(self, page: columns.Page) -> columns.Cell:
        return lambda values: self._link(values[0], escape(values[1]))


def receiver(prefix: str = "", url: Any = None) -> Receiver:
    """收票方; `prefix` is the path to the obligation."""
    name, number = f"{prefix}receiver_name", f"{prefix}receiver_number"
    return Receiver(
        "receiver",
        _("收票方"),
        ("pk", name, number),
        mask="name",
        card=True,
        url=url,
        parts=(
            ReceiverName("receiver", _("收票方"), (name, number), mask="name"),
            columns.Column("number", _("客户ID"), (number,)),
        ),
    )
