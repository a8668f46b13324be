"""Ask, and judge the answer: status, marks of others, rows changed."""

import re
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse

from core import tenancy
from core.middleware import MethodsMiddleware
from tests.factories import PASSWORD

from . import coupons, database, delegation, forms, limits, marks, money, of_billing
from .actors import Seat
from .database import BOOKKEEPING
from .filling import MISSING, WHOLE_PARTNER
from .headers import bad_headers
from .money import POSTED_TO
from .pages import SAFE, Page, Probe, probes
from .refusing import ALSO_REFUSE, MAY_BE_OVER
from .world import World

# Pages on which an account is completed, although it lacks something (docs/decisions).
COMPLETES_PASSWORD = {"account_change_password"}
COMPLETES_FACTOR = {
    *COMPLETES_PASSWORD,
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}
# Whose doors are closed to whom: a member's to customers, a customer's to everybody else.
_OTHER_SIDE = {("member", True), ("customer", False)}
# That somebody has looked is remembered of recovery codes by allauth, of files by the log.
NOTED_BY_ASKING = {
    "activity:announcement_detail": {"activity_announcementread"},
    "jobs:download": {"activity_activity"},
    "mfa_view_recovery_codes": {"mfa_authenticator"},
    "mfa_download_recovery_codes": {"mfa_authenticator"},
    **delegation.NOTED_BY_ASKING,
}


# What a distributor changes at its reseller: the other side of its transfer, and the notice.
_MONEY = {"activity_notification", "ledger_account", "ledger_entry"}
CROSSES = {"funds:allocate_reseller": _MONEY, "funds:reclaim_reseller": _MONEY}
CROSSES["billing:pay_order"] = _MONEY  # the vendor's side of the payment
CROSSES |= coupons.CROSSES | delegation.CROSSES | limits.CROSSES


# Forms that stand on another page than the one they post to.
_FORM_AT = {
    "followups:handle_alert": lambda path: path.removesuffix("handle/"),
    "my:answer": lambda path: path.removesuffix("answer/"),
    **dict.fromkeys(POSTED_TO, lambda path: f"{path[:-1].rpartition('/')[0]}/"),
    **of_billing.FORM_AT,
    **delegation.FORM_AT,
}


def _reseller(world: World) -> int:
    return world.partners["reseller"].pk


# What a POST needs beyond the first choice of each field, by URL name.
_REVEAL = {"reveal": "name"}
_ADJUSTS = [
    f"funds:{act}_{whom}" for act in ("allocate", "reclaim") for whom in ("customer", "reseller")
]
_WRITTEN = {"partner_ids": "", "starts_on": "", "ends_on": "", "pinned": "1"}
SENT: dict[str, dict[str, Any]] = {
    "account_change_password": {"oldpassword": PASSWORD},
    "customers:customer_list": _REVEAL,
    "funds:adjustment_list": _REVEAL,
    **{page: {"amount": "1", "money": "cash", "step": "confirm"} for page in _ADJUSTS},
    "funds:set_warning": {"threshold": "500"},
    "customers:reseller_customer_list": _REVEAL,
    **dict.fromkeys(of_billing.LISTS, _REVEAL),
    "billing:refuse_order": {"reason": "不在预算内"},
    "followups:view_list": _REVEAL,
    "associations:change_list": _REVEAL,
    "followups:handle_list": _REVEAL,
    "followups:reseller_view_list": _REVEAL,
    "followups:handle_alert": {
        "outcome": "not_lost",
        "kept_reason": "seasonal",
        "note": "已联系客户",
    },
    **money.SENT,
    **delegation.SENT,
    **limits.SENT,
    **coupons.SENT,
    "org:change_security": {"exports_need_approval": "on", "sensitive_needs_code": "on"},
    "jobs:ask_export": {
        "key": "customers",
        "query": "",
        "file_format": "csv",
        "token": "5f0d3c1e-8a6b-4c2d-9e7f-1a2b3c4d5e6f",
    },
    "jobs:approval": {"verdict": "approve"},
    "my:ask_letter": {"email": "new@example.com"},
    "mfa_edit_webauthn": {"name": "新名称"},
    "mfa_reauthenticate": {"code": "000000"},
    "admin:activity_announcement_add": _WRITTEN,
    "admin:activity_announcement_change": _WRITTEN,
    "admin:ledger_account_add": {"partner": _reseller, "kind": "cash"},
    "admin:ledger_account_do": {"amount": "1", "memo": "x", "way": "up", "limit": "1"},
    "admin:org_partner_add": {"credit_code": ""},
    "admin:org_member_add": {"partner": _reseller, "phone": "", "roles": "finance"},
    "admin:org_role_add": {"partner": _reseller},
    "admin:billing_exchangerate_add": {"currency": "EUR"},
    "admin:billing_subaccount_do": {"partner": _reseller},
    "admin:followups_rule_do": {"quiet_days": "45"},
}
_ID = re.compile(r"\d{12}")
_NEUTRAL = "tester"


