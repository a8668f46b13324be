"""Taking a file on the desk: the service is the command's, and what became of it is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import uuid4

from django.db import transaction

from org.models import User

from ..orders import services as orders
from ..services import facts
from ..services.intake import Column, Facts
from .models import ReportFile

Kind = ReportFile.Kind


@dataclass(frozen=True)
class Report:
    """How a kind of file is taken, and its columns."""

    take: Callable[..., Facts]
    required: Sequence[Column]
    optional: Sequence[Column]


REPORTS = {
    Kind.ORDERS: Report(orders.import_orders, orders.ORDER, orders.ORDER_MORE),
    Kind.ORDER_LINES: Report(orders.import_lines, orders.LINE, orders.LINE_MORE),
    Kind.RESOURCES: Report(
        facts.import_resources, (facts.CUSTOMER, *facts.RESOURCE), facts.RESOURCE_MORE
    ),
    Kind.ACCOUNT_FACTS: Report(facts.import_account_facts, (facts.CUSTOMER,), facts.ACCOUNT_FACTS),
}


@transaction.atomic
def take_report(
    kind: str, stream: BinaryIO, *, name: str, by: User, at: datetime
) -> tuple[ReportFile, Facts]:
    """导入 a file whole: bad lines are kept aside, each with its reason. Raises Refused."""
    taken = REPORTS[Kind(kind)].take(stream, by=by, at=at)
    file = ReportFile.objects.create(
        kind=kind,
        name=name,
        lines=taken.lines,
        changed=taken.changed,
        bad_lines=taken.errors.count,
        imported_at=at,
        imported_by=by,
    )
    if taken.errors.count:  # last: a storage knows no rollback
        file.errors.save(f"{uuid4()}.csv", taken.errors.as_file())
    return file, taken
