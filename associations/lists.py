"""邀请记录 and 关联关系操作记录 (customers_coupons.md §5.2, §6.5)."""

from functools import cache
from typing import Any

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.services import record
from core import clock
from core.access import Decision
from core.lists import Tab, columns, filters
from core.lists.columns import Cell, Column, Page
from customers.finding import of_customers_named
from customers.models import Customer
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from . import rules
from .models import AssociationChange, Invitation, InvitationAnswer

TYPES = dict(Customer.Association.choices)
INVITATION_STATES = {
    "open": _l("待客户处理"),
    "over": _l("已过期"),
    "accepted": _l("已关联"),
    "refused": _l("客户已拒绝"),
    "revoked": _l("已撤销"),
}
_INVITATION_TONES = {"open": "amber", "accepted": "green", "refused": "red"}
_OUTCOME_TONES = {"accepted": "green", "refused": "red", "failed": "red"}
CHANGE_TONES = {
    "customer": "amber",
    "partner": "amber",
    "agreed": "blue",
    "done": "green",
    "rejected": "red",
    "failed": "red",
}


@cache
def _path(name: str) -> str:
    return reverse(name, args=[0])


def _link(name: str, pk: int) -> str:
    return _path(name).replace("/0/", f"/{pk}/")


class InvitationList(WorkList):
    """邀请记录: whom the member, or those he leads, invited, and what became of it."""

    key = "invitations"
    title = _l("邀请客户")
    help = _l("通过邮件、链接或二维码邀请客户与贵公司关联；客户由发出邀请的客户经理负责。")
    empty = _l("还没有邀请。发出邮件邀请或生成链接后会出现在这里。")
    template = "associations/invitation_list.html"
    exportable = True
    keys_first = True
    order = ("-created_at", "-pk")
    columns = (
        columns.Name(
            "email",
            _l("受邀客户"),
            ("pk", "invited", "email"),
            card=True,
            url=lambda pk: _link("associations:invitation", pk),
            parts=(
                columns.Column("invited", _l("受邀客户")),
                columns.Column("email", _l("邮箱"), mask="email"),
            ),
        ),
        columns.Choice("channel", _l("邀请方式"), choices=dict(Invitation.Channel.choices)),
        columns.Choice("association_type", _l("关联类型"), choices=TYPES, card=True),
        columns.Column("label", _l("自定义标签")),
        columns.Column("by", _l("邀请人"), ("invited_by__user__name",)),
        columns.State(
            "now", _l("状态"), choices=INVITATION_STATES, tones=_INVITATION_TONES, card=True
        ),
        columns.State(
            "last",
            _l("最近结果"),
            choices=dict(InvitationAnswer.Outcome.choices) | {None: "--"},
            tones=_OUTCOME_TONES,
        ),
        columns.Instant("created_at", _l("邀请时间")),
        columns.Instant("expires_at", _l("失效时间")),
    )
    filters = (
        filters.Text("email", _l("邮箱"), "email__icontains", mask="email"),
        filters.Choice("channel", _l("邀请方式"), choices=dict(Invitation.Channel.choices)),
        filters.Choice("type", _l("关联类型"), "association_type", choices=TYPES),
        filters.Choice("state", _l("状态"), "now", choices=INVITATION_STATES),
        filters.Text("label", _l("自定义标签"), "label__contains"),
        filters.Dates("created", _l("邀请时间"), "created_at"),
    )

    def rows(self) -> QuerySet[Any]:
        over = Q(state="open", expires_at__lte=clock.now())
        answers = InvitationAnswer.objects.filter(invitation=OuterRef("pk")).order_by("-at", "-pk")
        return Invitation.objects.visible_to(self.member).annotate(
            now=Case(When(over, then=Value("over")), default=F("state"), output_field=CharField()),
            invited=Case(
                When(channel="link", then=Value(_("扫码或打开链接的客户"))),
                default=F("name"),
                output_field=CharField(),
            ),
            last=Subquery(answers.values("outcome")[:1]),
        )


