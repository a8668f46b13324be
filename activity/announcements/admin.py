"""公告 on the vendor's desk: written, looked at as partners will see it, published, withdrawn."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.admin import ButtonForm, VendorAdmin, button
from org.models import Partner
from org.permissions import PRESETS

from . import services
from .models import Announcement, AnnouncementRead

_OPERATOR = ("operator",)
_MOST = 200  # partners in the table of readers: those who have read least


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": clock.now()}


class AnnouncementForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        label=_l("伙伴类型"),
        choices=Partner.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_l("不选则面向全部类型。"),
    )
    roles = forms.MultipleChoiceField(
        label=_l("角色"),
        choices=lambda: [(p.code, p.label) for p in PRESETS.values()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_l("不选则面向全部成员。"),
    )
    partner_ids = forms.CharField(
        label=_l("指定伙伴"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("每行一个伙伴的完整名称；留空则面向全部伙伴。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Partner.objects.filter(pk__in=self.instance.partner_ids).order_by("name")
        self.initial["partner_ids"] = "\n".join(chosen.values_list("name", flat=True))

    def clean_partner_ids(self) -> list[int]:
        names = {line.strip() for line in self.cleaned_data["partner_ids"].splitlines()} - {""}
        found = dict(Partner.objects.filter(name__in=names).values_list("name", "pk"))
        if missing := sorted(names - set(found)):
            raise forms.ValidationError(_("没有这个伙伴：%s。") % _("、").join(missing[:5]))
        return sorted(found.values())


class PublishForm(ButtonForm):
    """Whom it will reach is said where it is confirmed."""

    confirmed = forms.BooleanField()

    def __init__(self, *args: Any, subject: Announcement, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        self.fields["confirmed"].label = _("将发布给：%s") % _reach(subject)


def _reach(announcement: Announcement) -> str:
    found = announcement.audience().aggregate(
        people=Count("pk"), partners=Count("partner", distinct=True)
    )
    return _("%(partners)d 个伙伴的 %(people)d 人") % found


@admin.register(Announcement)
class AnnouncementAdmin(VendorAdmin):
    """公告: a draft is saved, looked at and then published; what it says may be corrected."""

    writable_by = _OPERATOR
    addable_by = _OPERATOR
    form = AnnouncementForm
    ordering = ("-pk",)
    list_display = ("title", "level", "state", "pinned", "published_at", "starts_on", "ends_on")
    list_filter = ("state", "level")
    search_fields = ("title__contains",)  # announcements are hundreds
    search_help_text = _l("标题的一部分")
    buttons = ("publish", "withdraw")
    readonly_fields = (
        *("state", "revision", "created_by", "created_at", "published_at", "revised_at"),
        *("withdrawn_at", "reach", "preview", "readers"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        written = (*services.SAID, *services.WHERE)
        return (*written, *self.readonly_fields) if obj else written

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        withdrawn = obj is not None and obj.state == Announcement.State.WITHDRAWN
        return super().has_change_permission(request, obj) and not withdrawn

    @admin.display(description=_l("送达范围"))
    def reach(self, announcement: Announcement) -> str:
        return _reach(announcement)

    @admin.display(description=_l("预览"))
    def preview(self, announcement: Announcement) -> str:
        """As its audience will see it, in each language that it is written in."""
        texts = [(announcement.title, services.as_html(announcement.body))]
        if announcement.title_en:
            texts.append((announcement.title_en, services.as_html(announcement.body_en)))
        return format_html_join("", '<div class="pc-prose"><strong>{}</strong>{}</div>', texts)

    @admin.display(description=_l("阅读情况"))
    def readers(self, announcement: Announcement) -> str:
        """Reached and read, by partner, who has read least first."""
        if announcement.state == Announcement.State.DRAFT:
            return "—"
        mine = AnnouncementRead.objects.filter(
            announcement=announcement, revision=announcement.revision, member=OuterRef("pk")
        )
        rows = announcement.audience().alias(mark=Subquery(mine.values("pk")[:1]))
        counts = rows.order_by().values_list("partner__name")
        found = list(counts.annotate(reached=Count("pk"), read=Count("pk", filter=Q(mark__gt=0))))
        reached, read = sum(row[1] for row in found), sum(row[2] for row in found)
        found.sort(key=lambda row: (row[2] - row[1], row[0]))
        head = (_("伙伴"), _("送达"), _("已读"))
        row = "<tr><td>{}</td><td>{}</td><td>{}</td></tr>"
        return format_html(
            "<p>{}</p><table><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead>{}</table>",
            _("共送达 %(reached)d 人，%(read)d 人已读") % {"reached": reached, "read": read},
            *head,
            format_html_join("", row, found[:_MOST]),
        )

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Announcement:
        return services.create_announcement(**data, **_who(request))

    def change(self, request: HttpRequest, subject: Any, data: dict[str, Any]) -> Announcement:
        return services.change_announcement(subject, **data, **_who(request))

    @button(
        _l("发布"),
        explain=_l(
            "发布后，受众在公告页和主页看到它；重要公告还显示在每一页的顶部，直到阅读或关闭。"
        ),
        form=PublishForm,
        shown=lambda row: row.state == Announcement.State.DRAFT,
    )
    def publish(self, request: HttpRequest, row: Announcement, data: dict[str, Any]) -> str:
        services.publish_announcement(row, **_who(request))
        return _("公告已发布。")

    @button(
        _l("撤回"),
        explain=_l("撤回后，所有人立即看不到此公告；内容和阅读记录保留，不能再次发布。"),
        shown=lambda row: row.state != Announcement.State.WITHDRAWN,
    )
    def withdraw(self, request: HttpRequest, row: Announcement, data: dict[str, Any]) -> str:
        services.withdraw_announcement(row, **_who(request))
        return _("公告已撤回。")
