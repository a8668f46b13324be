"""What the pages of billing share."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.errorfile import ErrorFile
from core import clock
from core.formats import exact

OPERATOR = ("operator",)
# A form that is sent once has one button.
ONE_SAVE = {"show_save_and_add_another": False, "show_save_and_continue": False}


def who(request: HttpRequest) -> dict[str, Any]:
    """Who does it, and when: what every service asks for."""
    return {"by": request.user, "at": clock.now()}


def table(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> SafeString:
    """A small table on the page of a row; every cell is escaped."""
    cells = "".join("<td>{}</td>" for _name in head)
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", "<th>{}</th>", ((name,) for name in head)),
        format_html_join("", f"<tr>{cells}</tr>", rows),
    )


def in_words(sums: Mapping[str, Decimal]) -> str:
    """`USD 12.5、EUR 3`"""
    return _("、").join(f"{currency} {exact(amount)}" for currency, amount in sorted(sums.items()))


def tell_errors(request: HttpRequest, errors: ErrorFile) -> None:
    """The first bad lines of a mapping file, as messages of the next page."""
    if errors.count:
        messages.warning(request, _("映射文件有 %(n)d 行未能处理：") % {"n": errors.count})
    for line in errors.first:
        words = {"line": line.line_number, "reason": line.reason}
        messages.warning(request, _("第 %(line)d 行：%(reason)s") % words)
