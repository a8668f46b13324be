from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.models import Partner
from org.services import change_partner


class Command(OrganisationCommand):
    help = _l("修改伙伴的信息。未给出的保持不变；空的 --distributor 或 --credit-code 清除它。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("--name", help=_("新的名称"))
        parser.add_argument("--kind", choices=Partner.Kind.values)
        parser.add_argument("--distributor", help=_("总经销商的名称或编号"))
        parser.add_argument("--sales-model", choices=Partner.SalesModel.values)
        parser.add_argument("--credit-code", help=_("统一社会信用代码，18 位"))

    def handle(self, *, partner: str, **options: Any) -> None:
        with self.acting() as at:
            found = self.partner(partner)
            facts: dict[str, Any] = {
                field: getattr(found, field) if options[field] is None else options[field]
                for field in ("name", "kind", "credit_code", "sales_model")
            }
            above = options["distributor"]
            facts["distributor"] = found.distributor if above is None else None
            if above:
                facts["distributor"] = self.partner(above)
            changed = change_partner(found, **facts, by=None, at=at)
        self.say(_("伙伴 %(name)s 已修改。") % {"name": changed})
