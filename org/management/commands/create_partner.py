from typing import Any

from django.core.management.base import CommandParser

from org.management.organisation import OrganisationCommand
from org.models import Partner
from org.services import create_partner


class Command(OrganisationCommand):
    help = "Create a partner. A reseller needs --distributor, the others must not have one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the company's name, unique")
        parser.add_argument("--kind", required=True, choices=Partner.Kind.values)
        parser.add_argument("--distributor", help="name or id of the distributor of a reseller")
        parser.add_argument("--credit-code", help="统一社会信用代码, 18 characters")

    def handle(self, *, name: str, distributor: str | None, **options: Any) -> None:
        with self.acting() as at:
            partner = create_partner(
                name=name,
                kind=options["kind"],
                distributor=self.partner(distributor) if distributor else None,
                credit_code=options["credit_code"],
                by=None,
                at=at,
            )
        self.say(f"已创建伙伴 {partner.name}（{partner.get_kind_display()}，编号 {partner.pk}）。")
