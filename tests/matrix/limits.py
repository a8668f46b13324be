"""Budgets and freezing: a 转售 customer of each group, and what resellers may do."""

from billing.budgets.models import BudgetRecipient
from billing.budgets.recipients import choosable
from org.models import Member, Partner
from tests import factories
from tests.factories import NOW
from tests.limits.making import (
    make_budget,
    make_budget_record,
    make_freeze,
    make_freeze_record,
    make_grant,
)

_REVEAL = {"reveal": "name"}
_FREEZES = {"action": "resources"}  # its account is frozen already
SENT = {
    "freezing:record_list": _REVEAL,
    "budgets:record_list": _REVEAL,
    "freezing:freeze": _FREEZES,
    "freezing:freeze_theirs": _FREEZES,
    "freezing:grant": {"monthly_most": "1", "one_time_most": "1"},
    "budgets:set_budget": {"amount": "100"},
    "budgets:set_theirs": {"amount": "100"},
}
# A distributor keeps its resellers' customers' limits, and what resellers may.
_FREEZING = {"customers_freeze", "customers_freezerecord", "activity_notification"}
_FREEZING |= {"customers_accountnotice", "activity_activity"}
CROSSES = {
    "freezing:freeze_theirs": _FREEZING,
    "freezing:unfreeze_theirs": _FREEZING,
    "budgets:set_theirs": _FREEZING | {"billing_budget", "billing_budgetrecord"},
    "freezing:grant": {"customers_limitgrant", "activity_notification", "activity_activity"},
}


def of_partner(partner: Partner) -> None:
    """What a reseller may: all; and who hears of budgets."""
    main = _main_account(partner)
    heard = (choosable(main) or [main])[0]
    BudgetRecipient.objects.create(partner=partner, member=heard, added_at=NOW)
    if partner.distributor:
        make_grant(reseller=partner, by=_main_account(partner.distributor))


def of_former_reseller(partner: Partner, distributor: Partner) -> None:
    make_grant(reseller=partner, by=_main_account(distributor), ended_at=NOW)


def of_group(partner: Partner, manager: Member | None) -> None:
    customer = factories.make_customer(
        partner=partner, manager=manager, association_type="postpaid", phone="1", email="x"
    )
    by = manager or Member.objects.filter(partner=partner).order_by("pk").first()
    make_freeze(customer=customer)
    make_freeze_record(customer=customer, by=by)
    make_budget(customer=customer)
    make_budget_record(customer=customer, by=by)


def _main_account(partner: Partner) -> Member:
    return Member.objects.main_accounts().filter(partner=partner).order_by("pk").first()
