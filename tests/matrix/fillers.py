"""How the placeholders of each URL are filled: with one's own row, a colleague's, a stranger's.

A URL that is missing here fails the matrix: say below which row its placeholder names.
"""

import re

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin

from activity.models import Announcement, Notification
from associations.models import AssociationChange
from billing.bills.models import PartnerBill
from billing.invoices.agreements import Settlement
from billing.invoices.models import Invoice, Obligation
from billing.models import Resource
from billing.operations.models import ResourceRequest
from billing.orders.models import Order
from customers.accounts.models import AccountNotice, AccountUser
from customers.authorizations.models import Authorization
from customers.models import Customer
from customers.notes.models import Label
from followups.models import Alert, Attachment
from jobs.models import Job
from ledger.models import Account
from tests.factories import NOW

from . import coupon_fillers, papers, portal
from .filling import (
    Fill,
    Target,
    accounts,
    addresses,
    changes,
    deeds,
    either,
    imports,
    imports_of_vendor,
    inside,
    invitations,
    jobs,
    kind_of_import,
    lines,
    of_account,
    partner_to_act_for,
    personal,
    resellers,
    rights,
    rows,
    seen,
    theirs,
)

_PASSKEY = personal(Authenticator, "user", type=Authenticator.Type.WEBAUTHN)
_POSTPAID = rows(Customer, association_type="postpaid")
_PENDING = rows(Alert, state="pending")
_HANDLED = rows(Alert, handling__isnull=False)

