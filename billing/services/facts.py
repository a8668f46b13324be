"""What the vendor reports of accounts and resources each day, for the alert rules.

CSV by COPY into a temporary table, then one statement over all of it (intake.py).
"""

from datetime import datetime
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from billing import values
from billing.arrears.announce import tell_fallen
from billing.errorfile import ErrorFile
from billing.funds.reported import settle_reported
from billing.models import Resource
from billing.tables import NotReadable

from .intake import Column, Facts, load, maybe, name, not_negative, one_of, take, take_repeated

CUSTOMER = Column("customer_number", "varchar(64)", name(64))
ACCOUNT_FACTS = (
    Column("last_login_on", "date", maybe(values.day), empty=None),
    Column("available_amount", "numeric(18, 2)", maybe(values.money), empty=None),
    Column("arrears", "numeric(18, 2)", maybe(not_negative), empty=0),
    Column("disassociation_requested_on", "date", maybe(values.day), empty=None),
)
RESOURCE = (
    Column("number", "varchar(128)", name(128)),
    Column("provider", "varchar(100)", name(100)),
    Column("service", "varchar(200)", name(200)),
    Column("list_price", "numeric(18, 2)", maybe(not_negative)),
    Column("created_on", "date", maybe(values.day)),
)
RESOURCE_MORE = (
    Column("name", "varchar(128)", name(128), empty=""),
    Column(
        "state",
        "varchar(10)",
        maybe(one_of(Resource.State.values)),
        empty=Resource.State.ACTIVE.value,
    ),
    Column("is_main", "boolean", maybe(values.yes_no), empty=True),
    Column("auto_renew", "boolean", maybe(values.yes_no), empty=False),
    Column("expires_on", "date", maybe(values.day), empty=None),
    Column("released_on", "date", maybe(values.day), empty=None),
)

# The customer that the number means now.
_KNOWN = """UPDATE billing_facts f SET customer_id = c.id, partner_id = c.partner_id,
        association_type = c.association_type
    FROM customers_customer c JOIN customers_cloudaccount a ON a.id = c.cloud_account_id
    WHERE a.number = f.customer_number AND c.disassociated_at IS NULL"""
_UNKNOWN = "f.customer_id IS NULL"
_FALLEN = """SELECT c.id FROM billing_facts f JOIN customers_customer c ON c.id = f.customer_id
    WHERE c.arrears = 0 AND f.arrears > 0 ORDER BY c.id"""
_UPDATE_CUSTOMERS = """UPDATE customers_customer c SET {sets}
    FROM billing_facts f WHERE c.id = f.customer_id AND ({differs})"""
_SERVICES = """INSERT INTO billing_service (provider, name, category)
    SELECT DISTINCT provider, service, '' FROM billing_facts ON CONFLICT DO NOTHING"""
_UPSERT_RESOURCES = """INSERT INTO billing_resource AS r (partner_id, customer_id, number, name,
        service_id, state, is_main, auto_renew, list_price, created_on, expires_on, released_on)
    SELECT f.partner_id, f.customer_id, f.number, f.name, s.id, f.state, f.is_main, f.auto_renew,
        f.list_price, f.created_on, f.expires_on, f.released_on
    FROM billing_facts f
    JOIN billing_service s ON s.provider = f.provider AND s.name = f.service
    ON CONFLICT (customer_id, number) DO UPDATE SET
        (name, service_id, state, is_main, auto_renew, list_price, created_on, expires_on,
         released_on)
        = (excluded.name, excluded.service_id, excluded.state, excluded.is_main,
           excluded.auto_renew, excluded.list_price, excluded.created_on, excluded.expires_on,
           excluded.released_on)
    WHERE (r.name, r.service_id, r.state, r.is_main, r.auto_renew, r.list_price, r.created_on,
           r.expires_on, r.released_on)
        IS DISTINCT FROM (excluded.name, excluded.service_id, excluded.state, excluded.is_main,
           excluded.auto_renew, excluded.list_price, excluded.created_on, excluded.expires_on,
           excluded.released_on)"""


@transaction.atomic
def import_account_facts(stream: BinaryIO, *, by: Actor, at: datetime) -> Facts:
    """导入账号日报: last login, available amount, arrears and disassociation request by customer.

    A column that the file does not have is left as it is; an empty cell says that there is none.
    """
    facts = Facts(ErrorFile())
    with connection.cursor() as cursor:
        columns = load(cursor, stream, facts, (CUSTOMER,), ACCOUNT_FACTS)
        given = [column.name for column in columns if column is not CUSTOMER]
        if not given:
            raise NotReadable(_("文件中除客户ID外没有可导入的列"))
        take_repeated(cursor, facts, "customer_number")
        _take_unknown(cursor, facts)
        if "available_amount" in given:
            condition = "f.available_amount IS NOT NULL AND f.association_type <> 'resale'"
            take(cursor, facts, condition, _("只有代售客户有可用额度"))
            settle_reported(cursor, at=at)
        sets = ", ".join(f"{name} = f.{name}" for name in given)
        differs = " OR ".join(f"c.{name} IS DISTINCT FROM f.{name}" for name in given)
        fallen = _fallen(cursor) if "arrears" in given else []
        cursor.execute(_UPDATE_CUSTOMERS.format(sets=sets, differs=differs))
        facts.changed = cursor.rowcount
    tell_fallen(fallen, at=at)
    _record("account_facts.imported", facts, by=by, at=at)
    return facts


@transaction.atomic
def import_resources(stream: BinaryIO, *, by: Actor, at: datetime) -> Facts:
    """导入客户资源: one line a resource; a number that the customer has already is brought up to
    date. Resources that the file does not name stay as they are."""
    facts = Facts(ErrorFile())
    with connection.cursor() as cursor:
        load(cursor, stream, facts, (CUSTOMER, *RESOURCE), RESOURCE_MORE)
        take_repeated(cursor, facts, "customer_number", "number")
        _take_unknown(cursor, facts)
        condition = "(f.state = 'released') <> (f.released_on IS NOT NULL)"
        take(cursor, facts, condition, _("已释放的资源须有释放日期，其他资源不能有"))
        cursor.execute(_SERVICES)
        cursor.execute(_UPSERT_RESOURCES)
        facts.changed = cursor.rowcount
    _record("resources.imported", facts, by=by, at=at)
    return facts


def _fallen(cursor: Any) -> list[int]:
    """Customers who owed nothing until this report."""
    cursor.execute(_FALLEN)
    return [pk for (pk,) in cursor.fetchall()]


def _take_unknown(cursor: Any, facts: Facts) -> None:
    cursor.execute(_KNOWN)
    take(cursor, facts, _UNKNOWN, _("没有此客户，或已解除关联"))


def _record(verb: str, facts: Facts, *, by: Actor, at: datetime) -> None:
    after = {"lines": facts.lines, "changed": facts.changed, "bad_lines": facts.errors.count}
    record(verb, by=by, at=at, after=after)
