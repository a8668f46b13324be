"""Would a migration break the release that still runs while it is applied?"""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.commands import BaseCommand

# Applied to empty tables only: they came before the first release.
BEFORE_THE_FIRST_RELEASE = ["0002_partitions"]


class Command(BaseCommand):
    help = _l("检查迁移能否在旧版本仍运行时安全执行（django-migration-linter）。")
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        try:
            from django_migration_linter import MigrationLinter
        except ImportError as error:
            raise CommandError(_("缺少 django-migration-linter：请安装开发依赖。")) from error
        linter = MigrationLinter(
            str(settings.BASE_DIR),
            include_apps=_own_apps(),
            database="owner",
            no_cache=True,
            quiet=["ok", "ignore", "warning"],
            ignore_name=BEFORE_THE_FIRST_RELEASE,
            analyser_string="postgresql",
        )
        linter.lint_all_migrations()
        linter.print_summary()
        if linter.has_errors:
            raise CommandError(_("有迁移不能在运行中安全执行。"))


def _own_apps() -> list[str]:
    configs = apps.get_app_configs()
    return [app.label for app in configs if Path(app.path).parent == settings.BASE_DIR]
