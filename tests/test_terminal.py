"""Commands speak the language of the terminal, in every sentence."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from partnercenter.terminal import language_of

ROOT = Path(__file__).parent.parent
COMMANDS = sorted(ROOT.glob("*/management/**/[!_]*.py"))
SPEAKING = [*COMMANDS, ROOT / "partnercenter/world/seeding.py", *ROOT.glob("benchmarks/[!_]*.py")]
TRANSLATING = {"_", "_l"}
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
# Parts of the names in the made-up world.
DATA = {"网络", "深圳", "（", "市"}


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh-hans"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "zh-hans"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LANG": "de_DE.UTF-8"}, "zh-hans"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": ""}, "en"),
    ],
)
def test_the_first_variable_that_is_set_decides(environment, language):
    assert language_of(environment) == language


def said(*words: str, language: str) -> str:
    unset = dict.fromkeys(("LANGUAGE", "LC_ALL", "LC_MESSAGES"), "")
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=os.environ | unset | {"LANG": language, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "chinese", "english"),
    [
        (["devstack", "status"], "PostgreSQL：", "PostgreSQL: "),
        (["help", "create_member"], "让一个人成为伙伴的成员", "Give a person a place"),
        (["bench", "pages", "--rounds=0"], "须为正整数", "must be positive"),
    ],
)
def test_what_a_command_says_is_in_the_language_asked_for(words, chinese, english):
    assert chinese in said(*words, language="C.UTF-8")
    assert english in said(*words, language="en_US.UTF-8")


def untranslated(tree: ast.Module) -> Iterator[ast.Constant]:
    """Chinese outside of gettext and docstrings; any text of `help` outside of gettext."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    translated = {id(a) for n in calls if getattr(n.func, "id", "") in TRANSLATING for a in n.args}
    documenting = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "help":
            if isinstance(node.value, ast.Constant | ast.JoinedStr):
                yield node.value  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            known = id(node) in translated | documenting or node.value in DATA
            if CHINESE.search(node.value) and not known:
                yield node


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sentence_of_a_command_is_translated(path):
    found = [
        f"{node.lineno}: {ast.unparse(node)}" for node in untranslated(ast.parse(path.read_text()))
    ]
    assert found == []
