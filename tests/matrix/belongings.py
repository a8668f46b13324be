"""What a customer brings along: consumption, alerts, notes, lines of the log, jobs, views."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from activity.models import (
    Activity,
    ActivitySeal,
)
from customers.models import Customer
from customers.notes.models import Label
from followups.models import Attachment
from jobs.models import Job, JobRow
from org.models import Member, Partner
from tests import factories
from tests.factories import NOW, TODAY
from workbench.models import Arrangement, SavedView

from . import associations, coupons, delegation, funds
from . import imports as planting_imports
from . import money as planting_money
from .planting import mark

# What each scenario's alert remembers (followups/texts.py); words in it are marked.
FACTS: dict[str, dict[str, Any]] = {
    "spending_drop": {
        "recent_days": 7,
        "base_days": 30,
        "recent_daily": "4.25",
        "base_daily": "20.5",
        "drop": 79,
        "unpriced": 0,
    },
    "expiring": {
        "name": "word",
        "number": "word",
        "service": "word",
        "expires_on": "2026-11-27",
        "days": 7,
        "list_price": "300.00",
    },
    "arrears": {"arrears": "120.00", "grace": 1, "retention": 0},
}


def customer_of(partner: Partner, manager: Member | None, n: int) -> None:
    customer = factories.make_customer(
        partner=partner,
        manager=manager,
        phone="1",
        email="x",
        association_type=Customer.Association.RESALE,
        available_amount=1000 + n,
        last_login_on=TODAY - timedelta(days=n),
    )
    _consumption_of(customer)
    _orders_of(customer, manager)
    funds.of_customer(customer)
    planting_money.of_customer(customer)
    coupons.of_customer(customer)
    _alerts_of(customer, manager)
    _notes_of(customer, manager)
    _log(customer, manager)
    _jobs_of(customer, manager)
    planting_imports.of_member(customer, manager)
    _views_of(customer, manager)
    associations.of_customer(customer, manager, n)
    delegation.of_customer(customer, manager, n)


def _consumption_of(customer: Customer) -> None:
    factories.make_daily(customer=customer, day=TODAY - timedelta(days=1), days=2)
    words = ("resource", "resource_name", "order_number", "region")
    said = {word: mark(f"billing.ChargeLine.{word}") for word in words}
    factories.make_charge(customer=customer, day=TODAY, **said)
    factories.make_resource(customer=customer, expires_on=TODAY + timedelta(days=7))
    factories.make_resource(customer=customer)
    Customer.objects.filter(pk=customer.pk).update(arrears=7)


def _orders_of(customer: Customer, manager: Member | None) -> None:
    """One that waits for the partner, and one that was refused."""
    by = manager or Member.objects.main_accounts().filter(partner=customer.partner).first()
    factories.make_order_line(order=factories.make_order(customer=customer, waiting=True))
    if by:
        refused = {"proxy_state": "refused", "proxy_asked_at": NOW, "proxy_at": NOW, "proxy_by": by}
        reason = mark("billing.Order.proxy_reason")
        factories.make_order(customer=customer, proxy_reason=reason, **refused)


def _alerts_of(customer: Customer, manager: Member | None) -> None:
    for scenario, facts in FACTS.items():
        factories.make_alert(customer=customer, scenario=scenario, facts=facts)
    earlier = factories.make_alert(
        customer=customer,
        scenario="spending_drop",
        facts=FACTS["spending_drop"],
        subject="earlier",
    )
    by = manager or Member.objects.main_accounts().filter(partner=customer.partner).first()
    handling = factories.make_handling(alert=earlier, by=by, contacted_at=NOW)
    Attachment.objects.create(
        partner_id=customer.partner_id,
        handling=handling,
        name="x.pdf",
        content_type="application/pdf",
        size=12,
    )


def _notes_of(customer: Customer, manager: Member | None) -> None:
    by = manager or Member.objects.main_accounts().filter(partner=customer.partner).first()
    label = Label.objects.filter(partner=customer.partner).first()
    if by and label:
        factories.put_label(customer=customer, label=label)
        factories.make_remark(customer=customer, by=by)


def _log(customer: Customer, manager: Member | None) -> None:
    by = manager or Member.objects.main_accounts().filter(partner=customer.partner).first()
    for verb in ("customer.assigned", "customer.revealed"):
        line = Activity.objects.create(
            verb=verb,
            partner_id=customer.partner_id,
            user_id=by.user_id,
            member=by,
            at=NOW,
            subject_type=customer._meta.label_lower,
            subject_id=customer.pk,
            customer_id=customer.pk,
            before={"manager": "word"},
            after={"manager": "word", "column": "phone"},
            address="::1",
        )
    ActivitySeal.objects.create(
        partner_id=customer.partner_id,
        number=ActivitySeal.objects.filter(partner=customer.partner_id).count() + 1,
        after_page=-1,
        page=0,
        first_id=line.pk,
        last_id=line.pk,
        count=1,
        last_at=NOW,
        hash=uuid4().hex,
        sealed_at=NOW,
    )


def _jobs_of(customer: Customer, manager: Member | None) -> None:
    """A batch and an export that are made; exports that wait, wait for approval, and failed."""
    by = manager or Member.objects.main_accounts().filter(partner=customer.partner).first()
    asked = {"list": "customers", "query": "", "format": "csv", "columns": []}
    made = (Job.State.DONE, Job.State.DONE)
    for state in (*made, Job.State.QUEUED, Job.State.PENDING, Job.State.FAILED):
        job = Job.objects.create(
            partner_id=customer.partner_id,
            member=by,
            kind=Job.Kind.EXPORT,
            parameters=asked | {"roles": sorted(by.roles), "language": "zh-hans"},
            token=uuid4(),
            state=Job.State.DONE,
            rows=1,
            size=1,
            created_at=NOW,
            finished_at=NOW,
            expires_at=NOW + timedelta(days=3),
        )
        if state != Job.State.DONE:
            Job.objects.filter(pk=job.pk).update(
                state=state,
                file="",
                finished_at=NOW if state == Job.State.FAILED else None,
                needs_approval=state == Job.State.PENDING,
            )
        elif not Job.objects.filter(member=by, kind=Job.Kind.BULK, items__subject_id=customer.pk):
            _batch_of(customer, job)


def _batch_of(customer: Customer, job: Job) -> None:
    """A batch that was done, and may be undone: it has no file."""
    asked = {"action": "assign", "total": 1, "language": "zh-hans", "data": {}}
    Job.objects.filter(pk=job.pk).update(kind=Job.Kind.BULK, file="", parameters=asked, told_at=NOW)
    JobRow.objects.create(
        partner_id=customer.partner_id,
        job=job,
        subject_id=customer.pk,
        outcome=JobRow.Outcome.DONE,
        before={"manager": None},
        after={"manager": None},
        at=NOW,
    )


def _views_of(customer: Customer, manager: Member | None) -> None:
    """A private view of the list of customers, and its columns."""
    by = manager or Member.objects.main_accounts().filter(partner=customer.partner).first()
    mine = {"partner_id": by.partner_id, "member": by, "list_key": "customers"}
    SavedView.objects.create(**mine, name="x", query="level=1", created_at=NOW)
    if not Arrangement.objects.filter(**mine).exists():
        Arrangement.objects.create(**mine)
