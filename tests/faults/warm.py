"""A process that has imported what does not change, and forks for each pytest run.

Half of a short run is the import of libraries. What belongs to the project is imported after
the fork, so that each run meets the files as they are then.

A script, not a module: of the project, not even the package `tests` may be imported here.

    echo '{"words": […], "cwd": "…", "env": {…}, "out": "…"}' | python -P tests/faults/warm.py
"""

import contextlib
import gc
import importlib
import json
import os
import sys

LIBRARIES = (
    "pytest",
    "django",
    "hypothesis",
    "time_machine",
    "psycopg",
    "psycopg_pool",
    "celery",
    "kombu",
    "redis",
    "pypinyin",
    "lucide",
    "rustpy_xlsxwriter",
    "python_calamine",
    "fido2.server",
    "cryptography.fernet",
    "django_htmx",
    "whitenoise.middleware",
    "environ",
    "csp.middleware",
    "template_partials",
    "allauth",
    "pytest_django.plugin",
    "django.contrib.admin",
    "django.contrib.postgres.indexes",
    "django.core.management",
    "django.db.migrations.executor",
    "django.db.backends.postgresql.base",
    "django.db.models",
    "django.forms",
    "django.template.defaulttags",
    "django.test.client",
    "django.views.generic",
    "django.core.handlers.wsgi",
    "hypothesis.extra.django",
    "celery.app.task",
    "celery.signals",
    "playwright.sync_api",
    "pytest_playwright.pytest_playwright",
    "xlsxwriter",
    "_hypothesis_pytestplugin",
)


def main() -> None:
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):  # one less is only slower
            importlib.import_module(name)
    gc.freeze()  # or each child would look through, and so copy, what none of them changes
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            _run(**asked)
        _pid, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(*, words: list[str], cwd: str, env: dict[str, str], out: str) -> None:
    """In the child: pytest as if it had just been started there. Does not return."""
    code = 70
    try:
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        sys.path.insert(0, cwd)
        with open(out, "w") as said:  # noqa: PTH123  (a file's number is wanted)
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        code = int(importlib.import_module("pytest").main(words))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
