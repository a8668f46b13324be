"""授予券额度, as the vendor's desk does; for who prepares a system."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.funds.forms import read_amount
from core import clock, tenancy
from core.commands import BaseCommand
from core.refusals import Refused
from coupons.models import Quota
from coupons.services.quotas import Grant, grant_quota
from org.models import Partner


def amount(text: str) -> Decimal:
    try:
        return read_amount(text)
    except ValidationError as error:
        raise ValueError(text) from error


class Command(BaseCommand):
    help = _l("授予伙伴券额度；限制在厂商工作台调整。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("partner", help=_("伙伴的名称或编号"))
        parser.add_argument("value", type=amount, help=_("额度金额（元）"))
        parser.add_argument("--kind", choices=Quota.Kind.values, default=Quota.Kind.VOUCHER)
        parser.add_argument("--until", type=date.fromisoformat, help=_("失效日期，默认一年后"))

    def handle(self, *, partner: str, value: Decimal, **options: Any) -> None:
        at = clock.now()
        last = options["until"] or clock.day_of(at) + timedelta(days=364)
        with tenancy.vendor():
            mine = (
                Partner.objects.filter(pk=partner)
                if partner.isdecimal()
                else (Partner.objects.filter(name=partner))
            )
            if (found := mine.first()) is None:
                raise CommandError(_("没有伙伴“%(name)s”。") % {"name": partner})
            ends_at = clock.start_of(last + timedelta(days=1))
            grant = Grant(options["kind"], value, at, ends_at)
            try:
                quota = grant_quota(found, grant, token=uuid4(), by=None, at=at)
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
        self.say(_("已授予 %(name)s 额度 %(number)s。"), name=found.name, number=quota.number)
