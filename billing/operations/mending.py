"""What the vendor's operators may do with a request that hangs or failed."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core.refusals import InvalidTransition, Refused
from customers.proxies.log import Result, note

from .gateway import Done
from .models import ResourceRequest
from .services import end

RETRY_WITHIN = timedelta(days=7)  # later nobody remembers what it was for
State = ResourceRequest.State


def why_not_retried(row: ResourceRequest, *, at: datetime) -> str:
    """Why it is not carried out anew, or nothing; for the button and the service."""
    if row.state != State.FAILED:
        return _("只有失败的请求可以重新执行。")
    if at - row.asked_at > RETRY_WITHIN:
        return _("失败超过 7 天的请求不能重新执行，请伙伴重新提交。")
    if not row.session.authorization.is_granted:
        return _("客户已终止授权，不能重新执行。")
    return ""


@transaction.atomic
def retry_request(row: ResourceRequest, *, by: Actor, at: datetime) -> ResourceRequest:
    """重新执行, under the same key: what was done already is not done again. Raises Refused."""
    joined = ResourceRequest.objects.select_related("session__authorization", "resource", "order")
    row = joined.lock(row.pk)
    if said := why_not_retried(row, at=at):
        raise Refused(said)
    try:
        with transaction.atomic():
            row.mark_waiting(at=at)
    except IntegrityError as error:
        raise Refused(_("该资源已有一条执行中的操作。")) from error
    text = _("由厂商重新执行")
    note(row.session, row.kind, at=at, subject=row.subject, result=Result.ASKED, text=text)
    _record("resource_request.retried", row, by=by, at=at)
    return row


@transaction.atomic
def give_up_request(row: ResourceRequest, reason: str, *, by: Actor, at: datetime) -> None:
    """标记失败: nobody tries it again. Raises InvalidTransition."""
    row = ResourceRequest.objects.lock(row.pk)
    if not row.is_open:
        raise InvalidTransition(_("该操作已结束"))
    end(row.pk, State.FAILED, Done(reason), at=at)
    _record("resource_request.given_up", row, by=by, at=at, reason=reason)


def _record(verb: str, row: ResourceRequest, *, by: Actor, at: datetime, **after: str) -> None:
    record(
        verb,
        row,
        by=by,
        at=at,
        partner_id=row.partner_id,
        customer_id=row.customer_id,
        after={"request": row.kind, **after},
    )