class ChangeList(WorkList):
    """关联关系操作记录: who came, changed its type and left, and what waits for a word."""

    key = "association_changes"
    title = _l("关联关系操作记录")
    help = _l("客户关联、切换关联类型和解除关联的申请与结果。由厂商批量导入的关联在次日出现。")
    empty = _l("还没有关联关系操作。客户关联或有人申请变更后会出现在这里。")
    template = "associations/change_list.html"
    exportable = True
    keys_first = True
    order = ("-asked_at", "-pk")
    tabs = (
        Tab("", _l("全部")),
        Tab("partner", _l("待我方处理"), Q(state="partner")),
        Tab("customer", _l("待客户处理"), Q(state="customer")),
        Tab("done", _l("已完成"), Q(state="done")),
        Tab(
            "over",
            _l("未完成"),
            Q(state__in=["rejected", "expired", "withdrawn", "failed"]),
        ),
    )
    columns = (
        columns.Name(
            "name",
            _l("客户名称/账号名"),
            ("pk", "customer__name", "customer__account_name", "customer__number"),
            mask="name",
            card=True,
            url=lambda pk: _link("associations:change", pk),
            parts=(
                columns.Column("name", _l("客户名称"), ("customer__name",), mask="name"),
                columns.Column("name", _l("账号名"), ("customer__account_name",), mask="name"),
                columns.Column("number", _l("客户ID"), ("customer__number",)),
            ),
        ),
        columns.Choice(
            "kind", _l("操作类型"), choices=dict(AssociationChange.Kind.choices), card=True
        ),
        columns.Choice("type_before", _l("原关联类型"), choices=TYPES | {"": "--"}),
        columns.Choice("type_after", _l("新关联类型"), choices=TYPES | {"": "--"}),
        columns.Choice(
            "initiator", _l("发起方"), choices=dict(AssociationChange.Initiator.choices)
        ),
        columns.Column("reason", _l("原因")),
        columns.Instant("asked_at", _l("申请时间")),
        columns.State(
            "state",
            _l("状态"),
            choices=dict(AssociationChange.State.choices),
            tones=CHANGE_TONES,
            card=True,
        ),
        columns.Column("handler", _l("处理人")),
        columns.Instant("handled_at", _l("处理时间")),
    )
    filters = (
        filters.Text(
            "name",
            _l("客户名称/账号名"),
            apply=of_customers_named,
            placeholder=_l("名称、账号名或拼音首字母"),
            mask="name",
        ),
        filters.Text("number", _l("客户ID"), "customer__number"),
        filters.Choice("kind", _l("操作类型"), choices=dict(AssociationChange.Kind.choices)),
        filters.Choice(
            "type",
            _l("关联类型"),
            choices=TYPES,
            apply=lambda rows, value: rows.filter(Q(type_before=value) | Q(type_after=value)),
        ),
        filters.Choice(
            "initiator", _l("发起方"), choices=dict(AssociationChange.Initiator.choices)
        ),
        filters.Dates("asked", _l("操作时间"), "asked_at"),
    )

    def rows(self) -> QuerySet[Any]:
        handler = Case(
            When(handled_by__isnull=True, then=Value("")),
            When(handled_by__is_customer=True, then=Value(_("客户"))),
            When(~Q(handled_by__vendor_role=""), then=Value(_("厂商"))),
            default=F("handled_by__name"),
            output_field=CharField(),
        )
        return AssociationChange.objects.visible_to(self.member).annotate(handler=handler)

    @property
    def year(self) -> list[tuple[Any, int]]:
        """How often each was done in the last twelve months."""
        since = rules.months_later(clock.now(), -12)
        done = AssociationChange.objects.visible_to(self.member).filter(
            state=AssociationChange.State.DONE, asked_at__gte=since
        )
        counts = dict(done.order_by().values_list("kind").annotate(n=Count("pk")))
        kinds = AssociationChange.Kind
        return [(kind.label, counts.get(kind.value, 0)) for kind in kinds]

    def visible_columns(self) -> list[Column]:
        actions = columns.Actions("actions", _l("操作"), ("pk", "state"), buttons=self._buttons)
        return [*super().visible_columns(), actions]

    def _buttons(self, page: Page) -> Cell:
        details, answer = str(_("详情")), str(_("处理"))

        def buttons(values: Any) -> str:
            pk, state = values
            words = answer if state == "partner" and self.member.is_main_account else details
            return f'<a href="{_link("associations:change", pk)}">{words}</a>'

        return buttons

    def may_reveal(self) -> Decision:
        return self.member.may(CUSTOMERS_REVEAL)

    def record_reveal(self, column: Column, pks: list[Any]) -> None:
        own = AssociationChange.objects.visible_to(self.member).filter(pk__in=pks)
        record(
            "customer.revealed",
            by=self.member,
            at=clock.now(),
            after={
                "column": column.key,
                "list": self.key,
                "customers": list(own.values_list("customer_id", flat=True)),
            },
        )
