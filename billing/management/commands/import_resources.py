from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.management.operations import OperationsCommand
from billing.services.facts import import_resources
from core import clock


class Command(OperationsCommand):
    help = _l(
        "按文件更新客户资源（CSV：customer_number,number,provider,service,list_price,created_on"
        "[,name,state,is_main,auto_renew,expires_on,released_on]）。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        self.add_errors_argument(parser)

    def handle(self, *, file: str, errors: str | None, **options: Any) -> None:
        with self.open(file) as stream, self.acting():
            facts = import_resources(stream, by=None, at=clock.now())
        sentence = _("导入 %(lines)s 行，更新 %(changed)s 条")
        self.say(sentence, lines=facts.lines, changed=facts.changed)
        self.tell_errors(facts.errors, errors)
