"""What the panels of a list post to its own address: so whoever may open it may post, and what
is kept is checked by its own filters and columns."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core import clock
from core.refusals import Refused

from . import services
from .forms import ColumnsForm, PreferForm, ViewForm
from .models import SavedView
from .rules import address_of

if TYPE_CHECKING:
    from .lists import WorkList


def save_view(shown: "WorkList") -> HttpResponse:
    state = _state(shown)
    wanted = _checked(ViewForm(shown.request.POST))
    kept = services.save_view(shown.key, **state, **wanted, by=shown.member, at=clock.now())
    name = {"name": kept.name}
    return _go(shown, address_of(kept.pk, kept.query), _("视图“%(name)s”已保存。") % name)


def change_view(shown: "WorkList") -> HttpResponse:
    view, wanted = _view(shown), _checked(ViewForm(shown.request.POST))
    preferred = {name: wanted.pop(name) for name in ("is_pinned", "is_default")}
    view = services.change_view(view, **wanted, by=shown.member, at=clock.now())
    services.prefer_view(view, **preferred, by=shown.member)
    return _go(shown, shown.address(), _("视图“%(name)s”已保存。") % {"name": view.name})


def prefer_view(shown: "WorkList") -> HttpResponse:
    view, wanted = _view(shown), _checked(PreferForm(shown.request.POST))
    services.prefer_view(view, **wanted, by=shown.member)
    return _go(shown, shown.address(), _("视图“%(name)s”已保存。") % {"name": view.name})


def update_view(shown: "WorkList") -> HttpResponse:
    view, state = _view(shown), _state(shown)
    view = services.update_view(view, **state, by=shown.member, at=clock.now())
    return _go(
        shown, address_of(view.pk, view.query), _("视图“%(name)s”已更新。") % {"name": view.name}
    )


def delete_view(shown: "WorkList") -> HttpResponse:
    """The conditions stay on the screen."""
    view = _view(shown)
    services.delete_view(view, by=shown.member, at=clock.now())
    return _go(shown, shown.address(view="0"), _("视图“%(name)s”已删除。") % {"name": view.name})


def arrange_columns(shown: "WorkList") -> HttpResponse:
    form = ColumnsForm(shown.request.POST, keys=shown.movable_columns())
    if "reset" in shown.request.POST:
        services.arrange_columns(shown.key, order=[], hidden=[], pinned=1, by=shown.member)
    else:
        _checked(form)
        services.arrange_columns(
            shown.key,
            order=form.arranged,
            hidden=form.hidden,
            pinned=form.cleaned_data["pinned"],
            by=shown.member,
        )
    return _stay(shown, panel="columns")


def set_density(shown: "WorkList") -> HttpResponse:
    is_compact = bool(shown.request.POST.get("is_compact"))
    services.set_density(shown.key, is_compact=is_compact, by=shown.member)
    return _stay(shown)


ACTS: Mapping[str, Callable[["WorkList"], HttpResponse]] = {
    "save_view": save_view,
    "change_view": change_view,
    "prefer_view": prefer_view,
    "update_view": update_view,
    "delete_view": delete_view,
    "columns": arrange_columns,
    "density": set_density,
}


def _view(shown: "WorkList") -> SavedView:
    """The view that the address goes by."""
    own = SavedView.objects.visible_to(shown.member).filter(list_key=shown.key)
    if not shown.view or not (found := own.filter(pk=shown.view.pk).first()):
        raise Refused(_("该视图已被删除或不再共享，当前条件未受影响。"))
    return found


def _state(shown: "WorkList") -> dict[str, Any]:
    """What a view keeps: the conditions that the list itself can read."""
    shown.unknown = []  # left out of the view from now on
    said = shown.in_words()
    if shown.errors:
        raise Refused(" ".join(shown.errors))
    return {"query": shown.query, "said": said}


def _checked(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        raise Refused(" ".join(error for errors in form.errors.values() for error in errors))
    return form.cleaned_data


def _go(shown: "WorkList", address: str, said: str) -> HttpResponse:
    return _answer(shown, shown.request.path + address, said=said)


def _stay(shown: "WorkList", *, panel: str = "") -> HttpResponse:
    """The same page of the list again, and the panel stays open."""
    path = shown.request.path + shown.here
    return _answer(shown, f"{path}&panel={panel}" if panel else path, push="false")


def _answer(shown: "WorkList", path: str, *, said: str = "", push: str = "true") -> HttpResponse:
    if not shown.request.htmx:  # type: ignore[attr-defined]
        if said:
            messages.success(shown.request, said)
        return redirect(path)
    headers = {"HX-Location": json.dumps({"path": path, "target": "#results", "push": push})}
    if said:
        headers["HX-Trigger"] = json.dumps({"toast": {"target": "body", "text": said}})
    return HttpResponse(status=204, headers=headers)
