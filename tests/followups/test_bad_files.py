"""T-UP-1, T-UP-2: what may not be attached is refused in words; the rest is only a download."""

import re

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from followups.attachments import CONTENT_TYPES, BadFile, check
from followups.models import Attachment
from tests.factories import make_alert, make_customer

from .bad_files import KEPT, REFUSED
from .files import PNG, upload

ANSWER = {"outcome": "not_lost", "kept_reason": "seasonal", "note": "已联系客户"}


def given(name: str, content: bytes):
    """An upload that kept its name, as a client of one's own would send it."""
    file = upload("a", content)
    file._name = name
    return file


@pytest.fixture
def handle(cast, sign_in):
    """`handle(file)`: attach it to the handling of a new alert."""
    client = sign_in(cast.jing)

    def send(*files):
        alert = make_alert(customer=make_customer(manager=cast.jing))
        answer = client.post(
            reverse("followups:handle_alert", args=[alert.pk]), ANSWER | {"attachments": files}
        )
        return alert, answer

    send.client = client
    return send


def test_there_are_more_than_sixty_kinds_of_bad_files():
    assert len(REFUSED) >= 60 and len(KEPT) >= 20


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_refused(case):
    with pytest.raises(BadFile) as error:
        check(given(*REFUSED[case]))
    assert re.search(r"不能上传|空文件|超过", str(error.value))


@pytest.mark.parametrize("case", KEPT)
def test_what_cannot_be_told_apart_gets_a_harmless_name(case):
    name, content = KEPT[case]
    checked = check(given(name, content))
    assert re.fullmatch(r"[\w.=-]{1,196}\.(png|jpg|pdf|docx|xlsx)", checked.name), checked.name
    assert checked.file.read() == content


def test_no_bad_file_breaks_the_page_or_is_stored(handle):
    for case, (name, content) in REFUSED.items():
        alert, answer = handle(upload(name.replace("/", ""), content))
        assert answer.status_code == 422, case
        alert.refresh_from_db()
        assert alert.is_pending, case
    assert not Attachment.objects.exists()


def test_what_is_kept_is_handed_out_as_a_download_that_runs_nothing(handle):
    for case, (name, content) in KEPT.items():
        alert, answer = handle(upload(re.sub("[\r\n\0]", "", name), content))
        assert answer.status_code == 302, case
        stored = Attachment.objects.get(handling__alert=alert)
        assert default_storage.exists(stored.file.name) and ".." not in stored.file.name
        shown = handle.client.get(reverse("followups:attachment", args=[alert.pk, stored.pk]))
        assert b"".join(shown.streaming_content) == content, case
        headers = shown.headers
        assert headers["Content-Disposition"].startswith("attachment"), case
        assert headers["Content-Type"] in CONTENT_TYPES.values(), case
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_one_bad_file_among_good_ones_refuses_all(handle):
    _alert, answer = handle(upload("a.png", PNG), upload("b.png", b"<html>"))
    assert answer.status_code == 422 and not Attachment.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b'--x\r\nContent-Disposition: form-data; name="attachments"; filename="a.png"\r\n\r\n',
        b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--",
        b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n\xff\xfe\0\r\n--x--',
        b"--x\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: form-data; name="attachments"; filename="a.png"\r\n\r\n!!!\r\n--x--',
    ],
    ids=["nothing", "cut at once", "cut in a file", "nameless", "no text", "no base64"],
)
def test_a_broken_form_is_refused(cast, sign_in, body):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    answer = sign_in(cast.jing).generic(
        "POST",
        reverse("followups:handle_alert", args=[alert.pk]),
        body,
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code in (400, 422)
    alert.refresh_from_db()
    assert alert.is_pending
