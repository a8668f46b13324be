"""The vendor's desk: invitations and association changes, and the word where a partner is late."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core import clock
from core.admin import ButtonForm, VendorAdmin, Waits, button
from core.masking import mask_email, mask_name
from customers.admin import PartnerFilter

from . import rules, services
from .models import AssociationChange, Invitation, InvitationAnswer


class CommentForm(ButtonForm):
    comment = forms.CharField(
        label=_("原因"), max_length=rules.REASON_LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )


def _is_late(change: AssociationChange) -> bool:
    return change.is_waiting and change.escalated_at is not None


@admin.register(AssociationChange)
class AssociationChangeAdmin(VendorAdmin):
    """关联关系操作: who came, changed its type and left; who waits for a word."""

    list_display = ("customer", "partner", "kind", "initiator", "state", "asked_at", "answer_by")
    list_filter = (PartnerFilter, "kind", "initiator", "state")
    list_select_related = ("customer", "partner")
    search_fields = ("number",)
    search_help_text = _("完整客户ID")
    fields = readonly_fields = (
        *("customer", "partner", "kind", "initiator", "type_before", "type_after", "reason"),
        *("state", "asked_at", "answer_by", "escalated_at", "handled_at", "comment", "done_at"),
    )
    buttons = ("agree", "reject")
    linked_filters = ("escalated_at__isnull",)
    waits = (
        Waits(
            _("伙伴逾期未答复的关联申请"),
            "agree",
            {"state__exact": "partner", "escalated_at__isnull": "False"},
        ),
    )

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(customer__cloud_account__number=term)

    @button(
        _("代伙伴同意"),
        explain=_("伙伴逾期未处理客户的申请。同意后立即解除关联，双方都会收到通知。"),
        shown=_is_late,
        step_up=True,
    )
    def agree(self, request: HttpRequest, change: AssociationChange, data: dict[str, Any]) -> str:
        return self._answer(request, change, True, "")

    @button(_("代伙伴驳回"), form=CommentForm, shown=_is_late, step_up=True)
    def reject(self, request: HttpRequest, change: AssociationChange, data: dict[str, Any]) -> str:
        return self._answer(request, change, False, data["comment"])

    def _answer(self, request: Any, change: AssociationChange, agree: bool, comment: str) -> str:
        done = services.answer_for_partner(
            change, agree=agree, comment=comment, by=request.user, at=clock.now()
        )
        return str(_("已处理：%(state)s。") % {"state": done.get_state_display()})


@admin.register(Invitation)
class InvitationAdmin(VendorAdmin):
    """客户邀请 of all partners."""

    list_display = ("__str__", "partner", "association_type", "invited_by", "state", "created_at")
    list_filter = (PartnerFilter, "channel", "state")
    list_select_related = ("partner", "invited_by__user")
    fields = readonly_fields = (
        *("partner", "channel", "association_type", "masked_name", "masked_email", "label"),
        *("invited_by", "manager", "state", "created_at", "sent_at", "expires_at", "ended_at"),
    )

    @admin.display(description=_("客户名称"))
    def masked_name(self, invitation: Invitation) -> str:
        return mask_name(invitation.name)

    @admin.display(description=_("邮箱"))
    def masked_email(self, invitation: Invitation) -> str:
        return mask_email(invitation.email)


@admin.register(InvitationAnswer)
class InvitationAnswerAdmin(VendorAdmin):
    """邀请结果: what customers answered, or why they could not be associated."""

    list_display = ("masked_name", "partner", "outcome", "reasons", "at")
    list_filter = (PartnerFilter, "outcome")
    list_select_related = ("partner",)
    fields = readonly_fields = ("masked_name", "partner", "outcome", "reasons", "words", "at")

    @admin.display(description=_("客户名称"))
    def masked_name(self, answer: InvitationAnswer) -> str:
        return mask_name(answer.account_name)

    @admin.display(description=_("失败原因"))
    def reasons(self, answer: InvitationAnswer) -> str:
        said = [str(rules.BARS[code].says) for code in answer.bars if code in rules.BARS]
        return str(_("、")).join(said)
