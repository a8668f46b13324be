"""发放客户: customers found and ticked on the page of a form, for issuing and for plans."""

from collections.abc import Iterable
from typing import Any

from core.search import search
from customers.models import Customer

_FOUND = 20  # customers that a search shows


class Picker:
    """The ticked ones first, then what was looked for. What is ticked stays while one searches.

    Args:
        chosen: keys of those that are ticked before anything is sent.
    """

    def __init__(self, request: Any, chosen: Iterable[int] = ()) -> None:
        self.request, self._before = request, set(chosen)

    def _customers(self) -> Any:
        return Customer.objects.visible_to(self.request.member).associated()

    def chosen(self) -> list[Customer]:
        pks = self._before
        if self.request.method == "POST":
            ticked = self.request.POST.getlist("customers")
            pks = {int(pk) for pk in ticked if pk.isdecimal() and len(pk) < 19}
        return list(self._customers().filter(pk__in=pks).order_by("pk")) if pks else []

    def _found(self) -> list[Customer]:
        """By name, account or ID; without a word, the newest."""
        rows = self._customers()
        if wanted := self.request.POST.get("search", "").strip()[:128]:
            by_number = rows.filter(number=wanted)
            rows = by_number if by_number.exists() else search(rows.order_by(), wanted)
        return list(rows.order_by("-associated_at", "-pk")[:_FOUND])

    def picks(self) -> list[tuple[Customer, bool]]:
        """Each with whether it is ticked."""
        chosen = self.chosen()
        known = {customer.pk for customer in chosen}
        picks = [(customer, True) for customer in chosen]
        return picks + [(each, False) for each in self._found() if each.pk not in known]
