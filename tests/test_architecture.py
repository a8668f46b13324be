"""The rules that keep it one house, read from the source (docs/decisions/0001-the-house.md).

Layers are import-linter's business (`./run check`); walls and migrations are asked of the
database in test_schema.py.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from core.access import access_of, all_urls, undeclared_urls

ROOT = settings.BASE_DIR
PACKAGES = (
    *("core", "org", "activity", "workbench", "jobs", "ledger", "customers", "billing"),
    *("followups", "associations", "coupons", "ops", "partnercenter"),
)
# Pages that anybody may open. A new one is read by a second person before it is added here.
PUBLIC = {
    "account_complete_password_reset",
    "account_confirm_password_reset_code",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_password_reset_completed",
    "account_reset_password",
    "account_signup",
    "admin:login",
    "healthz",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "my:ask_letter",  # an invitation's address is signed by us
    "my:invitation",
    "my:join",
    "my:register",
    "my:sign_in",
    "readyz",
    "set_language",
}
# What narrows rows to those of the person who asks.
NARROWING = {
    "visible_to",
    "of_user",
    "owned_by",
    "waiting_for",
    "none",
    "acting",
    "of_account",
    "given_by",
}
# Rows read without it, and why that is right: (file, model, first method of the chain).
WIDER = {
    ("coupons/views/coupons.py", "CouponUse", "of_coupon"): "of a visible coupon",
    ("associations/lists.py", "InvitationAnswer", "filter"): "of invitations on the page",
    ("billing/bills/lists.py", "BilledCharge", "filter"): "of lines on the page",
    ("billing/invoices/lists.py", "Invoice", "filter"): "of obligations on the list",
    ("customers/notes/lists.py", "Labelling", "filter"): "of labels on the page",
    ("partnercenter/pages/customers.py", "Alert", "pending"): "of customers on the page",
    ("partnercenter/pages/customers.py", "Alert", "all"): "of customers on the page",
    ("activity/lists.py", "Activity", "about_customer"): "of a customer loaded before",
    ("activity/lists.py", "Activity", "filter"): "of lines on the page",
    ("followups/views.py", "Activity", "about_customer"): "of an alert loaded before",
    ("followups/views.py", "Alert", "select_related"): "the start of two queries that narrow",
}
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_VIEW = 60, 400, 20
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sources(*packages: str) -> list[Path]:
    found = [path for name in packages or PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def named(name: str) -> list[Path]:
    """`services.py`, and the files of a `services/` package, in every app."""
    return [p for p in sources() if p.name == f"{name}.py" or name in p.parent.parts[-1:]]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def at(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef))


def calls(node: ast.AST) -> Iterator[ast.Call]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


def dotted(node: ast.AST) -> str:
    """`clock.now` for that attribute; "" for anything that is not a plain path of names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def keywords(call: ast.Call) -> set[str]:
    return {keyword.arg or "**" for keyword in call.keywords}


# ---- who is let in ----


def test_every_url_says_whom_it_lets_in():
    assert undeclared_urls() == []


def test_the_pages_open_to_anybody_are_the_reviewed_ones():
    opened = {name for _, name, view in all_urls() if access_of(view).kind == "public"}
    assert opened == PUBLIC


# ---- rows are read through visible_to ----


def readers() -> list[Path]:
    pages = [p for p in sources("partnercenter") if p.parent.name == "pages"]
    alone = [ROOT / "partnercenter/home.py", ROOT / "partnercenter/navigation.py"]
    kinds = ("views", "lists", "finding", "exports")
    return [*(path for kind in kinds for path in named(kind)), *pages, *alone]


@cache
def tenant_models() -> set[str]:
    models = (m for m in apps.get_models() if m._meta.app_label in PACKAGES)
    return {m.__name__ for m in models if any(f.name == "partner" for f in m._meta.fields)}


def chains(path: Path) -> Iterator[tuple[ast.Attribute, str, list[str]]]:
    """Each `Model.objects.a().b()`: the node of `.objects`, the model, and [a, b]."""
    parents = {child: node for node in ast.walk(tree(path)) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr == "objects":
            methods, above = [], parents.get(node)
            while isinstance(above, ast.Attribute | ast.Call):
                if isinstance(above, ast.Attribute):
                    methods.append(above.attr)
                if isinstance(above, ast.Call) and node in above.args:
                    break
                node_, above = above, parents.get(above)
                if isinstance(above, ast.Call) and node_ in above.args:
                    break
            yield node, dotted(node.value).rpartition(".")[2], methods


def test_pages_read_tenants_rows_through_visible_to():
    wrong, known = [], set()
    for path in readers():
        for node, model, methods in chains(path):
            reading = (str(path.relative_to(ROOT)), model, (methods or [""])[0])
            known.add(reading)
            narrowed = NARROWING & set(methods) or reading in WIDER
            if model in tenant_models() and not narrowed:
                wrong.append(f"{at(path, node)} {model}.objects.{'.'.join(methods)}")
    assert not wrong, wrong
    unused = WIDER.keys() - known
    assert not unused, unused


# ---- what each file may hold ----

CLOCKS = {
    "timezone.now",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "datetime.datetime.now",
    "datetime.date.today",
    "clock.now",
    "clock.today",
    "time.time",
}


def test_models_rules_and_services_do_not_read_the_clock():
    wrong = [
        at(path, call)
        for path in [*named("models"), *named("rules"), *named("services")]
        for call in calls(tree(path))
        if dotted(call.func) in CLOCKS
    ]
    assert not wrong, wrong


def test_a_run_of_a_command_has_an_id():
    """Its lines in the logs are found by it: core.commands gives it."""
    wrong = [
        at(path, node)
        for path in sources(*PACKAGES[1:-1])  # partnercenter's are development's own
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("django.core.management")
        and "BaseCommand" in {alias.name for alias in node.names}
    ]
    assert not wrong, wrong


def test_there_are_no_signals():
    wrong = [
        at(path, node)
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and ((node.module or "").endswith("signals") or node.module == "django.dispatch")
    ]
    assert not wrong, wrong


def test_services_save_named_columns_unless_they_create():
    """A whole-row save writes back what somebody else changed meanwhile."""
    wrong = []
    for path in named("services"):
        for function in functions(path):
            made = {
                target.id
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
                for target in node.targets
                if isinstance(target, ast.Name) and dotted(node.value.func)[:1].isupper()
            }
            for call in calls(function):
                is_save = isinstance(call.func, ast.Attribute) and call.func.attr == "save"
                if is_save and not call.args:  # a file's save() takes its name
                    named_columns = keywords(call) & {"update_fields", "force_insert"}
                    if not named_columns and dotted(call.func.value) not in made:
                        wrong.append(at(path, call))
    assert not wrong, wrong


def test_services_know_no_request():
    wrong = [
        at(path, node)
        for path in [*named("services"), *named("rules"), *named("models")]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("django.http", "django.shortcuts", "django.views"))
    ]
    assert not wrong, wrong


