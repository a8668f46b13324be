"""批量操作: which actions there are, which rows an address and ticks mean, and what became of them.

Here, because actions stand on the lists of every app.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.orders.lists import WaitingList
from core.lists import List, Tab, columns
from core.lists.bulk import BulkAction, named
from core.refusals import Refused
from coupons.lists import CouponList
from customers.authorizations.bulk import ExtendAuthorizations
from customers.imports import notes
from followups.lists import HandleList
from jobs.bulk import MOST
from jobs.models import Job, JobRow
from org.models import Member
from workbench.lists import WorkList

from .pages.customers import Customers, ResellersCustomers

ACTIONS: Mapping[str, BulkAction] = named(
    [
        *(*Customers.actions, *HandleList.actions, ExtendAuthorizations()),
        *(notes.ACTION, *WaitingList.actions, *ResellersCustomers.actions, *CouponList.actions),
    ]
)
TONES = {"waiting": "muted", "done": "green", "skipped": "amber", "failed": "red"}


@dataclass(frozen=True)
class Selection:
    """Ticked rows of a list, or all that match its address."""

    shown: List
    picked: Sequence[int]
    everything: bool

    def pks(self) -> list[int]:
        """In order; one more than a batch takes at most, so that too many are known as such."""
        shown = self.shown
        rows = shown.matching if self.everything else shown.rows().filter(pk__in=self.picked)
        return list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])

    def in_words(self, total: int) -> str:
        which = self.shown.in_words() if self.everything else _("逐项选择")
        return _("%(list)s（%(which)s），共 %(n)s 项") % {
            "list": self.shown.title,
            "which": which,
            "n": f"{total:,}",
        }


def action_of(shown: List, key: str) -> BulkAction:
    """The action, if the list has it. Raises Refused."""
    found = named(shown.actions).get(key)
    if found is None:
        raise Refused(_("此列表不支持该批量操作。"))
    return found


def seal(pks: Sequence[int]) -> str:
    """Says that these are the rows of which a preview was shown."""
    return hashlib.sha256(",".join(map(str, pks)).encode()).hexdigest()[:16]


class BatchList(WorkList):
    """What became of each row of one batch."""

    key = "batch_rows"
    title = _l("批量操作结果")
    empty = _l("没有这样的数据。")
    template = "jobs/batch.html"
    exportable = True
    order = ("pk",)
    tabs = (
        Tab("all", _l("全部")),
        *(Tab(o.value, o.label, Q(outcome=o)) for o in JobRow.Outcome if o != "waiting"),
        Tab("waiting", _l("未执行"), Q(outcome=JobRow.Outcome.WAITING)),
    )
    first_tab = "all"

    def __init__(self, request: HttpRequest, job: Job | None = None) -> None:
        super().__init__(request)
        self.job = job or self._named_in_address()

    def _named_in_address(self) -> Job:
        wanted = self.data.get("job", "")
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        found = Job.objects.visible_to(self.member).filter(pk=number, kind=Job.Kind.BULK).first()
        if found is None:
            raise Http404
        return found

    @property
    def action(self) -> BulkAction:
        return ACTIONS[self.job.parameters["action"]]

    def address(self, **changes: Any) -> str:
        return super().address(job=self.job.pk, **changes)

    def in_words(self) -> str:
        return f"{self.job.title} {self.job.pk}：{super().in_words()}"

    def rows(self) -> QuerySet[Any]:
        return JobRow.objects.visible_to(self.member).filter(job=self.job)

    def visible_columns(self) -> tuple[columns.Column, ...]:
        return (
            Subject("subject", _l("数据"), ("subject_id",), card=True, names=self._names),
            columns.State(
                "outcome",
                _l("结果"),
                choices=dict(JobRow.Outcome.choices),
                tones=TONES,
                card=True,
            ),
            columns.Column("reason", _l("原因"), card=True),
            columns.Instant("at", _l("处理时间")),
        )

    def _names(self, pks: Sequence[int]) -> Mapping[int, str]:
        """By the numbers of the rows on the page; a row that the member sees no more has none."""
        rows = JobRow.objects.filter(pk__in=pks).values_list("subject_id", flat=True)
        return self.action.names(list(rows), by=self.member)


@dataclass(frozen=True)
class Subject(columns.Column):
    """What the row is called now; without a name it is out of sight."""

    names: Any = None

    def plain(self, page: columns.Page) -> columns.Cell:
        found = self.names(page.pks) if page.pks else {}
        return lambda pk: found.get(pk, "")


def batch_url(pk: int) -> str:
    return reverse("jobs:batch", args=[pk])


def named_groups(groups: Sequence[Any], action: BulkAction, by: Member) -> list[dict[str, Any]]:
    """The groups of a preview with the names of their examples."""
    names = action.names([pk for group in groups for pk in group.examples], by=by)
    return [
        {
            "group": group,
            "tone": TONES[group.outcome],
            "examples": [names[pk] for pk in group.examples if pk in names],
        }
        for group in groups
    ]
