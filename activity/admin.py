"""The vendor's desk: 操作日志 for the auditor, and what was told to whom."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from core import clock
from core.admin import VendorAdmin, Waits, button
from core.admin_lists import TextFilter
from org.models import Partner, User

from . import services, texts, verbs
from .announcements import admin as announcements  # noqa: F401  (registers its pages)
from .models import Activity, Notification


class VerbFilter(admin.SimpleListFilter):
    title = _("操作")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(verbs.VERBS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


class SinceFilter(admin.SimpleListFilter):
    """Thirty days unless more is asked for: a rare verb is then looked for in that time only."""

    title = _("时间")
    parameter_name = "days"
    _usual = "30"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("1", _("近1天")),
            ("7", _("近7天")),
            ("30", _("近30天")),
            ("180", _("近180天")),
            ("all", _("全部时间")),
        ]

    def value(self) -> str:
        known = [code for code, _label in self.lookup_choices]
        asked = super().value()
        return asked if asked in known else self._usual

    def choices(self, changelist: Any) -> Any:
        return list(super().choices(changelist))[1:]  # without Django's own "all"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(at__gte=clock.now() - timedelta(days=int(self.value())))


class PartnerFilter(TextFilter):
    title = _("伙伴")
    parameter_name = "partner"
    help_text = _("伙伴的完整名称")

    def narrow(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(partner__in=Partner.objects.filter(name=text))


class PersonFilter(TextFilter):
    title = _("操作人")
    parameter_name = "person"
    help_text = _("操作人的完整姓名")

    def narrow(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(user__in=User.objects.filter(name=text))


class RequestFilter(TextFilter):
    title = _("请求编号")
    parameter_name = "request_id"
    help_text = _("完整的请求编号")

    def narrow(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(request_id=text)


class AddressFilter(TextFilter):
    title = _("来源地址")
    parameter_name = "address"
    help_text = _("完整的 IP 地址")

    def narrow(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        try:
            return rows.filter(address=str(ip_address(text)))
        except ValueError:
            return rows.none()


@admin.register(Activity)
class ActivityAdmin(VendorAdmin):
    """操作日志 of all partners and of the vendor. Nobody writes here, the database refuses too."""

    readable_by = ("auditor",)
    ordering = ("-at", "-pk")
    list_display = ("at", "actor", "label", "partner", "subject", "summary", "address")
    list_filter = (
        *(SinceFilter, VerbFilter, PartnerFilter, PersonFilter, RequestFilter, AddressFilter),
    )
    list_select_related = ("user", "partner")
    fields = readonly_fields = (
        *("at", "actor", "label", "verb", "partner", "subject", "customer_id", "changed"),
        *("address", "request_id", "session"),
    )

    @admin.display(description=_("操作人"))
    def actor(self, line: Activity) -> str:
        return line.user.name if line.user else str(_("系统"))

    @admin.display(description=_("操作"))
    def label(self, line: Activity) -> str:
        return verbs.label(line.verb)

    @admin.display(description=_("对象"))
    def subject(self, line: Activity) -> str:
        number = f" #{line.subject_id}" if line.subject_id else ""
        return f"{verbs.subject_label(line.subject_type)}{number}"

    @admin.display(description=_("变更内容"))
    def summary(self, line: Activity) -> str:
        return verbs.summary(line.before, line.after)

    @admin.display(description=_("变更内容"))
    def changed(self, line: Activity) -> str:
        rows = verbs.changes(line.before, line.after)
        row = "<tr><th>{}</th><td>{}</td><td>{}</td></tr>"
        head = (_("项目"), _("变更前"), _("变更后"))
        return format_html(
            "<table><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead>{}</table>",
            *head,
            format_html_join("", row, rows),
        )


@admin.register(Notification)
class NotificationAdmin(VendorAdmin):
    """站内信 and the state of its e-mail, for support: was he told, and when did he read it?

    Those whose e-mail failed are the dead letters.
    """

    list_display = ("created_at", "member", "partner", "title", "read_at", "mail_state")
    list_filter = ("mail_state",)
    list_select_related = ("member__user", "partner")
    buttons = ("resend",)
    waits = (Waits(_("发送失败的邮件"), "resend", {"mail_state__exact": "failed"}),)
    fields = readonly_fields = (
        *("created_at", "member", "partner", "title", "body", "read_at", "closed_at"),
        *("mail_state", "mail_error", "mail_attempts", "mail_next_at", "mail_sent_at"),
    )

    @button(
        _("重新发送"),
        explain=_("这封邮件多次发送失败，或收件地址被拒收。确认邮件服务器和地址可用后再发送。"),
        shown=lambda notification: notification.mail_state == Notification.Mail.FAILED,
    )
    def resend(self, request: HttpRequest, notification: Notification, data: Any) -> str:
        services.resend_mail(notification, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return str(_("已放入发送队列。"))

    @admin.display(description=_("标题"))
    def title(self, notification: Notification) -> str:
        return texts.told(notification.kind, notification.params).title

    @admin.display(description=_("内容"))
    def body(self, notification: Notification) -> str:
        return texts.told(notification.kind, notification.params).body
