"""The vendor's desk: what every page of it has in common.

A page shows; it changes nothing by itself. Saving and buttons call services, which lock, check
and record. Rows are never deleted here, and an auditor reads all and changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import prepare_lookup_value, quote, unquote
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .access import DEFAULT_BODY, Access, Decision, declare, denied
from .admin_lists import CappedPaginator, KeysetChangeList
from .refusals import NotAllowed, Refused

Text = str | Promise
AUDITOR = "auditor"


@dataclass(frozen=True)
class Button:
    """An act on one row: a page that explains it and asks what it needs, then one service."""

    label: Text
    explain: Text
    roles: tuple[str, ...]
    form: type["ButtonForm"]
    step_up: bool
    shown: Callable[[Any], bool]


@dataclass(frozen=True)
class Waits:
    """Rows of a page that wait for whoever may press a button: said in words, and shown by these
    filters of its list."""

    label: Text
    button: str
    filters: Mapping[str, str]


class ButtonForm(forms.Form):
    """What a button asks for; `subject` is the row it acts on."""

    def __init__(self, *args: Any, subject: models.Model, **kwargs: Any) -> None:
        self.subject = subject
        super().__init__(*args, **kwargs)


def button(
    label: Text,
    *,
    explain: Text = "",
    roles: tuple[str, ...] = ("operator",),
    form: type[ButtonForm] = ButtonForm,
    step_up: bool = False,
    shown: Callable[[Any], bool] = lambda subject: True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a page's method `(self, request, subject, data)` a button of the row's page.

    It calls one service and returns the sentence to show, or a response of its own. `step_up`
    asks for the second factor again; `shown` says for which rows the button makes sense.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        method.button = Button(label, explain, roles, form, step_up, shown)  # type: ignore[attr-defined]
        return method

    return decorate


class VendorAdmin(admin.ModelAdmin):
    """A page of the desk: readable by all vendor roles, writable by nobody unless it says so.

    A page with `writable_by` defines `change(request, subject, data)`, one with `addable_by`
    `create(request, data)`: each calls a service and returns the row. `data` is the form's
    `cleaned_data`. `search_fields` are lookups as they are asked ("phone", "name__contains"):
    only what an index serves.
    """

    readable_by: ClassVar[tuple[str, ...]] = ()  # none: every vendor role; auditors anyway
    writable_by: ClassVar[tuple[str, ...]] = ()
    addable_by: ClassVar[tuple[str, ...]] = ()
    buttons: ClassVar[tuple[str, ...]] = ()
    waits: ClassVar[tuple[Waits, ...]] = ()  # what the desk's first page counts
    step_up: ClassVar[bool] = False  # adding and changing ask for the second factor again
    max_body: ClassVar[int] = DEFAULT_BODY  # bytes; more where files are uploaded
    linked_filters: ClassVar[tuple[str, ...]] = ()  # lookups that links of other pages use

    paginator = CappedPaginator
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    show_facets = admin.ShowFacets.NEVER
    save_on_top = False
    view_on_site = False

    # ---- who may ----

    def _has_role(self, request: HttpRequest, roles: Iterable[str]) -> bool:
        return getattr(request.user, "vendor_role", "") in roles and request.user.is_active

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.readable_by:
            return bool(getattr(request.user, "is_staff", False))
        return self._has_role(request, {*self.readable_by, AUDITOR})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._has_role(request, set(self.writable_by) - {AUDITOR})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._has_role(request, set(self.addable_by) - {AUDITOR})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def may_press(self, request: HttpRequest, pressed: Button) -> Decision:
        if self._has_role(request, set(pressed.roles) - {AUDITOR}):
            return Decision(True)
        return denied(str(_("您的厂商角色不能执行此操作")), str(_("请联系厂商运营人员")))

    # ---- what waits ----

    def waits_for(self, request: HttpRequest) -> list[Waits]:
        """What of these rows waits for somebody of this person's role."""
        if not self.has_view_permission(request):
            return []
        return [w for w in self.waits if self.may_press(request, getattr(self, w.button).button)]

    def rows_that_wait(self, request: HttpRequest, waits: Waits) -> models.QuerySet[Any]:
        asked = {name: prepare_lookup_value(name, said) for name, said in waits.filters.items()}
        return self.get_queryset(request).filter(**asked).order_by()

    # ---- lists ----

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Only what a filter of the page asks: Django would take `?password__startswith=`."""
        allowed = set(self.linked_filters)
        for each in self.get_list_filter(request):
            if isinstance(each, str):
                allowed |= {f"{each}__{ask}" for ask in ("exact", "id__exact", "isnull")}
            elif isinstance(each, tuple):  # a field with a filter of its own, such as dates
                allowed |= {f"{each[0]}__{ask}" for ask in ("gte", "lt", "isnull")}
            else:
                allowed.add(each.parameter_name)  # type: ignore[union-attr]
        return lookup in allowed

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Headed by what is listed: Django would ask to select one of it."""
        title = {"title": self.opts.verbose_name_plural}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        term = search_term.strip()
        return (self.find(queryset, term) if term else queryset), False

    def find(self, rows: models.QuerySet[Any], term: str) -> models.QuerySet[Any]:
        """The rows that one of `search_fields` finds."""
        wanted = models.Q()
        for lookup in self.search_fields:
            wanted |= models.Q((lookup, term))
        return rows.filter(wanted)

    # ---- writing, through services only ----

    def create(self, request: HttpRequest, data: dict[str, Any]) -> models.Model:
        raise NotImplementedError(f"{type(self).__name__} says addable_by but has no service")

    def change(self, request: HttpRequest, subject: Any, data: dict[str, Any]) -> models.Model:
        raise NotImplementedError(f"{type(self).__name__} says writable_by but has no service")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        data = form.cleaned_data
        saved = self.change(request, obj, data) if change else self.create(request, data)
        obj.pk = saved.pk

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A refusal of the service is shown on the form, above what was filled in."""
        if turned_away := self._prove_first(request, object_id):
            return turned_away
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except Refused as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, *args, **kwargs)

    def _prove_first(self, request: HttpRequest, object_id: Any) -> HttpResponse | None:
        """Before a new row's form is filled in; before a row is saved, as looking is free."""
        saves = request.method == "POST"
        may = self.has_change_permission if object_id else self.has_add_permission
        if not self.step_up or not may(request) or (object_id and not saves):
            return None
        turned_away = self.admin_site.prove_again(request)  # type: ignore[attr-defined]
        if turned_away and saves:
            self.message_user(request, _("请先完成安全验证，再提交一次。"), messages.WARNING)
        return turned_away

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return _refusing(form, refusal) if refusal else form

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Without the pencil and plus beside a foreign key: one page changes one thing."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and hasattr(field.widget, "can_add_related"):
            field.widget = field.widget.widget
        return field

    # Services write the activity log; Django keeps none (docs/decisions/0010-vendor-desk.md).
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None

    # ---- buttons ----

    def get_urls(self) -> list[Any]:
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        dropped = {f"{info}_delete", f"{info}_history"}
        urls = [url for url in super().get_urls() if url.name not in dropped]
        press = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.button_view),
            name=f"{info}_do",
        )
        urls = [press, *urls] if self.buttons else urls
        for url in urls:
            if url.name in (f"{info}_add", f"{info}_do"):
                declare(Access("vendor", max_body=self.max_body), url.callback)
        return urls

    def button_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        subject = self.get_object(request, unquote(object_id))
        if subject is None or name not in self.buttons:
            raise Http404
        pressed: Button = getattr(self, name).button
        if not (decision := self.may_press(request, pressed)):
            raise NotAllowed(decision)
        if not pressed.shown(subject):
            raise Refused(str(_("现在不能执行“%(label)s”。") % {"label": pressed.label}))
        if pressed.step_up and (turned_away := self.admin_site.prove_again(request)):  # type: ignore[attr-defined]
            return turned_away
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = pressed.form(*sent, subject=subject)
        if form.is_valid() and (answer := self._press(request, name, subject, form)):
            return answer
        return self._explain(request, pressed, subject, form)

    def _press(
        self, request: HttpRequest, name: str, subject: Any, form: ButtonForm
    ) -> HttpResponse | None:
        try:
            with transaction.atomic():
                answer = getattr(self, name)(request, subject, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return None
        if isinstance(answer, HttpResponse):
            return answer
        self.message_user(request, answer, messages.SUCCESS)
        return HttpResponseRedirect(self._page_of(subject))

    def _explain(
        self, request: HttpRequest, pressed: Button, subject: Any, form: ButtonForm
    ) -> HttpResponse:
        return self.page(
            request,
            "admin/button.html",
            subject,
            title=pressed.label,
            pressed=pressed,
            form=form,
            errors=form.non_field_errors() if form.is_bound else [],
        )

    def page(
        self, request: HttpRequest, template: str, subject: Any, **context: Any
    ) -> TemplateResponse:
        """A page about one row, in the frame of the desk."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": subject,
            "back": self._page_of(subject),
            "media": self.media,
            **context,
        }
        return TemplateResponse(request, template, context)

    def _page_of(self, subject: models.Model) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[quote(subject.pk)])

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        obj = kwargs.get("obj")
        context["buttons"] = self.buttons_of(request, obj) if obj else []
        return super().render_change_form(request, context, *args, **kwargs)

    def buttons_of(self, request: HttpRequest, subject: Any) -> list[tuple[str, Text]]:
        """Where each button leads and what it says, for this person and this row."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_do"
        offered = [(code, getattr(self, code).button) for code in self.buttons]
        return [
            (reverse(name, args=[quote(subject.pk), code]), b.label)
            for code, b in offered
            if b.shown(subject) and self.may_press(request, b)
        ]


def _refusing(form: Any, refusal: Refused) -> Any:
    """The form, with the service's refusal among its errors."""

    class Refusing(form):
        def clean(self) -> dict[str, Any]:
            super().clean()
            self.add_error(None, str(refusal))
            return self.cleaned_data

    return Refusing
