"""批量处理预警: one finding for many alerts (customers_coupons.md §10.3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.access import Decision
from core.lists import BulkAction
from core.lists.bulk import Change
from core.masking import mask_name
from core.refusals import Refused
from org.models import Member
from org.permissions import FOLLOWUPS_HANDLE

from . import rules, services
from .forms import BatchHandleForm
from .models import Alert, AlertHandling, Scenario


class HandleAlerts(BulkAction):
    key = "handle"
    label = _l("批量处理预警")
    help = _l("同一处理结果写入每条预警的处理记录。流失预警与资源预警的处理结果不同，请分别处理。")
    fields_template = "followups/batch_fields.html"
    final = _l("处理记录不可修改，批量处理后不能撤销。")

    def decide(self, by: Member) -> Decision:
        return by.may(FOLLOWUPS_HANDLE)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        return BatchHandleForm(data, at=at)

    def values(self, form: forms.Form) -> rules.Handling:
        assert isinstance(form, BatchHandleForm)
        return form.said

    def said(self, said: rules.Handling) -> str:
        return str(AlertHandling.Outcome(said.outcome).label)

    def load(self, pks: Sequence[int], *, by: Member) -> QuerySet[Alert]:
        alerts = Alert.objects.visible_to(by).filter(pk__in=pks)
        return alerts.select_related("customer__account_manager__user")

    def check(self, alert: Alert, said: rules.Handling, *, by: Member, at: datetime) -> None:
        alert.check_pending()
        if said.outcome not in rules.outcomes_of(is_churn=alert.is_churn):
            raise Refused(
                _("“%(outcome)s”不适用于%(class)s。")
                % {"outcome": self.said(said), "class": alert.get_alert_class_display()}
            )
        services.check_handling(alert, said, by=by, at=at)

    def do(self, pk: int, said: rules.Handling, *, by: Member, at: datetime) -> Change:
        alert = self.load([pk], by=by).first()
        if alert is None:
            raise Refused(_("已不在您的数据范围内。"))
        self.check(alert, said, by=by, at=at)
        services.handle_alert(alert, said, by=by, at=at)
        return Change()

    def names(self, pks: Sequence[int], *, by: Member) -> Mapping[int, str]:
        words = dict(Scenario.choices)
        found = Alert.objects.visible_to(by).filter(pk__in=pks)
        rows = found.values_list("pk", "scenario", "customer__name")
        return {pk: f"{words[scenario]} · {mask_name(name)}" for pk, scenario, name in rows}
