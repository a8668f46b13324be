"""A body larger than its page takes is refused before anything of it is read."""

import pytest

from core.access import DEFAULT_BODY, MEGABYTE, access_of, all_urls
from tests.factories import make_alert, make_customer

# Pages that take files. A new one is read by a second person before it is added here.
LARGER = {
    "followups:handle_alert": 60,
    "admin:billing_consumptionfile_add": 60,
    "admin:billing_reportfile_add": 51,
    "admin:jobs_import_add": 51,
    "admin:jobs_import_do": 51,
    "jobs:import_upload": 51,
    "admin:billing_consumptionfile_do": 60,
}


class Unread:
    def read(self, *args):
        raise AssertionError("the body was read")

    readline = read


def send(client, path, size, **headers):
    body = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(size)}
    return client.post(path, content_type="multipart/form-data; boundary=x", **body | headers)


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_refused_unread(client):
    response = send(client, "/accounts/login/", DEFAULT_BODY + 1)
    page = response.content.decode()
    assert response.status_code == 413
    assert "最多接受 2.5 MB" in page and response["X-Request-ID"] in page


@pytest.mark.django_db
def test_a_body_of_unknown_length_is_refused_unread(client):
    response = send(client, "/accounts/login/", "", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["-1", "9" * 40, "x"])
def test_a_length_that_is_none_is_refused(client, length):
    assert send(client, "/accounts/login/", length).status_code == 413


@pytest.mark.django_db
def test_files_of_a_handling_are_taken_up_to_sixty_megabytes(sign_in, cast):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    path, client = f"/followups/alerts/{alert.pk}/handle/", sign_in(cast.jing)
    assert send(client, path, 60 * MEGABYTE + 1).status_code == 413
    with pytest.raises(AssertionError, match="was read"):
        send(client, path, 60 * MEGABYTE)


def test_only_reviewed_pages_take_more():
    larger = {
        name: access_of(view).max_body // MEGABYTE
        for _, name, view in all_urls()
        if access_of(view).max_body > DEFAULT_BODY
    }
    assert larger == LARGER
