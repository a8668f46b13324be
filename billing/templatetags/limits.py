"""What a customer's page asks about budgets and freezing."""

from typing import Any

from django import template

from billing.budgets import services
from billing.budgets.models import Budget
from core import clock
from customers.freezing import services as freezing

register = template.Library()
register.simple_tag(services.decide_budget)
register.simple_tag(freezing.decide_freeze)
register.simple_tag(freezing.loaded_freeze)


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
