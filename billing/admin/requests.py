"""代客操作请求: what partners asked for in customers' accounts, and what hangs or failed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from activity.admin import PartnerFilter
from core.admin import ButtonForm, VendorAdmin, button

from ..operations.mending import give_up_request, retry_request
from ..operations.models import ResourceRequest
from ..tasks import carry_out
from .shared import who


class ReasonForm(ButtonForm):
    reason = forms.CharField(label=_("原因"), max_length=200, help_text=_("伙伴和客户可以看到。"))


@admin.register(ResourceRequest)
class ResourceRequestAdmin(VendorAdmin):
    list_display = (
        *("asked_at", "kind", "what", "customer", "partner", "state", "tries", "ended_at"),
    )
    list_filter = (PartnerFilter, "state", "kind")
    list_select_related = ("customer", "partner", "resource", "order")
    search_fields = ("number",)
    search_help_text = _("完整客户ID")
    buttons = ("retry", "give_up")
    fields = readonly_fields = (
        *("kind", "what", "parameters", "customer", "partner", "asked_by", "session"),
        *("state", "result", "order", "asked_at", "tries", "next_at", "ended_at"),
    )

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(customer__cloud_account__number=term)

    @admin.display(description=_("对象"))
    def what(self, request: ResourceRequest) -> str:
        return request.subject

    @button(
        _("重新执行"),
        explain=_("以同一请求号再次交给云平台：已完成的操作不会重复。客户已终止授权的不能执行。"),
        shown=lambda request: request.state == ResourceRequest.State.FAILED,
    )
    def retry(self, request: HttpRequest, subject: ResourceRequest, data: Any) -> str:
        carry_out(retry_request(subject, **who(request)))
        return str(_("已重新提交，稍后刷新查看结果。"))

    @button(
        _("标记失败"),
        explain=_("不再执行。云平台可能已收到该请求：先确认它没有执行，再标记失败。"),
        form=ReasonForm,
        shown=lambda request: request.is_open,
    )
    def give_up(self, request: HttpRequest, subject: ResourceRequest, data: dict[str, Any]) -> str:
        give_up_request(subject, data["reason"], **who(request))
        return str(_("已标记失败。"))