# (URL name, placeholder) → how to fill it. "app:*" stands for every URL of the app.
FILLERS: dict[tuple[str, str], Fill] = {
    ("customers:change_label", "pk"): rows(Label),
    ("customers:delete_label", "pk"): rows(Label),
    ("customers:*", "pk"): rows(Customer),
    ("billing:order_detail", "pk"): rows(Order),
    ("billing:pay_order", "pk"): rows(Order, proxy_state="waiting"),
    ("billing:refuse_order", "pk"): rows(Order, proxy_state="waiting"),
    ("billing:*", "pk"): rows(Customer),
    ("funds:allocate_customer", "pk"): rows(Customer),
    ("funds:reclaim_customer", "pk"): rows(Customer),
    ("funds:*", "pk"): resellers,
    ("associations:customer", "pk"): rows(Customer),
    ("associations:ask_leave", "pk"): rows(Customer),
    ("associations:ask_switch", "pk"): rows(Customer),
    ("associations:change", "pk"): changes(),
    ("associations:answer", "pk"): changes("partner"),
    ("associations:withdraw", "pk"): changes("customer"),
    ("associations:qr_code", "pk"): invitations(channel="link"),
    ("associations:resend", "pk"): invitations(channel="email"),
    ("associations:*", "pk"): invitations(),
    ("my:switch_account", "pk"): accounts,
    ("my:open_notice", "pk"): of_account(AccountNotice),
    ("my:authorization", "pk"): of_account(Authorization),
    ("my:code", "pk"): of_account(Authorization),
    ("my:grant", "pk"): of_account(Authorization, state="asked"),
    ("my:refuse", "pk"): of_account(Authorization, state="asked"),
    ("my:revoke", "pk"): of_account(Authorization, state="granted"),
    ("authorizations:authorization", "pk"): seen(Authorization),
    ("authorizations:cancel", "pk"): seen(Authorization, state="asked"),
    ("authorizations:customer", "pk"): rows(Customer),
    ("authorizations:ask", "pk"): rows(Customer, authorizations__state="expired"),
    ("authorizations:*", "pk"): rights,
    ("proxies:*", "pk"): rows(Customer),
    ("operations:ask", "pk"): inside(Resource),
    ("operations:cancel", "pk"): inside(ResourceRequest, kind="order"),
    ("freezing:freeze", "pk"): _POSTPAID,
    ("freezing:unfreeze", "pk"): _POSTPAID,
    ("freezing:grant", "pk"): rights,
    ("freezing:*", "pk"): theirs,
    ("budgets:set_budget", "pk"): _POSTPAID,
    ("budgets:*", "pk"): theirs,
    ("operations:ask", "kind"): deeds,
    ("my:answer", "pk"): changes("customer"),
    ("my:withdraw", "pk"): changes("partner"),
    ("my:request", "pk"): changes(),
    **portal.FILLERS,
    **coupon_fillers.FILLERS,
    ("my:*", "token"): addresses,
    **papers.FILLERS,
    ("bills:bill_detail", "pk"): seen(PartnerBill),
    ("invoices:obligation_detail", "pk"): seen(Obligation),
    ("invoices:record_invoice", "pk"): seen(Obligation, direction="by_partner", invoices=None),
    ("invoices:request_invoice", "pk"): seen(Obligation, direction="to_partner", invoices=None),
    ("invoices:invoice_detail", "pk"): seen(Invoice),
    ("invoices:submit_invoice", "pk"): seen(Invoice, state="draft"),
    ("invoices:withdraw_invoice", "pk"): seen(Invoice, state="reviewing"),
    ("invoices:sign_invoice", "pk"): seen(Invoice, state="to_sign"),
    ("invoices:return_invoice", "pk"): seen(Invoice, state="issued"),
    ("invoices:*", "pk"): seen(Settlement),
    ("admin:associations_associationchange_do", "object_id"): rows(
        AssociationChange, escalated_at=NOW
    ),
    ("admin:billing_resourcerequest_do", "object_id"): rows(ResourceRequest, state="waiting"),
    ("admin:billing_invoice_do", "object_id"): rows(Invoice, state="reviewing"),
    ("admin:customers_accountuser_do", "object_id"): rows(AccountUser, is_main=False),
    ("admin:ledger_account_do", "object_id"): rows(Account, kind="cash"),
    ("followups:customer_alerts", "pk"): rows(Customer),
    ("followups:attachment", "pk"): _HANDLED,
    ("followups:attachment", "file"): rows(Attachment),
    ("followups:handle_alert", "pk"): _PENDING,
    ("followups:*", "pk"): either(_PENDING, _HANDLED),
    ("jobs:import_upload", "kind"): kind_of_import,
    ("jobs:import_template", "kind"): kind_of_import,
    ("jobs:import_columns", "pk"): imports,
    ("jobs:import_preview", "pk"): imports,
    ("jobs:import_errors", "pk"): imports,
    ("admin:jobs_import_change", "object_id"): imports_of_vendor,
    ("admin:jobs_import_do", "object_id"): imports_of_vendor,
    ("admin:jobs_import_errors", "object_id"): imports_of_vendor,
    ("admin:jobs_import_redirect", "object_id"): imports_of_vendor,
    ("jobs:batch", "pk"): jobs("done", "bulk"),
    ("jobs:undo", "pk"): jobs("done", "bulk"),
    ("jobs:cancel", "pk"): jobs("queued"),
    ("jobs:download", "pk"): jobs("done"),
    ("jobs:approval", "pk"): jobs("pending"),
    ("admin:jobs_job_do", "object_id"): rows(Job, state="failed"),
    ("org:switch_partner", "pk"): partner_to_act_for,
    ("org:end_session", "pk"): personal(UserSession, "user"),
    ("activity:activity_line", "pk"): lines,
    ("activity:announcement_detail", "pk"): rows(Announcement),
    ("activity:close_announcement", "pk"): rows(Announcement),
    ("activity:open_notification", "pk"): personal(Notification, "member"),
    ("mfa_remove_webauthn", "pk"): _PASSKEY,
    ("mfa_edit_webauthn", "pk"): _PASSKEY,
}


def fillers_of(name: str, placeholder: str) -> Fill | None:
    everywhere = f"{name.split(':')[0]}:*"
    return FILLERS.get((name, placeholder)) or FILLERS.get((everywhere, placeholder))


# ---- Django's admin: its URLs name their model ----

_ADMIN = re.compile(r"^admin:(?P<app>[a-z]+)_(?P<model>[a-z]+)_(?P<page>\w+)$")


def admin_fill(name: str, placeholder: str) -> Fill | None:
    found = _ADMIN.match(name)
    if not found:
        return None
    model = apps.get_model(found["app"], found["model"])
    if placeholder == "object_id":
        return rows(model)
    if placeholder == "name" and found["page"] == "do":
        buttons = admin.site._registry[model].buttons
        return lambda seat, world, which: [Target(button, True) for button in buttons]
    return None
