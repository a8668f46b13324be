"""What stands in a query form: a label and a control for each filter.

A form has a dozen of them on every page of a list, so they are made here, as cells are, and not by
a template (docs/decisions/0004-lists.md). What comes from data is escaped.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..clock import first_of_month, next_month, previous_month
from .columns import Label

ALWAYS_SHOWN = 4  # of a folded form


def fields(made: Iterable[str]) -> SafeString:
    """The form's fields; those after the fourth show when it is unfolded."""
    shown = (
        f'<div class="pc-field{" more" * (at >= ALWAYS_SHOWN)}">{each}</div>'
        for at, each in enumerate(made)
    )
    return mark_safe("".join(shown))  # noqa: S308  (made here, and escaped)


def text(key: str, label: Label, value: str, placeholder: Label) -> str:
    return (
        f'<label class="form-label" for="f-{key}">{escape(str(label))}</label>'
        f'<input class="form-control" id="f-{key}" name="{key}" value="{escape(value)}"'
        f' placeholder="{escape(str(placeholder))}" maxlength="200">'
    )


def choice(
    key: str, label: Label, choices: Mapping[Any, Any], chosen: str, every: Label = ""
) -> str:
    """One of these, or all; `every` says otherwise what choosing nothing means."""
    options = [
        f'<option value="{escape(str(code))}"{" selected" * (code == chosen)}>'
        f"{escape(str(words))}</option>"
        for code, words in choices.items()
    ]
    return (
        f'<label class="form-label" for="f-{key}">{escape(str(label))}</label>'
        f'<select class="form-select" id="f-{key}" name="{key}">'
        f'<option value="">{escape(str(every or _("全部")))}</option>{"".join(options)}</select>'
    )


def choices(key: str, label: Label, offered: Mapping[Any, Any], chosen: Iterable[str]) -> str:
    """Several of these at once, behind a button that says how many."""
    on = {*chosen}
    boxes = [
        f'<li><label class="form-check"><input class="form-check-input" type="checkbox"'
        f' name="{key}" value="{escape(str(code))}"{" checked" * (code in on)}>'
        f" {escape(str(words))}</label></li>"
        for code, words in offered.items()
    ]
    said = _("已选 %(n)s 项") % {"n": len(on)} if on else _("全部")
    return (
        f'<span class="form-label" id="l-{key}">{escape(str(label))}</span>'
        f'<details class="pc-menu pc-several" id="f-{key}">'
        f'<summary class="form-select" aria-labelledby="l-{key} n-{key}">'
        f'<span id="n-{key}">{escape(said)}</span></summary>'
        f'<ul class="pc-menu-panel start">{"".join(boxes)}</ul></details>'
    )


def between(
    names: tuple[str, str], label: Label, values: tuple[str, str], kinds: tuple[str, str], more: str
) -> str:
    """From one value to another. `kinds` are the attributes that say what may be typed."""
    words, ids = escape(str(label)), (f' id="f-{names[0]}"', "")
    ends = (_("（起）"), _("（止）"))
    low, high = (
        f'<input class="form-control"{own} name="{name}" value="{escape(value)}"'
        f' aria-label="{words}{escape(end)}" {kind}>'
        for own, name, value, end, kind in zip(ids, names, values, ends, kinds, strict=True)
    )
    return (
        f'<label class="form-label" for="f-{names[0]}">{words}</label>'
        f'<div class="input-group">{low}'
        f'<span class="input-group-text" aria-hidden="true">–</span>{high}</div>{more}'
    )


def amounts(names: tuple[str, str], label: Label, values: tuple[str, str]) -> str:
    least, most = (
        f'inputmode="decimal" placeholder="{escape(words)}"' for words in (_("最小"), _("最大"))
    )
    return between(names, label, values, (least, most), "")


def dates(
    names: tuple[str, str],
    label: Label,
    values: tuple[str, str],
    today: date,
    language: str,
    *,
    ahead: bool,
) -> str:
    buttons = _preset_buttons(today, language, ahead=ahead)
    return between(names, label, values, ('type="date"',) * 2, buttons)


# ---- presets ----


@lru_cache(maxsize=16)
def _preset_buttons(today: date, language: str, *, ahead: bool) -> str:
    """They are the same on every list all day."""
    buttons = [
        f'<button type="button" class="btn-preset" data-from="{start}" data-to="{end}">'
        f"{escape(str(label))}</button>"
        for label, start, end in (presets_ahead if ahead else presets)(today)
    ]
    return f'<div class="pc-presets">{"".join(buttons)}</div>'


def presets(today: date) -> list[tuple[Any, date, date]]:
    """近7天 近30天 本月 上月, as ui.md has them."""
    this_month = first_of_month(today)
    return [
        (gettext_lazy("近7天"), today - timedelta(days=6), today),
        (gettext_lazy("近30天"), today - timedelta(days=29), today),
        (gettext_lazy("本月"), this_month, today),
        (gettext_lazy("上月"), previous_month(today), this_month - timedelta(days=1)),
    ]


def presets_ahead(today: date) -> list[tuple[Any, date, date]]:
    """未来7天 未来30天 本月 下月, of which 本月 is whole."""
    following = next_month(today)
    return [
        (gettext_lazy("未来7天"), today, today + timedelta(days=6)),
        (gettext_lazy("未来30天"), today, today + timedelta(days=29)),
        (gettext_lazy("本月"), first_of_month(today), following - timedelta(days=1)),
        (gettext_lazy("下月"), following, next_month(following) - timedelta(days=1)),
    ]
