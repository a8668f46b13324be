from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.models import Partner
from org.services import create_partner


class Command(OrganisationCommand):
    help = _l("创建伙伴。云经销商须有 --distributor，其他类型不能有。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=_("公司名称，不可重复"))
        parser.add_argument("--kind", required=True, choices=Partner.Kind.values)
        parser.add_argument("--distributor", help=_("云经销商所属总经销商的名称或编号"))
        parser.add_argument("--sales-model", choices=Partner.SalesModel.values, default="")
        parser.add_argument("--credit-code", help=_("统一社会信用代码，18 位"))

    def handle(self, *, name: str, distributor: str | None, **options: Any) -> None:
        with self.acting() as at:
            partner = create_partner(
                name=name,
                kind=options["kind"],
                distributor=self.partner(distributor) if distributor else None,
                credit_code=options["credit_code"],
                sales_model=options["sales_model"],
                by=None,
                at=at,
            )
        sentence = _("已创建伙伴 %(name)s（%(kind)s，编号 %(id)s）。")
        self.say(sentence, name=partner.name, kind=partner.get_kind_display(), id=partner.pk)
