"""What a person could send: the form of a page, filled in plausibly, or forged."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

Values = dict[str, Any]
_EXAMPLES = {
    "number": "1",
    "date": "2026-11-20",
    "datetime-local": "2026-11-20T10:00",
    "email": "form@example.com",
    "tel": "13900000000",
    "text": "填写",
    "textarea": "填写",
    "search": "",
    "password": "另一个足够长的口令-2026",
}


@dataclass
class Field:
    name: str
    kind: str
    value: str = ""
    required: bool = False
    options: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    """The fields of the forms that post to one address."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.fields, self._open, self._select = path, [], False, None

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in pairs}
        if tag == "form":
            action = attributes.get("action", "").split("?")[0] or self.path
            posts = attributes.get("method", "get").lower() == "post"
            self._open = (posts and action == self.path) or attributes.get("hx-post") == self.path
        name = attributes.get("name", "")
        if not self._open or not name:
            if tag == "option" and self._select:
                self._select.options.append(attributes.get("value", ""))
            return
        if tag == "select":
            self._select = Field(name, "select")
            self.fields.append(self._select)
        elif tag == "textarea":
            self.fields.append(Field(name, "textarea"))
        elif tag in ("input", "button"):
            kind = attributes.get("type", "text" if tag == "input" else "submit")
            kind = "date" if "vDateField" in attributes.get("class", "") else kind
            required = "required" in attributes
            self.fields.append(Field(name, kind, attributes.get("value", ""), required))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        if tag == "select":
            self._select = None


def fields_of(html: str, path: str) -> list[Field]:
    parser = _Forms(path)
    parser.feed(html)
    return [field for field in parser.fields if field.name != "csrfmiddlewaretoken"]


def filled_in(fields: list[Field]) -> Values:
    """As a person would: the first choice of each, an example in each empty field."""
    values: Values = {}
    for each in fields:
        if each.kind == "select":
            values[each.name] = next((option for option in each.options if option), "")
        elif each.kind in ("radio", "checkbox"):
            values.setdefault(each.name, each.value or "on")
        elif each.kind == "file":
            if each.required:
                values[each.name] = SimpleUploadedFile("upload.csv", b"a,b\n1,2\n", "text/csv")
        else:
            values[each.name] = each.value or _EXAMPLES.get(each.kind, "")
    return values


def forged(fields: list[Field], smuggled: Values) -> Values:
    """The form with every choice replaced by another tenant's row, and fields it never had."""
    foreign = str(smuggled["partner"])
    values = filled_in(fields)
    for each in fields:
        if each.kind in ("select", "radio", "checkbox", "hidden"):
            values[each.name] = smuggled.get(each.name, foreign)
    return {**smuggled, **values}
