"""The world the probes look at must hold what could leak, and the probes must reach it."""

from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.db import models

from core import tenancy
from followups.models import GenerationRun

from . import marks, planting
from .actors import BY_NAME
from .pages import pages
from .permissions import table

PARTNERS = {
    "distributor": ("distributor",),
    "reseller": ("reseller", "jing", "other", "unassigned"),
    "stranger": ("stranger",),
}
# Pages that nobody can see twice the same way, or that only lead somewhere else.
ONLY_LEAD = {
    "account_complete_password_reset",
    "account_confirm_password_reset_code",
    "account_reauthenticate",  # to the second factor, for who has one
    "account_signup",
    "admin:",  # every other address below /admin/: 404
    "admin:autocomplete",  # answers only with the box that asks
    "admin:login",
    "admin:org_user_do",  # of the vendor's own people, whom the desk leaves alone
    "mfa_authenticate",
}


def tenants() -> list[type[models.Model]]:
    models = [m for m in marks.own_models() if any(f.name == "partner" for f in m._meta.fields)]
    return [model for model in models if model is not GenerationRun]  # the vendor's


# Rows between a distributor and its reseller: what the other of the two is called.
_OTHER_SIDES = {("Settlement", "reseller"): "reseller"}
_OTHER_SIDES |= {
    (model, each): "distributor"
    for model in ("ProxyRight", "LimitGrant")
    for each in ("distributor", "stranger")
}


def _side(model: type[models.Model], partner: str) -> str:
    return _OTHER_SIDES.get((model.__name__, partner), "partner")


@pytest.mark.parametrize("model", tenants(), ids=lambda model: model.__name__)
@pytest.mark.parametrize("partner", PARTNERS)
def test_every_partner_has_every_kind_of_row(world, partner, model):
    with tenancy.vendor():
        rows = model._default_manager.filter(**{_side(model, partner): world.partners[partner]})
        assert rows.exists(), f"say in tests/matrix/world.py how a partner gets {model.__name__}"


def _unmarked(row: models.Model) -> list[str]:
    names = [f"{row._meta.label}.{f.name}" for f in row._meta.concrete_fields if not f.choices]
    wanted = [name for name in names if name in marks.fields() and name not in planting.UNMARKED]
    texts = {name: str(getattr(row, name.rpartition(".")[2])) for name in wanted}
    return [name for name, text in texts.items() if not _carries_mark(text)]


def _carries_mark(text: str) -> bool:
    # A dictionary of figures has no word to mark.
    return bool(list(marks.find(text))) or not any(c.isalpha() for c in text.replace("None", ""))


# Rows whose words are codes, or empty by nature.
NO_WORDS = {
    "org.Role.code": "custom-viewer and custom-nothing are looked up by their code",
    "followups.Alert.facts": "of figures",
    "activity.Notification.params": "ids",
    "activity.Activity.before": "empty where nothing was before",
    "activity.Activity.after": "figures",
}


@pytest.mark.parametrize("model", marks.own_models(), ids=lambda model: model.__name__)
def test_every_text_of_a_partner_is_marked(world, model):
    if not planting.has_number(model):
        return
    with tenancy.vendor():
        rows = model._default_manager.filter(pk__range=(marks.first_id("distributor"), 78 * 10**10))
        missing = {name for row in rows for name in _unmarked(row)}
    assert missing <= NO_WORDS.keys(), missing - NO_WORDS.keys()


def test_a_mark_is_found_however_it_is_written():
    text = marks.text("stranger", "customers.Customer.name", 12)
    masked = f"{text[0]}***{text[-1]}"
    written = [text, masked, marks.phone("stranger", 7), "139****7706", marks.address("stranger")]
    written += [
        f"/x?next=%2F{marks.first_id('stranger') + 5}",
        text.encode("unicode_escape").decode(),
    ]
    for each in written:
        assert {seen.group for seen in marks.find(f"<td>{each}</td>")} == {"stranger"}, each


def test_what_is_random_is_no_mark():
    request_ids = ("c13922917794", "c13922917704", "139229177040")
    for each in ("zqxjk1000" * 8, "770600000001234567", *request_ids):
        assert not list(marks.find(f"X-Request-ID: {each}\n")), each


# ---- the probes arrive ----


def not_added_to(world) -> set[str]:
    """Django's admin has an address for adding even where no role may."""
    roles = [world.users[role] for role in ("operator", "reviewer", "auditor")]
    kept = {
        model._meta
        for model, page in admin.site._registry.items()
        if not any(page.has_add_permission(SimpleNamespace(user=user)) for user in roles)
    }
    return {f"admin:{meta.app_label}_{meta.model_name}_add" for meta in kept}


def test_every_page_opens_for_somebody(world):
    """Else the matrix would only ever see its door. What it answers whom, the table says."""
    opens = {page for page, row in table().items() if any(_opens(*cell) for cell in row.items())}
    opened = {page.split()[0] for page in opens}
    left = {page.name for page in pages()} - ONLY_LEAD - not_added_to(world) - opened
    assert not left, ", ".join(sorted(left))


def _opens(name: str, status: str) -> bool:
    actor = BY_NAME[name]
    return status == "200" if actor.lacks else status in ("200", "204", "302")
