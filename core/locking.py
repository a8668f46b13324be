"""Row locks: taken once at the start of a flow, in id order."""

from typing import Any

from django.db import connection, models
from django.utils.translation import gettext as _

from .refusals import Vanished


class LockingQuerySet(models.QuerySet):
    def lock(self, pk: Any) -> Any:
        """The row, locked until the transaction ends.

        Raises Vanished: whoever calls has seen the row, so somebody else deleted it or moved it
        out of this queryset meanwhile.
        """
        row = self.filter(pk=pk).lock_all().first()
        if row is None:
            raise Vanished(_("已由他人修改，请刷新后重试。"))
        return row

    def lock_all(self) -> "LockingQuerySet":
        """The rows, locked in id order, so that two flows never wait for each other.

        The lock leaves foreign keys alone (FOR NO KEY UPDATE): whoever writes a line about a
        row does not wait for those who change it.
        """
        assert connection.in_atomic_block, "locks need a transaction"
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))
