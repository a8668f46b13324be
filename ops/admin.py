"""运行状况 on the vendor's desk: how the installation works, and what to do where it does not."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from core import clock
from core.access import Access, declare, denied
from core.admin import VendorAdmin
from core.refusals import NotAllowed

from .models import TaskRun
from .panels import DEPLOYMENT, RUNNING
from .rows import Panel, worst


@admin.register(TaskRun)
class TaskRunAdmin(VendorAdmin):
    """Instead of a list of rows: the panels. 部署检查 asks more, and takes longer."""

    readable_by = ("operator",)
    fields = readonly_fields = (
        *("name", "started_at", "finished_at", "succeeded_at", "failed_at"),
        *("seconds", "error", "error_id"),
    )

    def get_urls(self) -> list[Any]:
        view = declare(Access("vendor"), self.admin_site.admin_view(self.deployment_view))
        return [path("deployment/", view, name="ops_deployment"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._panels(request, str(self.opts.verbose_name_plural), RUNNING)

    def deployment_view(self, request: HttpRequest) -> HttpResponse:
        return self._panels(request, _("部署检查"), DEPLOYMENT)

    def _panels(self, request: HttpRequest, title: str, panels: tuple[Panel, ...]) -> HttpResponse:
        if not self.has_view_permission(request):
            raise NotAllowed(denied(_("您的厂商角色不能查看运行状况"), _("请联系厂商运营人员")))
        at = clock.now()
        looked = [(panel, panel.look(at)) for panel in panels]
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "at": at,
            "panels": looked,
            "worst": worst(row for _panel, rows in looked for row in rows),
            "is_deployment": panels is DEPLOYMENT,
        }
        return TemplateResponse(request, "admin/ops.html", context)
