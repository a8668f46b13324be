"""T-AUD: whoever changes something leaves exactly one line in the log for each fact.

What to ask comes from the matrix, so a page that is added is looked at by itself.
"""

from dataclasses import dataclass

import pytest
from django.db import transaction

from activity.models import Activity
from core import tenancy

from .actors import BY_NAME, Seat
from .asking import Interview
from .database import BOOKKEEPING, Watch
from .pages import Probe
from .permissions import own_posts
from .world import World

# Pages that change something of which the log says nothing, and why.
_OWN_COLUMNS = "how one arranges a list for oneself is no act"
SILENT: dict[str, str] = {
    "activity:activity_list": _OWN_COLUMNS,
    "activity:notification_list": _OWN_COLUMNS,
    "activity:announcement_list": _OWN_COLUMNS,
    "bills:bill_list": _OWN_COLUMNS,
    "contracts:agreement_list": _OWN_COLUMNS,
    "coupons:quota_list": _OWN_COLUMNS,
    "coupons:plan_list": _OWN_COLUMNS,
    "coupons:promotion_list": _OWN_COLUMNS,
    "bills:line_list": _OWN_COLUMNS,
    "invoices:invoice_list": _OWN_COLUMNS,
    "invoices:settlement_list": _OWN_COLUMNS,
    "associations:invitation_list": _OWN_COLUMNS,
    "customers:assign_list": _OWN_COLUMNS,
    "customers:assignment_list": _OWN_COLUMNS,
    "customers:customer_activity": _OWN_COLUMNS,
    "customers:label_list": _OWN_COLUMNS,
    "customers:manager_list": _OWN_COLUMNS,
    "followups:customer_alerts": _OWN_COLUMNS,
    "billing:customer_orders": _OWN_COLUMNS,
    "billing:customer_resources": _OWN_COLUMNS,
    "jobs:job_list": _OWN_COLUMNS,
    "funds:statement": _OWN_COLUMNS,
    "activity:close_announcement": "reading an announcement is no act",
    "activity:open_notification": "reading a notice is no act",
    "activity:read_all_announcements": "reading announcements is no act",
    "activity:read_all_notifications": "reading notices is no act",
    "mfa_edit_webauthn": "what a person calls a passkey opens and closes nothing",
}
# Pages on which one act is two facts, each with a subject of its own.
TWO_FACTS: dict[str, list[str]] = {
    "account_change_password": ["password.changed", "session.ended"],
    "account_logout": ["session.signed_out", "proxy.left"],  # out of the account of a customer, too
    "mfa_deactivate_totp": ["second_factor.removed", "session.ended"],
    "mfa_remove_webauthn": ["second_factor.removed", "session.ended"],
    "proxies:enter_to_order": ["proxy.left", "proxy.entered"],  # out of another account first
    "proxies:enter_to_operate": ["proxy.left", "proxy.entered"],
    "my:join": ["account_user.added", "session.signed_in"],
    "budgets:set_budget": ["budget.set", "customer.unfrozen"],
    "budgets:set_theirs": ["budget.set", "customer.unfrozen"],
    "admin:org_member_add": ["user.created", "member.created"],
    "admin:billing_subaccount_do": ["customer.associated", "sub_account.mapped"],
}
# Who joins is somebody new, and signed in.
AS_ANOTHER = {"my:join"}
DONE = (200, 204, 302)


@dataclass
class Effect:
    status: int
    changed: set[str]  # tables, the log itself left out
    lines: list[Activity]


class Acting(Interview):
    def __init__(self, seat: Seat, world: World) -> None:
        super().__init__(seat, world)
        with tenancy.vendor():
            self._known = list(Activity.objects.values_list("pk", flat=True))

    def effect(self, probe: Probe) -> Effect:
        """What a proper POST changes and records; it is undone."""
        sent, watch = self.proper(probe), Watch()
        with transaction.atomic():
            response = self.send(probe, sent)
            changed = watch.changed() - BOOKKEEPING.keys() - {"activity_activity"}
            with tenancy.vendor():
                lines = list(Activity.objects.exclude(pk__in=self._known).order_by("pk"))
            transaction.set_rollback(True)
        self.seat.restore()
        return Effect(response.status_code, changed, lines)


def _wanted(probe: Probe) -> int:
    return 0 if probe.page.name in SILENT else 1


@pytest.mark.parametrize("name", ["yun", "jing", "operator"])
def test_each_fact_leaves_one_line_in_the_log(world, name, monkeypatch):
    # No probe commits: what would follow the commit follows the call.
    monkeypatch.setattr(transaction, "on_commit", lambda call, *args, **kwargs: call())
    interview = Acting(Seat(BY_NAME[name], world), world)
    acted: set[str] = set()
    for probe in own_posts(interview):
        effect = interview.effect(probe)
        if effect.status not in DONE or not effect.changed:
            continue
        acted.add(probe.page.name)
        said = [line.verb for line in effect.lines]
        if len(said) != _wanted(probe) and said != TWO_FACTS.get(probe.page.name):
            interview.note(probe, f"changed {sorted(effect.changed)} and recorded {said}")
        others = any(line.user_id != interview.seat.user.pk for line in effect.lines)
        if others and probe.page.name not in AS_ANOTHER:
            interview.note(probe, "recorded as somebody else's act")
    print(f"{name}: {len(acted)} pages changed something: {', '.join(sorted(acted))}")
    assert acted
    assert not interview.problems, "\n".join(interview.problems)
