"""Raise the alerts of a business date by hand, or see how many and whom it would be."""

from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock, tenancy
from core.commands import BaseCommand
from core.masking import mask_name
from core.refusals import Refused
from followups.generation import RunResult, catch_up, close_followups, generate
from followups.models import Rule, Scenario
from org.models import Partner


class Command(BaseCommand):
    help = _l("生成一个业务日期的客户预警。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            type=date.fromisoformat,
            metavar="DATE",
            help=_("业务日期，例如 2026-11-20；默认今天（北京时间）"),
        )
        parser.add_argument(
            "--rule",
            action="append",
            choices=Scenario.values,
            metavar="SCENARIO",
            help=_("只运行这些场景，可重复：%(names)s") % {"names": _("、").join(Scenario.values)},
        )
        parser.add_argument("--partner", metavar="NAME_OR_ID", help=_("只处理一个伙伴的客户"))
        parser.add_argument(
            "--dry-run", action="store_true", help=_("只计数并列出前 20 个，不写入")
        )
        parser.add_argument(
            "--catch-up", action="store_true", help=_("补生成到今天为止漏掉的每一天")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            if options["catch_up"]:
                failed = self._catch_up(options, at)
            else:
                failed = self._generate(options, at)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if failed:
            raise CommandError(_("%(count)s 条规则未完成，原因见上。") % {"count": failed})

    def _generate(self, options: dict[str, Any], at: Any) -> int:
        day = options["as_of"] or clock.day_of(at)
        results = generate(
            day,
            rules=_rules(day, options["rule"]),
            partner=_partner(options["partner"]),
            dry_run=options["dry_run"],
            at=at,
        )
        self._show(day, results)
        return _failures(results)

    def _catch_up(self, options: dict[str, Any], at: Any) -> int:
        others = ("as_of", "rule", "partner", "dry_run")
        if any(options[name] for name in others):
            raise CommandError(
                _("--catch-up 不能与 --as-of、--rule、--partner、--dry-run 一起使用。")
            )
        done = catch_up(clock.day_of(at), at=at)
        for day, results in done.items():
            self._show(day, results)
        if not done:
            self.stdout.write(_("没有漏掉的日期。"))
        closed = close_followups(at=clock.now())
        self.stdout.write(_("原因已消除而失效：%(count)s 条") % {"count": closed})
        return sum(map(_failures, done.values()))

    def _show(self, day: date, results: list[RunResult]) -> None:
        self.stdout.write(_("业务日期 %(day)s") % {"day": day})
        for result in results:
            self.stdout.write(_line(result))
            for hit in result.sample:
                who = f"{hit.partner} · {hit.number} · {mask_name(hit.name)}"
                self.stdout.write("    " + " · ".join(part for part in (who, hit.subject) if part))


def _rules(day: date, scenarios: list[str] | None) -> list[Rule] | None:
    """The rules in force for these scenarios; None: all of them."""
    if not scenarios:
        return None
    with tenancy.vendor():
        rules = list(Rule.objects.in_force(day).filter(scenario__in=scenarios))
    if missing := set(scenarios) - {rule.scenario for rule in rules}:
        raise CommandError(
            _("%(day)s 没有生效的规则：%(names)s")
            % {"day": day, "names": _("、").join(sorted(missing))}
        )
    return rules


def _partner(name_or_id: str | None) -> Partner | None:
    if not name_or_id:
        return None
    key = {"pk": int(name_or_id)} if name_or_id.isdecimal() else {"name": name_or_id}
    with tenancy.vendor():
        partner = Partner.objects.filter(**key).first()
    if partner is None:
        raise CommandError(_("没有这个伙伴：%(name)s") % {"name": name_or_id})
    return partner


def _failures(results: list[RunResult]) -> int:
    return sum(bool(result.reason) for result in results)


def _line(result: RunResult) -> str:
    values = {
        "rule": result.rule,
        "looked": result.looked_at,
        "made": result.made,
        "lapsed": result.lapsed,
        "seconds": f"{result.seconds:.2f}",
        "reason": result.reason,
    }
    if result.repeated:
        return _("  %(rule)s：此日期已生成过") % values
    if result.state == "failed":
        return _("  %(rule)s：失败，%(reason)s") % values
    if result.state == "refused":
        return _("  %(rule)s：已拒绝，%(reason)s") % values
    if result.state == "dry_run":
        return _(
            "  %(rule)s（试运行）：检查 %(looked)s 个客户，将新增 %(made)s 条，"
            "将失效 %(lapsed)s 条，%(seconds)s 秒"
        ) % values  # fmt: skip
    return _(
        "  %(rule)s：检查 %(looked)s 个客户，新增 %(made)s 条，失效 %(lapsed)s 条，%(seconds)s 秒"
    ) % values  # fmt: skip
