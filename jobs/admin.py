"""任务 on the vendor's desk: which jobs failed, and another try."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.admin import VendorAdmin, button

from . import services
from .models import Job


@admin.register(Job)
class JobAdmin(VendorAdmin):
    """What was asked for and how it ended; neither its conditions, which may name customers, nor
    its file."""

    readable_by = ("operator",)
    ordering = ("-pk",)
    list_display = (
        *("title", "kind", "of", "asker", "state", "reason", "rows"),
        *("created_at", "finished_at"),
    )
    list_filter = ("state",)
    list_select_related = ("partner", "member__user")
    fields = readonly_fields = (*list_display, "expires_at")
    buttons = ("retry",)

    @admin.display(description=_l("伙伴"))
    def of(self, job: Job) -> str:
        return str(job.partner)

    @admin.display(description=_l("申请人"))
    def asker(self, job: Job) -> str:
        return str(job.member)

    @button(
        _l("重试"),
        explain=_l("任务重新排队，一分钟内开始，按申请人当时的条件和现在的权限执行。"),
        shown=lambda job: job.state == Job.State.FAILED,
    )
    def retry(self, request: HttpRequest, job: Job, data: dict[str, Any]) -> str:
        services.retry_job(job, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return _("任务已重新排队。")
