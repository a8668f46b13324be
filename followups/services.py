"""Acts on alerts and on the rules that raise them."""

from datetime import datetime
from secrets import token_hex

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.models import Customer
from org.models import Member
from org.permissions import FOLLOWUPS_HANDLE

from . import rules
from .attachments import Checked
from .models import Alert, AlertHandling, Attachment


@transaction.atomic
def handle_alert(alert: Alert, said: rules.Handling, *, by: Member, at: datetime) -> AlertHandling:
    """处理预警: note what became of the customer or the resource. Only the sole owner may.

    Raises NotAllowed, InvalidTransition (somebody was there before), Refused (incomplete).
    """
    alert = Alert.objects.select_related("customer__account_manager").lock(alert.pk)
    if not (decision := decide_handle(alert, by)):
        raise NotAllowed(decision)
    if alert.customer.disassociated_at:
        raise InvalidTransition(_("该客户已解除关联，预警无需处理。"))
    alert.mark_handled(at=at)
    if errors := rules.handling_errors(said, is_churn=alert.is_churn, today=day_of(at)):
        raise Refused(" ".join(errors.values()))
    handling = AlertHandling.objects.create(
        partner_id=alert.partner_id,
        alert=alert,
        handled_by=by,
        handled_at=at,
        **rules.relevant(said),
    )
    record(
        "alert.handled",
        alert,
        by=by,
        at=at,
        customer_id=alert.customer_id,
        before={"state": str(Alert.State.PENDING.label)},
        after={
            "state": str(Alert.State.HANDLED.label),
            "outcome": str(handling.get_outcome_display()),
            "attachments": len(said.files),
        },
    )
    _attach(handling, said.files)
    return handling


def decide_handle(alert: Alert, by: Member) -> Decision:
    """Whether this member is the one who handles the alert; for the button and the service.

    A handled or lapsed alert is no question of permission: the service says so when it is late.
    """
    if not (decision := by.may(FOLLOWUPS_HANDLE)):
        return decision
    if alert.customer.is_owned_by(by):
        return ALLOWED
    return denied(_("只有客户归属唯一责任人可以处理该预警。"), _owner_of(alert.customer, by))


def _owner_of(customer: Customer, by: Member) -> str:
    """Whom to ask. The people of another partner are not named."""
    if customer.partner_id != by.partner_id:
        return _("请联系该客户的云经销商")
    if customer.account_manager and customer.account_manager.is_active:
        return _("请联系客户经理%(name)s") % {"name": customer.account_manager}
    return _("请联系主账号")


def _attach(handling: AlertHandling, files: tuple[Checked, ...]) -> None:
    """Store the files, last of all: what is refused before leaves none behind."""
    for each in files:
        Attachment.objects.create(
            partner_id=handling.partner_id,
            handling=handling,
            name=each.name,
            content_type=each.content_type,
            size=each.size,
            file=File(each.file, name=f"{token_hex(16)}.{each.kind}"),
        )
