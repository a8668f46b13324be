"""docs/security-evidence.csv says how each requirement of OWASP ASVS 5.0, levels 1 and 2, is kept,
and names the proof: what it names must be there.
"""

import csv
import re

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
with (ROOT / "docs/security-evidence.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
ANSWERS = {"yes", "not yet", "no"}


def missing(proof: str) -> bool:
    """`path`, or `path::test`."""
    path, _mark, test = proof.partition("::")
    source = ROOT / path
    return not source.is_file() or (bool(test) and f"\ndef {test}(" not in source.read_text())


def test_every_requirement_is_answered_once():
    numbers = [row["requirement"] for row in ROWS]
    assert len(numbers) == len(set(numbers)) == 253
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", number) for number in numbers)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["requirement"])
def test_an_answer_has_its_reason_and_its_proof(row):
    assert row["applies"] in ANSWERS and row["how"]
    assert row["proof"] or row["applies"] != "yes"
    assert not [proof for proof in row["proof"].split() if missing(proof)]


def test_what_security_md_names_is_there():
    named = re.findall(r"`([\w./-]+/[\w./-]+)`", (ROOT / "SECURITY.md").read_text())
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]
