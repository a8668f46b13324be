"""Translations without gettext's programs, which a fresh machine does not have.

`missing()` compares the msgids in the source with the English catalogue; `compile_catalogue()`
writes the .mo file that Django reads. Chinese is the source language and needs neither.
"""

import ast
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

# The functions of django.utils.translation, and where their msgids stand.
_PLAIN = {"_", "_l", "gettext", "gettext_lazy", "gettext_noop"}
_PLURAL = {"ngettext", "ngettext_lazy"}
_CONTEXT = {"pgettext", "pgettext_lazy"}
_CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}

# A call in what `templatize` makes of a template.
_LITERAL = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_TEMPLATE_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*{_LITERAL}(?:\s*,\s*{_LITERAL})?")
_SKIPPED = {".git", ".venv", ".local", "node_modules", "tests", "staticfiles"}


@dataclass(frozen=True)
class Message:
    """What identifies a translation: the key of a catalogue's entry."""

    text: str
    context: str = ""

    def key(self) -> str:
        return f"{self.context}\x04{self.text}" if self.context else self.text


@dataclass
class Entry:
    """One entry of a .po file."""

    fields: dict[str, str] = field(default_factory=dict)
    fuzzy: bool = False
    obsolete: bool = False

    @property
    def message(self) -> Message:
        return Message(self.fields.get("msgid", ""), self.fields.get("msgctxt", ""))

    def translations(self) -> list[str]:
        return [text for name, text in self.fields.items() if name.startswith("msgstr")]

    def usable(self) -> bool:
        return not (self.fuzzy or self.obsolete) and all(self.translations())


# ---- the source ----


def messages_in_source(root: Path) -> dict[Message, str]:
    """Every msgid of the project, with the first place where it stands."""
    found: dict[Message, str] = {}
    for path in _source_files(root):
        text = path.read_text()
        reader = messages_in_python if path.suffix == ".py" else messages_in_template
        for message, line in reader(text):
            found.setdefault(message, f"{path.relative_to(root)}:{line}")
    return found


def _source_files(root: Path) -> Iterator[Path]:
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and folder.name not in _SKIPPED:
            yield from sorted(path for path in folder.rglob("*") if _is_source(path))


def _is_source(path: Path) -> bool:
    in_template = path.suffix in {".html", ".txt"} and "templates" in path.parts
    return path.suffix == ".py" or in_template


def messages_in_python(text: str) -> Iterator[tuple[Message, int]]:
    """The literal msgids of calls to gettext and its relatives."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and (message := _message_of(node)):
            yield message, node.lineno


def _message_of(call: ast.Call) -> Message | None:
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    words = [a.value if isinstance(a, ast.Constant) else None for a in call.args]
    match words:
        case [str(text), *_] if name in _PLAIN | _PLURAL:
            return Message(text)
        case [str(context), str(text), *_] if name in _CONTEXT | _CONTEXT_PLURAL:
            return Message(text, context)
    return None


def messages_in_template(text: str) -> Iterator[tuple[Message, int]]:
    """The msgids of {% translate %}, {% blocktranslate %} and _("…") in tags."""
    code = templatize(text)
    for call in _TEMPLATE_CALL.finditer(code):
        first, second = (ast.literal_eval(word) if word else "" for word in call.groups()[1:])
        line = code.count("\n", 0, call.start()) + 1
        yield Message(second, first) if "p" in call[1] else Message(first), line


# ---- the catalogue ----


def read_catalogue(text: str) -> list[Entry]:
    """The entries of a .po file, the header among them."""
    blocks = re.split(r"\n\s*\n", text)
    return [entry for block in blocks if (entry := _read_entry(block.splitlines())).fields]


def _read_entry(lines: Iterable[str]) -> Entry:
    entry, name = Entry(), ""
    for line in lines:
        if line.startswith("#,"):
            entry.fuzzy |= "fuzzy" in line
        if line.startswith("#"):
            entry.obsolete |= line.startswith("#~")
            continue
        word, quote, rest = line.partition('"')
        if quote:
            name = word.strip() or name
            entry.fields[name] = entry.fields.get(name, "") + ast.literal_eval(quote + rest)
    return entry


def missing(root: Path, catalogue: Path) -> dict[Message, str]:
    """The msgids of the source that have no usable entry in the catalogue."""
    entries = read_catalogue(catalogue.read_text()) if catalogue.exists() else []
    known = {entry.message for entry in entries if entry.usable()}
    return {m: place for m, place in messages_in_source(root).items() if m not in known}


def compile_catalogues(folders: Iterable[Path | str]) -> None:
    for folder in folders:
        for source in Path(folder).rglob("*.po"):
            compile_catalogue(source)


def compile_catalogue(source: Path) -> bool:
    """Write the .mo file beside a .po file that changed; say whether it did."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        return False
    target.write_bytes(_binary(read_catalogue(source.read_text())))
    return True


def _binary(entries: Iterable[Entry]) -> bytes:
    """GNU's .mo format: two tables of (length, offset), then the strings, sorted by key."""
    pairs = sorted(_pair(entry) for entry in entries if entry.usable())
    columns = [[pair[0] for pair in pairs], [pair[1] for pair in pairs]]
    offset = 28 + 16 * len(pairs)
    tables, strings = b"", b""
    for text in columns[0] + columns[1]:
        tables += struct.pack("<II", len(text), offset + len(strings))
        strings += text + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return header + tables + strings


def _pair(entry: Entry) -> tuple[bytes, bytes]:
    key = entry.message.key()
    if plural := entry.fields.get("msgid_plural"):
        key += "\0" + plural
    return key.encode(), "\0".join(entry.translations()).encode()
