"""Pages of labels and remarks. On a customer both are a part of its page and of the drawer."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.htmx import wants_part
from core.lists.paging import capped_counts, count_label
from core.refusals import NotAllowed
from org.gate import requires
from org.models import Member
from org.permissions import CUSTOMERS_LABEL, CUSTOMERS_LABELS_MANAGE, CUSTOMERS_REMARK

from ..models import Customer
from ..views import load_customer
from . import services
from .forms import LabelForm, LabelsForm, RemarkForm
from .lists import LabelList
from .models import Label, Labelling


def notes_of(customer: Customer, member: Member, **forms: Any) -> dict[str, Any]:
    """What the part customers/notes.html shows. `forms` are those that were sent and refused."""
    remark = getattr(customer, "remark", None)
    return {
        "labels_form": LabelsForm(customer=customer, by=member),
        "remark_form": RemarkForm(initial={"text": remark.text if remark else ""}),
        "remark": remark,
        "label_decision": services.decide_label(member, customer),
        "remark_decision": services.decide_remark(member, customer),
        "manage_decision": services.decide_manage_labels(member),
        **forms,
    }


# ---- on a customer ----


@requires(CUSTOMERS_LABEL)
def label_customer(request: Any, pk: int) -> HttpResponse:
    """设置标签. GET shows the form on a page of its own, POST sets."""
    customer = load_customer(request.member, pk)
    if not (decision := services.decide_label(request.member, customer)):
        raise NotAllowed(decision)
    if request.method != "POST":
        return _notes(request, customer)
    form = LabelsForm(request.POST, customer=customer, by=request.member)
    if not form.is_valid():
        return _notes(request, customer, status=422, labels_form=form)
    chosen = form.cleaned_data["labels"]
    services.label_customer(customer, chosen, by=request.member, at=clock.now())
    return _noted(request, pk, _("标签已保存。"))


@requires(CUSTOMERS_REMARK)
def remark_customer(request: Any, pk: int) -> HttpResponse:
    """设置备注, likewise."""
    customer = load_customer(request.member, pk)
    if not (decision := services.decide_remark(request.member, customer)):
        raise NotAllowed(decision)
    if request.method != "POST":
        return _notes(request, customer)
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return _notes(request, customer, status=422, remark_form=form)
    text = form.cleaned_data["text"]
    services.remark_customer(customer, text, by=request.member, at=clock.now())
    return _noted(request, pk, _("备注已保存。"))


def _noted(request: Any, pk: int, said: str) -> HttpResponse:
    if wants_part(request):
        return _notes(request, load_customer(request.member, pk), said=said)
    messages.success(request, said)
    return redirect("customers:customer_detail", pk)


def _notes(request: Any, customer: Customer, status: int = 200, **more: Any) -> HttpResponse:
    context = {"customer": customer, **notes_of(customer, request.member, **more)}
    part = "#notes" if wants_part(request) else ""
    return render(request, f"customers/notes.html{part}", context, status=status)


# ---- the partner's labels ----


@requires(CUSTOMERS_LABELS_MANAGE)
def label_list(request: Any) -> HttpResponse:
    return LabelList(request).respond()


@require_POST
@requires(CUSTOMERS_LABELS_MANAGE)
def create_label(request: Any) -> HttpResponse:
    form = LabelForm(request.POST)
    if not form.is_valid():
        return _label_page(request, form, 422, title=_("新建标签"))
    services.create_label(**form.cleaned_data, by=request.member, at=clock.now())
    messages.success(request, _("标签已创建。"))
    return redirect("customers:label_list")


@requires(CUSTOMERS_LABELS_MANAGE)
def change_label(request: Any, pk: int) -> HttpResponse:
    label = _load_label(request, pk)
    form = LabelForm(request.POST or None, initial={"name": label.name, "colour": label.colour})
    if request.method == "POST" and form.is_valid():
        services.change_label(label, **form.cleaned_data, by=request.member, at=clock.now())
        messages.success(request, _("标签已修改。"))
        return redirect("customers:label_list")
    status = 422 if request.method == "POST" else 200
    return _label_page(request, form, status, title=_("修改标签"), label=label)


@requires(CUSTOMERS_LABELS_MANAGE)
def delete_label(request: Any, pk: int) -> HttpResponse:
    """GET says on how many customers it is, POST deletes."""
    label = _load_label(request, pk)
    if request.method == "POST":
        services.delete_label(label, by=request.member, at=clock.now())
        messages.success(request, _("标签已删除。"))
        return redirect("customers:label_list")
    [count] = capped_counts([Labelling.objects.visible_to(request.member).filter(label=label)])
    context = {"label": label, "count": count_label(count)}
    return render(request, "customers/labels/delete.html", context)


def _load_label(request: Any, pk: int) -> Label:
    return get_object_or_404(Label.objects.visible_to(request.member), pk=pk)


def _label_page(request: Any, form: LabelForm, status: int, **context: Any) -> HttpResponse:
    return render(request, "customers/labels/form.html", {"form": form, **context}, status=status)
