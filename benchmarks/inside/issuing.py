"""Coupons issued one at a time by clients at once, and by a file."""

import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from core import clock, tenancy
from coupons.imports import CouponsByFile
from coupons.models import Coupon, CouponRecord, Quota
from coupons.rules import Wish
from coupons.services.issuing import Line, issue_coupons
from coupons.services.quotas import Grant, grant_quota
from customers.accounts.models import AccountUser
from customers.models import CloudAccount, Customer
from jobs.imports import services
from jobs.imports.forms import UploadForm
from org.models import Member, User
from org.permissions import COUPONS_ISSUE

from .clients import Make, at_once
from .world import main_account

RICH, QUOTAS = Decimal(1_000_000), 256
MARK = "bench"


def issuers() -> dict[int, Member]:
    """Of each partner that has one, somebody who may issue."""
    found: dict[int, Member] = {}
    for member in Member.objects.active().acting().order_by("pk"):
        if member.partner_id not in found and member.may(COUPONS_ISSUE):
            found[member.partner_id] = member
    return found


def grant(by: Member, amount: Decimal = RICH) -> Quota:
    at = clock.now()
    wanted = Grant("voucher", amount, at - timedelta(days=1), at + timedelta(days=365), remark=MARK)
    return grant_quota(by.partner, wanted, token=uuid4(), by=None, at=at)


def grant_quotas_of_bench() -> int:
    """Spread over all partners that have somebody to issue of them."""
    with tenancy.vendor():
        lacking = QUOTAS - Quota.objects.filter(remark=MARK).count()
        members = list(issuers().values())
        for n in range(lacking):
            grant(members[n % len(members)])
        return max(lacking, 0)


def issue_coupons_of_bench(clients: int, seconds: float) -> dict[str, float]:
    """Each client issues one coupon after the other; what is stored is compared at once."""
    with tenancy.vendor():
        make, run = _issue_one(), uuid4().hex
        before = Coupon.objects.count()
    acked, speed = at_once(make, run, clients=clients, seconds=seconds)
    with tenancy.vendor():
        stored = Coupon.objects.count() - before
    if stored != acked:
        raise RuntimeError(f"{acked} acknowledged, {stored} stored")
    return speed


def _issue_one() -> Make:
    found = issuers()
    quotas = list(Quota.objects.filter(remark=MARK, partner__in=found).order_by("pk"))
    customers: dict[int, list[Customer]] = {}
    for each in Customer.objects.associated().filter(partner__in=found).order_by("pk"):
        customers.setdefault(each.partner_id, []).append(each)

    def make(key: str) -> int:
        rng = Random(key)
        quota = rng.choice(quotas)
        by, customer = found[quota.partner_id], rng.choice(customers[quota.partner_id])
        lines = [Line(customer, Wish(Decimal("0.01"), quota.starts_at, quota.ends_at))]
        token = uuid5(NAMESPACE_OID, key)
        with tenancy.tenant(quota.partner_id, user_id=by.user_id):
            (made,) = issue_coupons(quota, lines, token=token, by=by, at=clock.now())
        return made.is_done

    return make


# ---- by file ----


def issue_by_file(coupons: int) -> dict[str, Any]:
    """What is measured is the commit: file read again, checked, issued, told. Rolled back."""
    kind, at = CouponsByFile(), clock.now()
    steps: list[float] = []
    with transaction.atomic():
        with tenancy.vendor():
            by = main_account()
            quota, numbers = grant(by), _new_customers(by, coupons, at)
            _check_references()
        form = UploadForm({}, {"file": _file(quota, numbers)})
        assert form.is_valid(), form.errors
        sent = form.cleaned_data["file"]
        with tenancy.tenant(by.partner_id, user_id=by.user_id):
            issued = _import(kind, sent, steps, by=by, at=at)
        transaction.set_rollback(True)
    upload, preview, commit = (b - a for a, b in zip([0, *steps], steps, strict=False))
    said = {"upload": round(upload), "preview": round(preview), "commit": round(commit)}
    return {"seconds": commit / 1000, "coupons": issued, "steps_ms": said}


def _import(kind: CouponsByFile, sent: Any, steps: list[float], *, by: Member, at: Any) -> int:
    began = time.perf_counter()

    def step() -> None:
        steps.append((time.perf_counter() - began) * 1000)

    who = {"by": by, "at": at}
    read = {"headers": sent.headers, "lines": sent.lines_read}
    made = services.start_import(kind, sent, partner=by.partner, **read, **who)
    step()
    made = services.choose_columns(made, kind, made.mapping, **who)
    step()
    made, _done = services.commit_import(made, kind, seen=made.seal, **who)
    _check_references()
    step()
    made.file.storage.delete(made.file.name)
    return CouponRecord.objects.filter(at=at, type="issue", is_done=True).count()


def _check_references() -> None:
    """What a commit would look at."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _new_customers(by: Member, count: int, at: Any) -> list[str]:
    """Each with a user who is told, in 消息 and by e-mail."""
    numbers = [f"bench{n:08d}" for n in range(count)]
    accounts = CloudAccount.objects.bulk_create(
        CloudAccount(number=number, name=number) for number in numbers
    )
    users = User.objects.bulk_create(
        User(email=f"{number}@bench.example", name=number, is_customer=True) for number in numbers
    )
    AccountUser.objects.bulk_create(
        AccountUser(cloud_account=account, user=user, is_main=True, created_at=at)
        for account, user in zip(accounts, users, strict=True)
    )
    Customer.objects.bulk_create(
        Customer(
            partner_id=by.partner_id,
            cloud_account=account,
            number=account.number,
            name=account.number,
            account_name=account.number,
            association_type=Customer.Association.RESALE,
            associated_at=at,
        )
        for account in accounts
    )
    return numbers


def _file(quota: Quota, numbers: list[str]) -> SimpleUploadedFile:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "coupons.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, [str(column.label) for column in CouponsByFile.columns])
            for n, number in enumerate(numbers, start=1):
                sheet.write_row(n, 0, [number, quota.number, "10.00", ""])
        return SimpleUploadedFile("coupons.xlsx", path.read_bytes())
