from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.management.operations import OperationsCommand
from billing.orders.services import import_lines, import_orders
from core import clock


class Command(OperationsCommand):
    help = _l(
        "按文件更新客户订单（CSV：number,customer_number,status,type,provider,service,"
        "official_amount,amount,created_at[,source,paid_at,starts_at,is_outdated,contract,"
        "enterprise_project,proxy_asked_at]）；--lines 为订单资源明细（order_number,number,"
        "provider,service,amount,expires_on[,resource_number,resource_name,effective_on,is_renewed]）。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--lines", action="store_true", help=_("文件是订单资源明细"))
        parser.add_argument("--preview", action="store_true", help=_("只显示结果，不改变数据"))
        self.add_errors_argument(parser)

    def handle(
        self, *, file: str, lines: bool, preview: bool, errors: str | None, **options: Any
    ) -> None:
        take = import_lines if lines else import_orders
        with self.open(file) as stream, self.acting(), transaction.atomic():
            facts = take(stream, by=None, at=clock.now())
            if preview:
                transaction.set_rollback(True)
        sentence = _("导入 %(lines)s 行，更新 %(changed)s 条")
        if preview:
            sentence = _("预览：可导入 %(lines)s 行，将更新 %(changed)s 条")
        self.say(sentence, lines=facts.lines, changed=facts.changed)
        self.tell_errors(facts.errors, errors)
