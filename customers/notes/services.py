"""Acts on labels and remarks."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused, Vanished
from org.models import Member
from org.permissions import CUSTOMERS_LABEL, CUSTOMERS_LABELS_MANAGE, CUSTOMERS_REMARK

from ..models import Customer
from . import rules
from .models import Label, Labelling, Remark


def decide_label(by: Member, customer: Customer | None = None) -> Decision:
    """Whether the member may set this customer's labels."""
    return _decide(by, CUSTOMERS_LABEL, customer)


def decide_remark(by: Member, customer: Customer | None = None) -> Decision:
    return _decide(by, CUSTOMERS_REMARK, customer)


def decide_manage_labels(by: Member) -> Decision:
    """Whether the member may create, change and delete the partner's labels."""
    return by.may(CUSTOMERS_LABELS_MANAGE)


def _decide(by: Member, permission: str, customer: Customer | None) -> Decision:
    if not (decision := by.may(permission)):
        return decision
    if customer and customer.disassociated_at:
        return denied(_("该客户已解除关联，标签和备注不再修改"))
    return ALLOWED


# ---- on a customer ----


@transaction.atomic
def label_customer(
    customer: Customer, labels: Sequence[Label], *, by: Member, at: datetime
) -> None:
    """设置标签: these and no others. Raises NotAllowed, Refused."""
    customer = Customer.objects.visible_to(by).lock(customer.pk)
    if not (decision := decide_label(by, customer)):
        raise NotAllowed(decision)
    if len(labels) > rules.LABELS_OF_CUSTOMER:
        raise Refused(_("每个客户最多 %(n)d 个标签。") % {"n": rules.LABELS_OF_CUSTOMER})
    wanted = list(Label.objects.visible_to(by).filter(pk__in=[label.pk for label in labels]))
    if len(wanted) < len(labels):
        raise Vanished(_("所选标签已被删除，请刷新后重试。"))
    on = Labelling.objects.filter(customer=customer)
    before = list(on.live().order_by("position").values_list("label__name", flat=True))
    after = [label.name for label in wanted]
    if sorted(before) == sorted(after):
        return
    on.delete()
    Labelling.objects.bulk_create(
        Labelling(partner_id=customer.partner_id, customer=customer, label=label, position=position)
        for position, label in enumerate(wanted, start=1)
    )
    record(
        "customer.labelled",
        customer,
        by=by,
        at=at,
        customer_id=customer.pk,
        before={"labels": before},
        after={"labels": after},
    )


@transaction.atomic
def remark_customer(customer: Customer, text: str, *, by: Member, at: datetime) -> None:
    """设置备注; an empty one takes it away. Raises NotAllowed, Refused."""
    customer = Customer.objects.visible_to(by).lock(customer.pk)
    if not (decision := decide_remark(by, customer)):
        raise NotAllowed(decision)
    if len(text) > rules.REMARK_LONGEST:
        raise Refused(_("备注最多 %(n)d 个字。") % {"n": rules.REMARK_LONGEST})
    known = Remark.objects.filter(customer=customer)
    before = known.values_list("text", flat=True).first() or ""
    if before == text:
        return
    if text:
        said = {"text": text, "written_by": by, "written_at": at}
        Remark.objects.update_or_create(
            customer=customer, defaults=said, create_defaults=said | {"partner_id": by.partner_id}
        )
    else:
        known.delete()
    record(
        "customer.remarked",
        customer,
        by=by,
        at=at,
        customer_id=customer.pk,
        before={"remark": before},
        after={"remark": text},
    )


def label_arrival(customer: Customer, name: str, *, by: Member, at: datetime) -> None:
    """The label of the invitation by which a new customer came (customers_coupons.md §5.2).

    A partner that has all the labels it may have gets none more: the customer comes without.
    """
    own = Label.objects.visible_to(by)
    label = own.filter(name=name).first()
    if label is None:
        if own.count() >= rules.LABELS_OF_PARTNER:
            return
        label = Label.objects.create(
            partner_id=by.partner_id, name=name, created_by=by, created_at=at
        )
    Labelling.objects.create(
        partner_id=customer.partner_id, customer=customer, label=label, position=1
    )


# ---- the partner's labels ----


@transaction.atomic
def create_label(name: str, colour: str, *, by: Member, at: datetime) -> Label:
    """新建标签. Raises NotAllowed, Refused."""
    _must_manage(by)
    own = Label.objects.visible_to(by)
    if own.count() >= rules.LABELS_OF_PARTNER:
        raise Refused(_("最多 %(n)d 个标签，请先删除不用的标签。") % {"n": rules.LABELS_OF_PARTNER})
    _refuse_taken(name, by)
    label = Label.objects.create(
        partner_id=by.partner_id, name=name, colour=colour, created_by=by, created_at=at
    )
    record("label.created", label, by=by, at=at, after=_told(label))
    return label


@transaction.atomic
def change_label(label: Label, name: str, colour: str, *, by: Member, at: datetime) -> Label:
    """Rename or recolour: its customers keep it. Raises NotAllowed, Refused."""
    _must_manage(by)
    label = _hold(label, by)
    _refuse_taken(name, by, but=label)
    before = _told(label)
    label.name, label.colour = name, colour
    if _told(label) == before:
        return label
    label.save(update_fields=["name", "colour"])
    record("label.changed", label, by=by, at=at, before=before, after=_told(label))
    return label


@transaction.atomic
def delete_label(label: Label, *, by: Member, at: datetime) -> None:
    """删除标签: no customer shows it any more. Raises NotAllowed, Vanished."""
    _must_manage(by)
    label = _hold(label, by)
    label.deleted_at = at
    label.save(update_fields=["deleted_at"])
    record("label.deleted", label, by=by, at=at, before=_told(label))


def _must_manage(by: Member) -> None:
    if not (decision := decide_manage_labels(by)):
        raise NotAllowed(decision)


def _hold(label: Label, by: Member) -> Label:
    held = Label.objects.visible_to(by).select_for_update().filter(pk=label.pk).first()
    if held is None:
        raise Vanished(_("该标签已被删除。"))
    return held


def _refuse_taken(name: str, by: Member, but: Label | None = None) -> None:
    others = Label.objects.visible_to(by).filter(name=name)
    if but:
        others = others.exclude(pk=but.pk)
    if others.exists():
        raise Refused(_("已有名为“%(name)s”的标签。") % {"name": name})


def _told(label: Label) -> dict[str, str]:
    return {"label": label.name, "colour": label.colour}
