"""What the page of sessions shows of each."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django import template

from .. import sessions

register = template.Library()


@register.filter
def device(session: UserSession) -> str:
    return sessions.device_of(session.user_agent)


@register.filter
def seen_at(session: UserSession) -> datetime:
    return sessions.seen_at(session)
