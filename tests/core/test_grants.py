"""What the partner's side may change of a row, asked of PostgreSQL as its own role."""

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from core import tenancy
from customers.models import Assignment, Customer
from customers.services import assign_customer
from followups.models import Alert
from org.models import User
from tests.factories import NOW, make_alert, make_customer

OWN = (
    *("org", "activity", "workbench", "jobs", "ledger", "customers", "billing", "followups"),
    *("associations", "coupons", "ops"),
)
# A new column here is read by a second person.
CHANGED_BY_PARTNERS = {
    "activity_notification": {"read_at", "closed_at"},
    "activity_noticesettings": {"mail", "digest_hour", "quiet_from", "quiet_to", "language"},
    "activity_announcementread": {"revision", "read_at"},
    "billing_invoice": {
        *("state", "state_at", "title_id", "medium", "kind", "mailbox", "address"),
        *("asked_by_id", "return_reason"),
    },
    "billing_invoicetitle": {"retired_at"},
    "billing_settlement": {"state", "answerer_id", "answered_at", "objection"},
    "associations_invitation": {"state", "sent_at", "expires_at", "ended_at"},
    "billing_order": {
        *("status", "paid_at", "proxy_state", "proxy_at"),
        *("proxy_by_id", "proxy_reason", "proxy_transfer_id"),
    },
    "billing_balancewarning": {"threshold"},
    "coupons_coupon": {"state", "state_at"},
    "coupons_quota": {"coupons_issued", "total_issued"},
    "coupons_voucherplan": {
        *("promotion_id", "name", "face", "per_customer", "starts_at", "ends_at"),
        *("min_order", "services", "order_types", "remark", "state", "revision"),
        *("submitted_by_id", "submitted_at"),
    },
    "customers_assignment": {"ended_at"},
    "customers_customer": {"account_manager_id"},
    "customers_label": {"name", "colour", "deleted_at"},
    "customers_proxysession": {"seen_at", "ended_at", "ended_how"},
    "customers_remark": {"text", "written_by_id", "written_at"},
    "followups_alert": {"state", "handled_at", "snoozed_until", "snoozed_figure"},
    "jobs_import": {
        *("mapping", "preview", "wrong", "seal"),
        *("job_id", "committed_at", "done"),
    },
    "jobs_job": {"state", "finished_at", "reason", "approver_id"},
    "workbench_arrangement": {
        *("column_order", "hidden_columns", "pinned_columns", "is_compact"),
        *("default_view_id", "pinned_views"),
    },
    "workbench_savedview": {"name", "query", "is_shared"},
    "jobs_jobrow": {"outcome", "reason", "before", "after", "at"},
    "org_partner": {"exports_need_approval", "sensitive_needs_code"},
    "org_user": {"password", "last_login", "must_change_password", "password_changed_at"},
}


@pytest.mark.django_db
def test_partners_change_the_reviewed_columns_only():
    tables = [m._meta.db_table for m in apps.get_models() if m._meta.app_label in OWN]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attrelid::regclass::text, array_agg(attname::text) FROM pg_attribute"
            " WHERE attrelid = ANY (%s::regclass[]) AND attnum > 0 AND NOT attisdropped"
            " AND has_column_privilege(%s, attrelid, attnum, 'UPDATE') GROUP BY attrelid",
            [tables, tenancy.APP],
        )
        found = {table: set(columns) for table, columns in cursor.fetchall()}
    assert found == CHANGED_BY_PARTNERS


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Customer, {"name": "改名"}),
        (Customer, {"associated_at": NOW}),
        (Alert, {"raised_on": NOW.date()}),
        (Assignment, {"performance_from": NOW.date()}),
        (User, {"email": "mine@example.com"}),
    ],
)
def test_a_partners_request_rewrites_neither_facts_nor_the_past(cast, model, change):
    make_alert(customer=make_customer(manager=cast.jing))
    with (
        pytest.raises(ProgrammingError, match="denied"),
        transaction.atomic(),
        tenancy.tenant(cast.reseller.pk, user_id=cast.jing.user_id),
    ):
        model.objects.update(**change)


@pytest.mark.django_db
def test_an_assignment_by_the_partner_hands_the_alerts_on(cast):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    with tenancy.tenant(cast.reseller.pk, user_id=cast.yun.user_id):
        assign_customer(alert.customer, cast.other, by=cast.yun, at=NOW)
    alert.refresh_from_db()
    assert alert.account_manager == cast.other
