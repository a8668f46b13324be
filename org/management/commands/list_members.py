import json
from typing import Any

from django.core.management.base import CommandParser

from core.masking import mask_email, mask_phone
from org.management.organisation import OrganisationCommand
from org.models import Member


class Command(OrganisationCommand):
    help = "List the members of a partner. Contacts are masked."

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON array")

    def handle(self, *, partner: str, **options: Any) -> None:
        with self.acting():
            members = Member.objects.filter(partner=self.partner(partner)).acting().order_by("pk")
            found = [_facts(member) for member in members]
        if options["json"]:
            self.say(json.dumps(found, ensure_ascii=False))
            return
        for each in found:
            state = "启用" if each["is_active"] else "停用"
            factor = "已设双因素" if each["second_factor"] else "未设双因素"
            contact = each["email"] or each["phone"]
            self.say(f"{each['name']}\t{contact}\t{'、'.join(each['roles'])}\t{state}\t{factor}")
        self.say(f"共 {len(found)} 名成员。")


def _facts(member: Any) -> dict[str, Any]:
    return {
        "id": member.pk,
        "name": member.user.name,
        "email": mask_email(member.user.email or ""),
        "phone": mask_phone(member.user.phone or ""),
        "roles": member.role_labels(),
        "is_active": member.is_active and member.user.is_active,
        "second_factor": member.has_second_factor,
    }
