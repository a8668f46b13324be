"""What pages ask about customers, whichever app makes the page."""

from django import template

from .. import services

register = template.Library()
register.simple_tag(services.decide_assign)
