"""How alerts come to be and cease to be pending."""

from .announce import announce
from .catch_up import catch_up
from .closing import close_followups
from .run import Hit, RunResult, generate

__all__ = ["Hit", "RunResult", "announce", "catch_up", "close_followups", "generate"]
