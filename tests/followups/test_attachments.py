import pytest

from followups.attachments import check

from .files import DOCX, JPG, PDF, PNG, XLSX, upload

ACCEPTED = {
    "截图.png": (PNG, "png"),
    "a.JPG": (JPG, "jpg"),
    "a.jpeg": (JPG, "jpg"),
    "合同.pdf": (PDF, "pdf"),
    "报告.docx": (DOCX, "docx"),
    "表.xlsx": (XLSX, "xlsx"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_five_kinds_are_accepted(name):
    content, kind = ACCEPTED[name]
    checked = check(upload(name, content))
    assert (checked.kind, checked.name) == (kind, name)
    assert checked.file.read() == content


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/a.png", "a.png"),
        ("C:\\windows\\a.png", "a.png"),
        ("a\u202egnp.png", "agnp.png"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
    ],
)
def test_names_are_made_harmless(given, kept):
    file = upload("a.png", PNG)
    file._name = given  # what Django would have let through
    assert check(file).name == kept
