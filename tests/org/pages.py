"""A few pages that only tests have: one that asks for proof, and some that break."""

from typing import Any

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from core.access import public
from core.refusals import InvalidTransition
from customers.models import Customer
from org.gate import requires
from partnercenter.urls import *  # noqa: F403  (all of the product's, handlers included)
from partnercenter.urls import urlpatterns as of_the_product


@requires(step_up=True)
def sensitive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("granted")


@public
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret detail")


@public
def database_away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused")


@requires()
def slow(request: Any) -> HttpResponse:
    """A write, then a statement of five seconds."""
    Customer.objects.update(account_manager=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    return HttpResponse("done")


@requires()
def too_late(request: Any) -> HttpResponse:
    raise InvalidTransition("该预警已被处理")


urlpatterns = [
    *of_the_product,
    path("sensitive/", sensitive),
    path("broken/", broken),
    path("away/", database_away),
    path("slow/", slow),
    path("too-late/", too_late),
]
