"""Is the English catalogue complete?"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.commands import BaseCommand
from partnercenter.catalogue import Message, missing


class Command(BaseCommand):
    help = _l("检查每个界面文字都有英文翻译；--write 把缺少的条目追加到目录末尾待译。")
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help=_("把缺少的条目追加到目录，待译"))

    def handle(self, *, write: bool, **options: Any) -> None:
        catalogue = settings.BASE_DIR / "locale/en/LC_MESSAGES/django.po"
        lacking = missing(settings.BASE_DIR, catalogue)
        for message, place in lacking.items():
            self.stdout.write(f"{place}: {message.text!r}")
        if lacking and write:
            _append(catalogue, lacking)
        if lacking:
            raise CommandError(_("%(count)s 条文字没有英文翻译。") % {"count": len(lacking)})
        self.stdout.write(_("英文翻译完整。"))


def _append(catalogue: Path, lacking: dict[Message, str]) -> None:
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    with catalogue.open("a") as file:
        for message, place in lacking.items():
            context = f"msgctxt {_quoted(message.context)}\n" if message.context else ""
            file.write(f'\n#: {place}\n{context}msgid {_quoted(message.text)}\nmsgstr ""\n')


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
