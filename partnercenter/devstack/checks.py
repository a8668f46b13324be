"""`./run check`: everything a machine can say about the source, one line a step."""

import os
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
MANAGE = (PYTHON, "manage.py")
LINT_IMPORTS = str(Path(PYTHON).with_name("lint-imports"))
# The tools' caches stay out of the source tree.
ENVIRONMENT = {
    "RUFF_CACHE_DIR": ".local/ruff",
    "MYPY_CACHE_DIR": ".local/mypy",
    "DJANGO_SETTINGS_MODULE": "partnercenter.settings_test",
    "DEVSTACK_NAME": "test",
    "LOG_LEVEL": "WARNING",
    "PYTHONPATH": ".",
}
# What an installation says of itself, for the checks that Django makes of one.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "partnercenter.settings",
    "ALLOWED_HOSTS": "partner.example.com",
    "HTTPS": "true",
    "TRUSTED_PROXIES": "1",
    "SECRET_KEY": "only-for-this-check-" + "".join(map(chr, range(65, 123))),
}
STEPS: dict[str, tuple[str, ...]] = {
    "格式 format": (PYTHON, "-m", "ruff", "format", "--check"),
    "规范 lint": (PYTHON, "-m", "ruff", "check"),
    "类型 types": (PYTHON, "-m", "mypy"),
    "分层 layers": (LINT_IMPORTS, "--cache-dir", ".local/import_linter"),
    "模板 templates": (PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"),
    "迁移 migrations": (*MANAGE, "makemigrations", "--check", "--dry-run", "--skip-checks"),
    "迁移安全 migration safety": (*MANAGE, "check_migrations"),
    "翻译 translations": (*MANAGE, "check_translations"),
    "植入的缺陷 planted faults": (PYTHON, "-m", "tests.faults.applying"),
    "系统检查 system": (*MANAGE, "check", "--fail-level", "WARNING"),
    "上线检查 deployment": (
        *("env", *(f"{name}={value}" for name, value in PRODUCTION.items())),
        *(*MANAGE, "check", "--deploy", "--fail-level", "WARNING"),
    ),
}


def main(wanted: list[str]) -> int:
    """Run every step, or those whose name holds one of the words; 1 if any failed."""
    steps = {n: s for n, s in STEPS.items() if not wanted or any(word in n for word in wanted)}
    failed = [name for name, words in steps.items() if not _passes(name, words)]
    print(f"未通过 / failed: {', '.join(failed)}" if failed else "全部通过 / all passed.")
    return 1 if failed or not steps else 0


def _passes(name: str, words: tuple[str, ...]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        words,
        cwd=PROJECT,
        env=os.environ | ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    mark = "✗" if done.returncode else "✓"
    print(f"{mark} {name} {time.monotonic() - began:.1f} s", flush=True)
    if done.returncode:
        print(done.stdout.rstrip(), flush=True)
    return not done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
