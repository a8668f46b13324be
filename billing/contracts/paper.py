"""付款协议 as the paper that is kept."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import formats
from core.paper import Paper


def agreement_paper(*, number: str, payer: str, clauses: Sequence[str], at: datetime) -> Paper:
    title = pgettext("一份", "付款协议")
    return Paper(
        title=title,
        facts=((_("合同编码"), number), (_("申请时间"), formats.instant(at))),
        paragraphs=clauses,
        signatures=(
            _("甲方（盖章）：%(payer)s") % {"payer": payer},
            _("日期：%(day)s") % {"day": formats.instant(at)[:10]},
        ),
        foot=f"{title} {number}",
    )
