"""Whatever is recorded or told has words. Found by reading the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from activity import texts, verbs
from core.lists import List
from customers.accounts import texts as account_texts

ROOT = Path(__file__).parents[2]
PACKAGES = (
    *(
        "activity",
        "associations",
        "billing",
        "core",
        "coupons",
        "customers",
        "followups",
        "jobs",
        "ledger",
    ),
    *("ops", "org", "partnercenter", "workbench"),
)
# Functions whose first argument, or whose argument `verb`, is written into the log as it is.
RECORDERS = {
    "record",
    "record_for",
    "_record",
    "_switch",
    "note",
    "happened",
    "ask_job",
    "_ask",
    "_answer",
}
TELLERS = {"notify", "notify_selected", "_tell", "tell_members"}
CODE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")


def sources() -> Iterator[ast.Module]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield ast.parse(file.read_text(), str(file))


def codes_under(node: ast.AST) -> set[str]:
    found = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {value for value in found if isinstance(value, str) and CODE.fullmatch(value)}


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def codes_given_to(names: set[str], variable: str) -> set[str]:
    """Codes in calls of these functions, and in whatever is stored in a variable so named."""
    found: set[str] = set()
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in names:
                given = [*node.args, *(k.value for k in node.keywords if k.arg == variable)]
                found |= {code for each in given for code in codes_under(each)}
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == variable:
                found |= codes_under(node.value)
    return found


def codes_of_tables() -> set[str]:
    """Values of module-level tables such as _EVENTS, which name a verb for each of their keys."""
    found: set[str] = set()
    for tree in sources():
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                values = [codes_under(value) for value in node.value.values]
                if values and all(values):
                    found |= set().union(*values)
    return found


def test_every_verb_has_words():
    recorded = codes_given_to(RECORDERS, "verb") | codes_of_tables()
    assert recorded >= {"member.created", "customer.assigned", "password.changed"}
    assert sorted(recorded - set(verbs.VERBS)) == []


def test_no_words_are_left_of_a_verb_that_is_gone():
    recorded = codes_given_to(RECORDERS, "verb") | codes_of_tables()
    assert sorted(set(verbs.VERBS) - recorded) == []


def test_every_kind_of_notification_has_words():
    told = codes_given_to(TELLERS, "kind")
    assert told >= {"customer.assigned", "user.password_given"}
    assert sorted(told - set(texts.TEXTS) - set(account_texts.TEXTS)) == []


@pytest.mark.parametrize("verb", verbs.VERBS)
def test_a_verb_is_a_noun_and_a_participle(verb):
    assert CODE.fullmatch(verb)
    assert verbs.label(verb) != verb


def test_a_verb_of_former_times_shows_as_itself():
    assert verbs.label("moon.landed") == "moon.landed"


def test_codes_are_spelled_out():
    said = verbs.summary({"roles": ["finance"]}, {"roles": ["account_manager", "custom-1"]})
    assert said == "角色：财务 → 客户经理、custom-1"


def test_what_is_new_or_gone_stands_alone():
    assert verbs.summary({}, {"is_active": True}) == "启用：是"
    assert verbs.summary({"director": "王"}, {}) == "客户经理主管：王"
    assert verbs.summary({"director": "王"}, {"director": ""}) == "客户经理主管：王 → —"


def test_a_long_list_is_cut():
    said = verbs.summary({}, {"customers": list(range(50))})
    assert said == "客户编号：0、1、2、3、4 等 50 项"


@pytest.mark.parametrize("kind", texts.TEXTS)
def test_a_notification_of_an_older_version_is_still_shown(kind):
    told = texts.told(kind, {})
    assert told.title and "%(" not in told.title + told.body


def test_a_notification_of_an_unknown_kind_is_still_shown():
    assert texts.told("moon.landed", {}).title == "系统通知"


def test_a_notification_leads_to_what_it_is_about():
    assert texts.told("customer.assigned", {"customer": 7}).url == "/customers/7/"


def lists_of(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from lists_of(each)


def test_a_reveal_says_in_words_on_which_page_and_what():
    masking = [each for each in lists_of(List) if each.record_reveal is not List.record_reveal]
    revealing = [each for each in masking if hasattr(each, "key")]
    assert revealing
    for page in revealing:
        after = {"list": page.key, "column": "name"}
        assert page.key not in verbs.summary({}, after) and "name" not in verbs.summary({}, after)
