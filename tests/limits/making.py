"""Budgets and freezing for the worlds of tests."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from billing.budgets.models import Budget, BudgetRecord
from core.clock import day_of, first_of_month
from customers.freezing.models import Freeze, FreezeRecord, LimitGrant
from customers.models import Customer
from org.models import Member, Partner
from tests.conftest import Cast
from tests.factories import NOW

MONTH = first_of_month(day_of(NOW))


def sell_postpaid(cast: Cast) -> Cast:
    """The distributor and its reseller sell as 转售 from now on."""
    cast.distributor.sales_model = "postpaid"
    cast.distributor.save(update_fields=["sales_model"])
    cast.reseller.refresh_from_db()
    return cast


def make_freeze(*, customer: Customer, state: str = "account", **fields: Any) -> Freeze:
    fields.setdefault("cause", "" if state == "normal" else "manual")
    fields.setdefault("since", NOW)
    return Freeze.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        cloud_account_id=customer.cloud_account_id,
        state=state,
        **fields,
    )


def make_freeze_record(*, customer: Customer, by: Member, **fields: Any) -> FreezeRecord:
    fields.setdefault("reason", "逾期未付")
    fields = {"action": "account", "cause": "manual", "at": NOW} | fields
    return FreezeRecord.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        by=by.user,
        by_partner_id=by.partner_id,
        **fields,
    )


def make_budget(*, customer: Customer, amount: Any = 1000, **fields: Any) -> Budget:
    fields = {"kind": "monthly", "starts_on": MONTH, "counted_for": MONTH, "set_at": NOW} | fields
    return Budget.objects.create(
        partner_id=customer.partner_id, customer=customer, amount=amount, **fields
    )


def make_budget_record(*, customer: Customer, by: Member, **fields: Any) -> BudgetRecord:
    fields = {"operation": "set", "kind": "monthly", "amount": 1000, "at": NOW} | fields
    fields.setdefault("on_exhaustion", "manual")
    return BudgetRecord.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        by=by.user,
        by_partner_id=by.partner_id,
        **fields,
    )


def make_grant(*, reseller: Partner, by: Member, **fields: Any) -> LimitGrant:
    fields = {"may_freeze": True, "kinds": ["monthly", "one_time"], "given_at": NOW} | fields
    return LimitGrant.objects.create(
        partner=reseller, distributor_id=by.partner_id, given_by=by.user, **fields
    )


def make_many(cast: Cast, customers: Sequence[Customer]) -> None:
    """One row of every model of limits, for each of these customers."""
    partner = cast.reseller
    step: dict[str, Any] = {"partner": partner, "at": NOW, "by": cast.yun.user}
    Freeze.objects.bulk_create(
        Freeze(
            partner=partner,
            customer=each,
            cloud_account_id=each.cloud_account_id,
            state="account",
            cause="manual",
            since=NOW,
        )
        for each in customers
    )
    FreezeRecord.objects.bulk_create(
        FreezeRecord(customer=each, action="account", cause="manual", reason="逾期", **step)
        for each in customers
    )
    first: date = MONTH
    Budget.objects.bulk_create(
        Budget(
            partner=partner,
            customer=each,
            kind="monthly",
            amount=1000,
            starts_on=first,
            counted_for=first,
            set_at=NOW,
        )
        for each in customers
    )
    budget = {"operation": "set", "kind": "monthly", "amount": 1000, "on_exhaustion": "manual"}
    BudgetRecord.objects.bulk_create(
        BudgetRecord(customer=each, **budget, **step) for each in customers
    )
    LimitGrant.objects.bulk_create(
        LimitGrant(
            partner=partner,
            distributor=cast.distributor,
            given_at=NOW,
            given_by=cast.zong.user,
            ended_at=NOW,
        )
        for _each in customers
    )