class Interview:
    """One actor, asked for one thing after the other; what is wrong gathers in `problems`."""

    def __init__(self, seat: Seat, world: World, possible: list[Probe] | None = None) -> None:
        self.seat, self.world = seat, world
        self.problems: list[str] = []
        self.probes = possible if possible is not None else probes(seat, world)
        # The page of each form: of one's own row where there is one.
        visible = [probe for probe in self.probes if probe.visible and probe.which != "mixed"]
        visible.sort(key=lambda probe: probe.which == "own")
        self._own_paths = {probe.form: probe.path for probe in visible}
        self._asked_for: set[tuple[str, str]] = set()
        with tenancy.vendor():
            self._foreign = database.hashes(seat.partner_id, seat.user and seat.user.pk)
            self.smuggled = smuggled(world, seat)
        self._watch = database.Watch()

    def ask(self, probe: Probe) -> HttpResponse:
        """One probe; whatever it changed is undone."""
        sent = self._sent(probe)
        with transaction.atomic():
            response = self.send(probe, sent)
            touched = self._watch.changed()
            changed = touched - BOOKKEEPING.keys() - NOTED_BY_ASKING.get(probe.page.name, set())
            if changed:
                self._judge_changes(probe, response, changed)
            transaction.set_rollback(True)
        if touched or probe.method == "POST":
            self.seat.restore()
        self._judge(probe, response, sent)
        return response

    def send(self, probe: Probe, sent: forms.Values | None = None) -> Any:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
        headers = headers if probe.htmx else {}
        if probe.method == "POST":
            return self.seat.client.post(probe.path, sent or {}, headers=headers)
        return self.seat.client.generic(probe.method, probe.path, headers=headers)

    def note(self, probe: Probe, problem: str) -> None:
        self.problems.append(f"{self.seat.actor.name}: {probe}: {problem}")

    # ---- what is sent ----

    def _sent(self, probe: Probe) -> forms.Values | None:
        if probe.method != "POST":
            return None
        if probe.forged:
            return forms.forged(self.form_of(probe), self.smuggled)
        return self.proper(probe)

    def proper(self, probe: Probe) -> forms.Values:
        """What a person would send."""
        needed = SENT.get(probe.page.name, {})
        needed = {k: v(self.world) if callable(v) else v for k, v in needed.items()}
        return forms.filled_in(self.form_of(probe)) | needed

    def form_of(self, probe: Probe) -> list[forms.Field]:
        """The form of one's own row serves for everybody's, and a colleague's for who has none:
        a forger has seen it too."""
        whose = (self.seat.actor.kind, self.seat.partner_id, probe.form)
        seen = self.world.forms.setdefault(whose, [])
        if not seen and probe.form not in self._asked_for:
            self._asked_for.add(probe.form)
            path = self._own_paths.get(probe.form, "")
            at = _FORM_AT.get(probe.page.name, str)(path)
            with transaction.atomic():
                shown = self.seat.client.get(at) if path else None
                transaction.set_rollback(True)
            self.seat.restore()
            self._watch.changed()
            if shown and shown.status_code == 200:
                seen += forms.fields_of(text_of(shown), path)
        return seen

    # ---- what is judged ----

    def _judge(self, probe: Probe, response: Any, sent: forms.Values | None) -> None:
        if response.status_code >= 500:
            self.note(probe, f"{response.status_code} {getattr(response, 'exc_info', '')}")
            return
        if problem := wrong_status(self.seat, probe, response):
            self.note(probe, problem)
        for problem in bad_headers(response):
            self.note(probe, problem)
        for seen in seen_in(response, probe, sent):
            if not self.seat.may_see(seen, probe.page.name, probe.page.access):
                self.note(probe, f"shows {seen}")

    def _judge_changes(self, probe: Probe, response: Any, changed: set[str]) -> None:
        if response.status_code in (403, 404, 405):
            if changed - {"activity_activity"}:  # which notes the refusal
                self.note(probe, f"was refused and changed {', '.join(sorted(changed))}")
        elif probe.method in SAFE:
            self.note(probe, f"changed {', '.join(sorted(changed))} by asking")
        if self.seat.actor.is_vendor and self.seat.actor.name != "auditor":
            return
        self._judge_foreign_rows(probe, changed)

    def _judge_foreign_rows(self, probe: Probe, changed: set[str]) -> None:
        me = (self.seat.partner_id, self.seat.user and self.seat.user.pk)
        with tenancy.vendor():
            now = database.hashes(*me, changed)
        touched = [table for table in now if now[table] != self._foreign[table]]
        if touched := sorted({*touched} - CROSSES.get(probe.page.name, set())):
            self.note(probe, f"changed others' rows in {', '.join(touched)}")