def test_rules_touch_neither_database_nor_settings():
    wrong = [
        at(path, node)
        for path in named("rules")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("django.db", "django.conf"))
        and {name.name for name in node.names} != {"TextChoices"}  # words, and no database
    ]
    assert not wrong, wrong


def test_views_leave_transactions_and_refusals_to_others():
    wrong = []
    for path in [*named("views"), *(p for p in sources() if p.parent.name == "pages")]:
        for node in ast.walk(tree(path)):
            refused = isinstance(node, ast.ExceptHandler) and "Refused" in ast.dump(node)
            if refused or (isinstance(node, ast.Attribute) and node.attr == "atomic"):
                wrong.append(at(path, node))
    assert not wrong, wrong


def test_tasks_take_arguments_they_do_not_know():
    """So that a worker of one release runs the tasks of the next."""
    wrong = [
        at(path, function)
        for path in named("tasks")
        for function in functions(path)
        if any("task" in ast.dump(decorator) for decorator in function.decorator_list)
        and (not function.args.kwarg or function.args.args)
    ]
    assert not wrong, wrong


def test_forms_do_not_save():
    wrong = [
        at(path, call)
        for path in named("forms")
        for call in calls(tree(path))
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("save", "create", "delete")
    ]
    assert not wrong, wrong


def test_nothing_points_at_rows_of_any_kind():
    wrong = [str(p) for p in sources() if "GenericForeignKey" in p.read_text()]
    assert not wrong, wrong


# ---- words and sizes ----


@pytest.mark.parametrize(
    "model",
    [m for m in apps.get_models() if m._meta.app_label in PACKAGES],
    ids=lambda model: model.__name__,
)
def test_a_model_begins_with_its_chinese_name(model):
    assert CHINESE.match(model.__doc__ or ""), model.__doc__


def test_no_function_is_too_long():
    wrong = [
        f"{at(path, node)} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in [*sources(), *sorted((ROOT / "tests").rglob("*.py"))]
        for node in functions(path)
        if node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not wrong, wrong


def test_no_file_is_too_long():
    files = [*sources(), *sorted((ROOT / "tests").rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert not {name: n for name, n in lengths.items() if n > LONGEST_FILE}


def test_no_view_is_too_long():
    doors = {"requires", "signed_in", "vendor_only", "public"}

    def is_view(node: ast.FunctionDef) -> bool:
        heads = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
        return bool(doors & {dotted(head) for head in heads})

    wrong = [
        f"{at(path, node)} {node.name}: {node.end_lineno - node.body[0].lineno + 1} lines"
        for path in sources()
        for node in functions(path)
        if is_view(node) and node.end_lineno - node.body[0].lineno >= LONGEST_VIEW
    ]
    assert not wrong, wrong


# ---- templates ----

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN: dict[str, str] = {
    "marked safe": r"\|\s*safe\b|\{%\s*autoescape\s+off",
    "an inline handler": r"<[^>]*\son[a-z]+\s*=",
    "an inline style": r"<[^>]*\sstyle\s*=|<style\b",
    "hx-on": r"\bhx-on\b",
    "a script in hx-vals": r"hx-(?:vals|headers)\s*=\s*[\"']\s*js:",
    "a filter in hx-trigger": r"hx-trigger\s*=\s*[\"'][^\"']*\[",
    "a javascript: address": r"javascript:",
    "an inline script": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>",
}


@pytest.mark.parametrize("what", FORBIDDEN, ids=lambda what: what.replace(" ", "-"))
def test_templates_hold_nothing_that_the_policy_would_stop(what):
    pattern = re.compile(FORBIDDEN[what], re.IGNORECASE)
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0][:60]}"
        for path in TEMPLATES
        for found in pattern.finditer(path.read_text())
    ]
    assert not wrong, wrong


# Where text becomes HTML by hand; each is read for what it puts in.
MARKED_SAFE = {
    "core/lists/controls.py",
    "core/lists/engine.py",
    "core/templatetags/ui.py",
    "workbench/lists.py",
}


def test_html_is_made_by_hand_in_reviewed_files_only():
    makes: Callable[[Path], bool] = lambda path: any(  # noqa: E731
        dotted(call.func) in ("mark_safe", "SafeString") for call in calls(tree(path))
    )
    assert {str(p.relative_to(ROOT)) for p in sources() if makes(p)} <= MARKED_SAFE
