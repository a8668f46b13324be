from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand, roles_argument
from org.services import admit_member


class Command(OrganisationCommand):
    help = _l(
        "让一个人成为伙伴的成员。邮箱和手机号都未登记过的人会新建用户，临时密码只打印一次。"
        "第一名成员必须是主账号。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("--name", required=True, help=_("姓名"))
        parser.add_argument("--email", default="")
        parser.add_argument("--phone", default="", help=_("中国大陆手机号"))
        roles_argument(parser)

    def handle(self, *, partner: str, **options: Any) -> None:
        with self.acting() as at:
            member, password = admit_member(
                self.partner(partner),
                name=options["name"],
                email=options["email"],
                phone=options["phone"],
                roles=options["roles"],
                by=None,
                at=at,
            )
            roles = _("、").join(member.role_labels())
        sentence = _("%(name)s 已成为 %(partner)s 的成员：%(roles)s。")
        self.say(sentence, name=member.user.name, partner=member.partner.name, roles=roles)
        if password:
            self.show_password(password)
        else:
            self.say(_("该用户已存在，沿用原有密码。"))
