"""T-INJ-1, T-SSRF: from a request no way leads to a shell, to code or to another server, and
SQL is written by hand in reviewed files only.
"""

import ast
from pathlib import Path

from tests.test_architecture import ROOT, at, calls, dotted, sources, tree

# Importing one of these is a way out of the house: to a shell, to code, to another server.
WAYS_OUT = {"subprocess", "pickle", "marshal", "socket", "requests", "httpx", "urllib.request"}
WAYS_OUT |= {"http.client", "shelve", "ctypes"}
CODE = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "Template", "from_string"}
# What starts a program: our own reader of foreign files, with fixed words and no environment.
PROGRAMS = {"core/sheets/reading.py"}
# Where SQL is written by hand; each is read for what stands in it besides our own names.
SQL_BY_HAND = {
    "activity/bulk.py",
    "activity/seals/chain.py",
    "activity/seals/retention.py",
    "activity/seals/sealing.py",
    "activity/seals/verifying.py",
    "activity/unread.py",
    "billing/bills/making.py",
    "billing/budgets/usage.py",
    "billing/bills/services.py",
    "billing/invoices/services/shared.py",
    "associations/services/nightly.py",
    "billing/orders/services.py",
    "billing/funds/reported.py",
    "billing/services/days.py",
    "billing/services/facts.py",
    "billing/services/figures.py",
    "billing/services/imports.py",
    "billing/services/intake.py",
    "billing/services/mapping.py",
    "billing/services/staging.py",
    "core/admin_lists.py",
    "coupons/services/issuing.py",
    "coupons/services/proving.py",
    "core/lists/engine.py",
    "core/lists/lookups.py",
    "core/lists/paging.py",
    "core/lists/reading.py",
    "core/patience.py",
    "core/search.py",
    "core/tenancy.py",
    "customers/accounts/colleagues.py",
    "customers/accounts/contacts.py",
    "customers/accounts/services.py",
    "customers/imports/associations.py",
    "followups/admin.py",
    "followups/generation/announce.py",
    "followups/generation/closing.py",
    "followups/generation/locks.py",
    "followups/generation/run.py",
    "followups/snoozing.py",
    "jobs/bulk.py",
    "jobs/rows.py",
    "jobs/services.py",
    "ledger/checking.py",
    "ledger/services.py",
    "ops/checks/database.py",
    "ops/checks/servers.py",
    "ops/schema.py",
    "workbench/bench.py",
}


def of_requests() -> list[Path]:
    """Sources that run for a request or a task: not commands, servers and the made-up world."""
    aside = {"commands", "devstack", "world"}
    return [path for path in sources() if not aside & set(path.parts)]


def test_no_request_reaches_a_shell_code_or_another_server():
    def imported(path: Path) -> set[str]:
        nodes = list(ast.walk(tree(path)))
        plain = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
        return plain | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}

    out = {str(p.relative_to(ROOT)) for p in of_requests() if WAYS_OUT & imported(p)}
    run = {at(p, c) for p in of_requests() for c in calls(tree(p)) if dotted(c.func) in CODE}
    assert out == PROGRAMS and not run


def test_sql_is_written_by_hand_in_reviewed_files_only():
    words = {"execute", "executemany", "copy", "raw", "extra", "RawSQL"}
    found = {
        str(path.relative_to(ROOT))
        for path in of_requests()
        for call in calls(tree(path))
        if (dotted(call.func) or "").split(".")[-1] in words
    }
    assert found <= SQL_BY_HAND, found - SQL_BY_HAND
