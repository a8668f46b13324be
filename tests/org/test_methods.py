"""Only four methods are taken at all."""

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_another_method_is_refused_before_anybody_asks_who_it_is(
    client: Client, sign_in, cast, method, django_assert_num_queries
):
    sign_in(cast.yun)
    for path in ("/", "/customers/", "/admin/", "/accounts/login/", "/nope/"):
        with django_assert_num_queries(0):
            response = client.generic(method, path)
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD, OPTIONS, POST"
        assert "no-store" in response["Cache-Control"] and response["X-Request-ID"]
