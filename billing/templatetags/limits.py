"""What a customer's page asks about budgets and freezing."""

from typing import Any

from django import template

from billing.budgets import recipients, services
from billing.budgets.models import Budget
from core import clock
from customers.freezing import services as freezing
from customers.freezing import standing as standing_of
from customers.freezing.models import Freeze
from customers.models import Customer
from org.models import Standing

register = template.Library()
register.simple_tag(services.decide_budget)
register.simple_tag(recipients.decide_choose)
register.simple_tag(freezing.decide_freeze)
register.simple_tag(freezing.decide_thaw)
register.simple_tag(freezing.loaded_freeze)


@register.simple_tag
def shown_freeze(customer: Customer, freeze: Freeze | None) -> dict[str, Any]:
    """What state the customer is shown in, by itself or with its partner."""
    own = freeze.state if freeze else None
    standing = customer.partner.effective_standing
    state = standing_of.shown_state(own, customer.association_type, standing)
    return {
        "label": standing_of.SHOWN[state],
        "tone": standing_of.TONES[state],
        "is_past_keeping": freeze and freeze.is_past_keeping(clock.now()),
        "is_with_partner": state == standing != Standing.NORMAL,
    }


@register.simple_tag
def used_up(budget: Budget) -> dict[str, Any]:
    """How much of the budget's present period is used, and in percent."""
    today = clock.today()
    percent = budget.percent_on(today)
    return {
        "amount": budget.used_on(today),
        "percent": f"{percent:.1f}",
        "bar": min(100, int(percent)),
    }
