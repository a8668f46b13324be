"""The small parts that pages are made of: form fields and toasts."""

from functools import cache
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import icons
from ..access import Decision

register = template.Library()
_CLASSES = {
    forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "form-check-input",  # and boxes below each other, which are of its kind
    forms.Select: "form-select",
}
# How a field stands on the page, where it is not a label over a control.
_KINDS = {forms.CheckboxInput: "checkbox", forms.RadioSelect: "choices"}


@register.simple_tag
def address(url_name: str) -> str:
    """The address of a page that has no arguments, looked up once; empty when there is none.

    The frame asks for twenty on every page, and `reverse` takes longer than the rest of it.
    """
    return _address(url_name, settings.ROOT_URLCONF)


@cache
def _address(url_name: str, urlconf: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


@register.simple_tag
@cache
def icon(name: str, size: int = 16) -> SafeString:
    """An icon of icons.py, `size` pixels square. It only decorates: words beside it say what is."""
    if name not in icons.NAMES:
        raise ValueError(f"core/icons.py does not name {name}")
    return format_html(
        '<svg class="pc-icon" width="{0}" height="{0}" aria-hidden="true"><use href="{1}"/></svg>',
        size,
        f"{static(icons.SPRITE)}#{name}",
    )


@register.inclusion_tag("ui/field.html")
def field(
    bound: BoundField, label: str = "", *, optional: bool = False, **attributes: Any
) -> dict[str, Any]:
    """One form field: label, control, errors, help. `attributes` go onto the control."""
    widget = bound.field.widget
    css = next((css for kind, css in _CLASSES.items() if isinstance(widget, kind)), "form-control")
    if bound.errors:
        css += " is-invalid"
    kind = next((kind for of, kind in _KINDS.items() if isinstance(widget, of)), "")
    if kind == "choices":
        widget.attrs |= {"class": css} | attributes
    return {
        "field": bound,
        "label": label or bound.label,
        "optional": optional,
        "kind": kind,
        "control": "" if kind == "choices" else bound.as_widget(attrs={"class": css} | attributes),
        "options": bound.subwidgets if kind == "choices" else (),
    }


@register.inclusion_tag("ui/fields.html")
def fields(form: forms.BaseForm) -> dict[str, Any]:
    """All fields of a form, its own errors first."""
    return {"form": form}


@register.simple_tag
def opens(shown: Any, panel: str, element_id: str) -> SafeString:
    """What makes a link open a panel of the list `shown` (templates/panels) in its own place."""
    address = f"{shown.here}&panel={panel}"
    return format_html(
        'id="{}" href="{}" hx-get="{}" hx-swap="outerHTML" aria-expanded="false"',
        element_id,
        address,
        address,
    )


@register.inclusion_tag("ui/relaxed.html")
def relaxed() -> dict[str, Any]:
    """The demo's banner, on every page: no second factor is asked for here."""
    return {"relaxed": not settings.SECOND_FACTOR_REQUIRED}


@register.inclusion_tag("ui/refused.html")
def refused(decision: Decision, words: str, css: str = "btn") -> dict[str, Any]:
    """An action that this person may not do: disabled, with 为什么. `css` is the action's own."""
    return {"decision": decision, "words": words, "css": css}


@register.inclusion_tag("ui/toast.html")
def toast(text: Any, tone: str = "info") -> dict[str, Any]:
    """A short notice; `tone` is success, info, warning or error."""
    return {"text": text, "tone": tone}


# ---- what is the same for everybody ----

_KEPT_MOST = 500  # of one place, before it begins anew


@register.tag
def kept(parser: Parser, token: Token) -> "Kept":
    """`{% kept [key …] %}…{% endkept %}`: depends on nothing but the language and the keys, and is
    rendered once a process. Nothing of a person, of a request or of data may stand in it."""
    keys = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodes, keys)


class Kept(template.Node):
    def __init__(self, nodelist: NodeList, keys: list[FilterExpression]) -> None:
        self.nodelist, self.keys = nodelist, keys
        self.rendered: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        keys = (each.resolve(context) for each in self.keys)
        key = (translation.get_language(), settings.ROOT_URLCONF, *keys)
        if (html := self.rendered.get(key)) is None:
            if len(self.rendered) >= _KEPT_MOST:
                self.rendered.clear()
            html = self.rendered[key] = self.nodelist.render(context)
        return html
