"""审批: a second person agrees before a file holds personal data unmasked.

Asked for by a setting of the partner (组织 > 安全设置). Whoever holds the permission decides, the
asker never: the database refuses that too. What nobody decides for three days is refused.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from core import tenancy
from core.access import Decision, denied
from core.refusals import NotAllowed, Refused
from org.models import Member
from org.permissions import EXPORTS_APPROVE

from .models import WAITED_FOR, Job


def approvers_for(asker: Member) -> list[Member]:
    """Who may decide on what this member asks for. Raises Refused when there is nobody."""
    holders = Member.objects.holding(EXPORTS_APPROVE, partner_id=asker.partner_id)
    if not (others := list(holders.exclude(pk=asker.pk))):
        raise Refused(
            _("贵公司要求导出完整个人信息须经另一人审批，但没有其他成员有“审批导出”权限。")
            + _("请先为另一名成员分配该权限，或导出脱敏的数据。")
        )
    return others


def decide_approval(job: Job, member: Member) -> Decision:
    """Whether the member may approve or refuse this job."""
    if job.member_id == member.pk:
        return denied(_("不能审批自己申请的导出"), _("请由另一名有“审批导出”权限的成员审批"))
    return member.may(EXPORTS_APPROVE)


def ask_approval(job: Job, approvers: list[Member], *, at: datetime) -> None:
    notify(
        approvers,
        "job.approval_asked",
        key=f"approval:{job.pk}",
        at=at,
        mail=True,
        title=job.title,
        job=job.pk,
    )


@transaction.atomic
def approve_job(job: Job, *, by: Member, at: datetime) -> Job:
    """通过: it waits for a worker from now on. Raises Refused, NotAllowed."""
    job = _locked(job, by)
    asker = Member.objects.active().acting().filter(pk=job.member_id).first()
    if asker is None or sorted(asker.roles) != job.parameters.get("roles", sorted(asker.roles)):
        raise Refused(_("申请人的角色在申请后已变更，不能再通过；请拒绝，由申请人重新导出。"))
    job.mark_approved(by=by)
    record("job.approved", job, by=by, at=at, after=_told(job))
    _tell(job, "job.approved", at=at)
    return job


@transaction.atomic
def refuse_job(job: Job, *, reason: str, by: Member, at: datetime) -> None:
    """拒绝, with a reason that the asker reads. Raises Refused, NotAllowed."""
    job = _locked(job, by)
    if not reason.strip():
        raise Refused(_("请填写拒绝的原因。"))
    job.mark_refused(by=by, reason=reason.strip(), at=at)
    record("job.refused", job, by=by, at=at, after=_told(job) | {"reason": job.reason})
    _tell(job, "job.refused", at=at)


def refuse_unanswered(*, at: datetime) -> int:
    """What waited for three days is refused by nobody; returns how many."""
    with tenancy.vendor():
        late = Job.objects.filter(state=Job.State.PENDING, created_at__lte=at - WAITED_FOR)
        pks = list(late.order_by("pk").values_list("pk", flat=True))
    return sum(_refuse_unanswered(pk, at) for pk in pks)


def _refuse_unanswered(job_id: int, at: datetime) -> bool:
    with tenancy.vendor():
        job = Job.objects.select_related("member").lock(job_id)
        if job.state != Job.State.PENDING:
            return False
        job.mark_refused(by=None, reason=_("3 天内无人审批，已失效。"), at=at)
        record("job.lapsed", job, by=None, at=at, partner_id=job.partner_id, after=_told(job))
        _tell(job, "job.refused", at=at)
    return True


def _locked(job: Job, by: Member) -> Job:
    job = Job.objects.visible_to(by).select_related("member").lock(job.pk)
    if not (decision := decide_approval(job, by)):
        raise NotAllowed(decision)
    return job


def _told(job: Job) -> dict[str, object]:
    return {"job": job.title, "scope": job.said, "columns": job.parameters.get("columns", [])}


def _tell(job: Job, kind: str, *, at: datetime) -> None:
    notify([job.member], kind, key=f"{kind}:{job.pk}", at=at, title=job.title, reason=job.reason)
