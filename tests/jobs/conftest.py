"""Exports run as a worker runs them: on a database of their own, committed."""

import csv
import io
from pathlib import Path
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from core import clock, tenancy
from core.clock import now
from jobs.models import Job
from jobs.services import run_job
from partnercenter.exports import ask_export
from partnercenter.work import WORK


def ask(by, key="customers", query="", *, file_format="csv", revealed=False, token=None):
    """As the button does it, in a request of the member's."""
    with tenancy.tenant(by.partner_id, user_id=by.user_id):
        return ask_export(
            key=key,
            query=query,
            file_format=file_format,
            revealed=revealed,
            token=token or uuid4(),
            by=by,
            at=now(),
        )


def run(job: Job) -> Job:
    run_job(job.pk, WORK, now=clock.now)
    job.refresh_from_db()
    return job


def csv_of(job: Job) -> list[list[str]]:
    with job.file.open("rb") as file:
        text = file.read().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def sheets_of(job: Job) -> dict[str, list[list[object]]]:
    with job.file.open("rb") as file:
        book = CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> Path:
    """Where files go: a folder, so that a test can say what is left there."""
    on_disk = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = settings.STORAGES | {"default": on_disk}
    return tmp_path
