"""What binds two sides is written by neither's role.

A partner's request cannot write what a customer reads, nor a customer's what a partner reads. So
an act between them runs as the vendor's side, which sees both. Whose row it may touch was asked
before: by the view, through `visible_to`, in the asker's own role, and again here under the lock.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from core import tenancy

P = ParamSpec("P")
R = TypeVar("R")


def between_both_sides(service: Callable[P, R]) -> Callable[P, R]:
    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with tenancy.vendor():
            return service(*args, **kwargs)

    return run
