"""What a customer's page asks about money."""

from django import template

from billing.funds import services

register = template.Library()
register.simple_tag(services.decide_adjust)
