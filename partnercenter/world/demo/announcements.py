"""公告 of the demo: one that stays on top, one for distributors, and a draft."""

from datetime import datetime, timedelta
from typing import Any

from activity.announcements.services import create_announcement, publish_announcement
from activity.models import Announcement
from org.models import Partner, User

_FOR_ALL: dict[str, Any] = {
    "title": "账单与续订提醒",
    "title_en": "Bills and renewals",
    "body": (
        "各位伙伴：\n\n"
        "上月账单于每月 5 日 12:00 出具，请核对后再申请开票；退票只能按整张发票办理。\n\n"
        "即将到期的资源会出现在客户预警中，建议提前 30 天与客户确认续订意向。"
    ),
    "body_en": (
        "Dear partners,\n\n"
        "bills of the month before are issued at noon on the 5th: please compare them before you"
        " ask for an invoice, since invoices are returned whole only.\n\n"
        "Resources that expire show among the alerts of your customers: it helps to talk about"
        " renewal 30 days ahead."
    ),
    "pinned": 1,
}
_FOR_DISTRIBUTORS: dict[str, Any] = {
    "title": "云经销商额度下放操作说明",
    "body": (
        "总经销商可在“券额度”中把额度下放给云经销商，也可整笔回收未使用的额度。\n"
        "下放与回收都会记入操作记录，并通知对方可查看券额度的成员。"
    ),
    "kinds": [Partner.Kind.DISTRIBUTOR],
}
_DRAFT: dict[str, Any] = {
    "title": "新一季激励政策（草稿）",
    "body": "待政策定稿后发布。",
}


def announce(operator: User, *, at: datetime) -> None:
    """In the vendor's role. `at`: when the first was published."""
    if Announcement.objects.exists():
        return
    for days, said in enumerate((_FOR_ALL, _FOR_DISTRIBUTORS)):
        when = at + timedelta(days=days)
        publish_announcement(
            create_announcement(by=operator, at=when, **said), by=operator, at=when
        )
    create_announcement(by=operator, at=at, **_DRAFT)
