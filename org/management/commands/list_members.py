import json
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.masking import mask_email, mask_phone
from org.management.organisation import OrganisationCommand
from org.models import Member


class Command(OrganisationCommand):
    help = _l("列出伙伴的成员，联系方式已脱敏。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("--json", action="store_true", help=_("只打印一个 JSON 数组"))

    def handle(self, *, partner: str, **options: Any) -> None:
        with self.acting():
            members = Member.objects.filter(partner=self.partner(partner)).acting().order_by("pk")
            found = [_facts(member) for member in members]
        if options["json"]:
            self.say(json.dumps(found, ensure_ascii=False))
            return
        for each in found:
            state = _("已启用") if each["is_active"] else _("已停用")
            factor = _("已设双因素") if each["second_factor"] else _("未设双因素")
            contact = each["email"] or each["phone"]
            roles = _("、").join(each["roles"])
            self.say(f"{each['name']}\t{contact}\t{roles}\t{state}\t{factor}")
        self.say(_("共 %(count)s 名成员。"), count=len(found))


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
