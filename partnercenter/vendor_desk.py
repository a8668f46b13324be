"""Makes ours the default admin site, and loads our apps' pages into it."""

from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule


class VendorDeskConfig(SimpleAdminConfig):
    default_site = "partnercenter.admin.VendorSite"

    def ready(self) -> None:
        """Only our own apps: other packages' pages change rows without a service."""
        super().ready()
        for app in apps.get_app_configs():
            ours = Path(app.path).parent == settings.BASE_DIR
            if ours and app.module and module_has_submodule(app.module, "admin"):
                import_module(f"{app.name}.admin")
