"""Every address of the product. Each view says whom it lets in, or nothing starts."""

from importlib import import_module

from django.urls import include, path

from . import foreign_views
from .admin import site
from .health import healthz

handler400 = "partnercenter.errors.bad_request"
handler403 = "partnercenter.errors.forbidden"
handler404 = "partnercenter.errors.not_found"
handler500 = "partnercenter.errors.server_error"
handler429 = "partnercenter.errors.too_many_requests"  # asked for by allauth's limits


def _built(prefix, module):
    try:
        import_module(module)
    except Exception:
        return []
    return [path(prefix, include(module))]


def _home():
    try:
        from .home import home
    except Exception:
        return []
    return [path("", home, name="home")]


urlpatterns = [
    *_home(),
    path("org/", include("org.urls")),
    *_built("customers/", "partnercenter.pages.customer_urls"),
    *_built("billing/", "billing.urls"),
    *_built("followups/", "followups.urls"),
    *_built("activity/", "activity.urls"),
    path("admin/", site.urls),
    path("healthz", healthz, name="healthz"),
    *foreign_views.urlpatterns,
]
