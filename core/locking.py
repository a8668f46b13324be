"""Row locks: taken once at the start of a flow, in id order."""

from typing import Any

from django.db import connection, models


class LockingQuerySet(models.QuerySet):
    def lock(self, pk: Any) -> Any:
        """The row, locked until the transaction ends. Raises DoesNotExist."""
        return self.filter(pk=pk).lock_all().get()

    def lock_all(self) -> "LockingQuerySet":
        """The rows, locked in id order, so that two flows never wait for each other."""
        assert connection.in_atomic_block, "locks need a transaction"
        return self.order_by("pk").select_for_update(of=("self",))
