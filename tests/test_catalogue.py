"""The English catalogue, read and compiled without gettext's programs."""

import gettext
from pathlib import Path

from partnercenter.catalogue import (
    Message,
    compile_catalogue,
    messages_in_python,
    messages_in_template,
    missing,
)

CATALOGUE = r"""
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "客户"
msgstr "Customer"

#, fuzzy
msgid "预警"
msgstr "Early warning"

msgctxt "动词"
msgid "分配"
msgstr ""
"Assign "
"\"now\""

msgid "%(n)d 天"
msgid_plural "%(n)d 天"
msgstr[0] "%(n)d day"
msgstr[1] "%(n)d days"
"""


def written(folder: Path) -> Path:
    source = folder / "django.po"
    source.write_text(CATALOGUE)
    return source


def test_python_calls_are_found_with_their_context() -> None:
    source = (
        'a = _("客户"); b = pgettext_lazy("动词", "分配"); c = ngettext("日", "日", n); d = _(x)'
    )
    found = {message for message, _line in messages_in_python(source)}
    assert found == {Message("客户"), Message("分配", "动词"), Message("日")}


def test_template_tags_are_found_with_their_lines() -> None:
    source = (
        '{% load i18n %}\n{% translate "客户" %}\n{{ _("预警")|upper }}\n'
        '{% translate "分配" context "动词" %}\n'
        "{% blocktranslate trimmed with n=x %}\n  共 {{ n }} 条\n{% endblocktranslate %}"
    )
    found = dict(messages_in_template(source))
    assert found == {
        Message("客户"): 2,
        Message("预警"): 3,
        Message("分配", "动词"): 4,
        Message("共 %(n)s 条"): 5,
    }


def test_untranslated_and_fuzzy_messages_are_missing(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/views.py").write_text(
        '_("客户")\n_("预警")\n_("新的")\npgettext("动词", "分配")'
    )
    lacking = missing(tmp_path, written(tmp_path))
    assert lacking == {Message("预警"): "app/views.py:2", Message("新的"): "app/views.py:3"}


def test_a_compiled_catalogue_is_what_gettext_reads(tmp_path: Path) -> None:
    source = written(tmp_path)
    assert compile_catalogue(source)
    assert not compile_catalogue(source)  # nothing changed
    with source.with_suffix(".mo").open("rb") as file:
        english = gettext.GNUTranslations(file)
    assert english.gettext("客户") == "Customer"
    assert english.gettext("预警") == "预警"
    assert english.pgettext("动词", "分配") == 'Assign "now"'
    assert english.ngettext("%(n)d 天", "%(n)d 天", 3) == "%(n)d days"