def smuggled(world: World, seat: Seat) -> forms.Values:
    """A value for every column of ours: rows of another tenant, and what would raise rights."""
    group = seat.actor.foreign
    values: forms.Values = {}
    for model in marks.own_models():
        for field in model._meta.concrete_fields:
            values.setdefault(field.name, _NEUTRAL)
            if field.related_model:
                ids = world.ids(field.related_model, group) or [MISSING]
                values[field.name] = values[field.attname] = str(ids[0])
    partner = world.partners[WHOLE_PARTNER.get(group, group)]
    values["partner"] = values["partner_id"] = str(partner.pk)
    raised = {
        "is_staff": "on",
        "is_superuser": "on",
        "is_active": "on",
        "vendor_role": "operator",
        "roles": "partner_admin",
        "permissions": "customers.reveal",
        "state": "handled",
    }
    return values | raised


def whole(response: Any) -> str:
    """Everything that leaves the server: body, headers, cookies."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{text_of(response)}\n{headers}\n{response.cookies.output()}"


def text_of(response: Any) -> str:
    body = b"".join(response) if response.streaming else response.content
    return body.decode("utf-8", "replace")


def seen_in(response: Any, probe: Probe, sent: forms.Values | None) -> list[marks.Seen]:
    """Every mark in an answer once, but for the ids that the request itself named."""
    given = set(_ID.findall(f"{probe.path} {sent}"))
    return list({str(seen): seen for seen in marks.find(whole(response), given=given)}.values())


# ---- status ----


def wrong_status(seat: Seat, probe: Probe, response: Any) -> str:
    """What is wrong with the status, or nothing."""
    if probe.method not in MethodsMiddleware.TAKEN:
        return _expected(response, 405)
    access = probe.page.access
    if access.kind == "public":
        return ""
    if place := _turned_away_to(seat, probe.page):
        return "" if went_to(response, place) else f"{answer(response)}, not sent to {place}"
    if access.kind == "vendor":
        return _wrong_for_vendor(seat, probe, response)
    if (access.kind, seat.actor.is_customer) in _OTHER_SIDE:
        return _expected(response, 403, 405)
    if access.permission and access.permission not in seat.permissions:
        return _expected(response, 403, 405)
    if probe.page.name.startswith("operations:") and not seat.inside:
        return "" if went_to(response, "/authorizations/") else f"{answer(response)}, not sent out"
    if not probe.visible:
        if _reaches(seat, probe) and response.status_code == 200:
            return ""
        if probe.method == "OPTIONS" and response.status_code == 200 and not response.content:
            return ""  # the methods of the page, whatever row stands in its address
        return _expected(response, 404, 405)
    if (refuses := ALSO_REFUSE.get(probe.page.name)) and refuses(seat, probe):
        return _expected(response, 403, 405, *MAY_BE_OVER.get(probe.page.name, ()))
    return _expected(response, 200, 204, 302, 400, 405, 409, 422)


def _turned_away_to(seat: Seat, page: Page) -> str:
    """Where a person who lacks something is sent."""
    lacks, kind = seat.actor.lacks, page.access.kind
    if lacks == "sign_in":
        return "/my/sign-in/" if kind == "customer" else "/accounts/login/"
    if kind == "customer" and not seat.actor.is_customer:
        return ""
    if page.name == "home" and seat.actor.is_customer:
        return "/my/"
    if kind == "vendor" and not seat.actor.is_vendor:
        return ""
    if page.name == "home" and seat.actor.is_vendor:
        return "/admin/"
    if lacks == "factor" and page.name not in COMPLETES_FACTOR:
        return "/accounts/2fa/"
    if lacks == "password" and page.name not in COMPLETES_PASSWORD:
        return "/accounts/password/change/"
    if kind == "member" and (lacks == "partner" or seat.actor.is_vendor):
        return "/org/partners/"
    return ""


def _wrong_for_vendor(seat: Seat, probe: Probe, response: Any) -> str:
    if not seat.actor.is_vendor:
        return _expected(response, 403)
    if probe.which == "missing":
        return _expected(response, 404, 302, 403, 405)
    return _expected(response, 200, 204, 302, 400, 403, 404, 405, 409, 422)


def _reaches(seat: Seat, probe: Probe) -> bool:
    group = getattr(seat.actor, probe.which, "")
    return probe.page.access.reach_resellers and group in seat.actor.reaches


def went_to(response: Any, place: str) -> bool:
    """A redirect for a page, the same for the whole browser when a fragment was asked for."""
    if response.status_code == 405:
        return True
    target = response.headers.get("HX-Redirect", "") or response.headers.get("Location", "")
    return response.status_code in (204, 302) and target.split("?")[0] == place


def answer(response: Any) -> str:
    target = response.headers.get("Location") or response.headers.get("HX-Redirect") or ""
    return f"{response.status_code} {target}".strip()


def _expected(response: Any, *statuses: int) -> str:
    if response.status_code in statuses:
        return ""
    return f"{answer(response)}, not {' or '.join(map(str, statuses))}"


def as_in_production() -> None:
    """Outside `tenant()` and `vendor()`, work as what the web server connects as."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
