"""Every address of the product. Each view says whom it lets in, or nothing starts."""

from django.urls import include, path

from . import foreign_views
from .admin import site
from .health import healthz, readyz
from .home import home
from .pages.search import search

handler400 = "partnercenter.errors.bad_request"
handler403 = "partnercenter.errors.forbidden"
handler404 = "partnercenter.errors.not_found"
handler500 = "partnercenter.errors.server_error"
handler429 = "partnercenter.errors.too_many_requests"  # asked for by allauth's limits

urlpatterns = [
    path("", home, name="home"),
    path("search/", search, name="search"),
    path("customers/", include("partnercenter.pages.customer_urls")),
    path("authorizations/", include("customers.authorizations.urls")),
    path("proxies/", include("customers.proxies.urls")),
    path("freezing/", include("customers.freezing.urls")),
    path("budgets/", include("billing.budgets.urls")),
    path("operations/", include("billing.operations.urls")),
    path("followups/", include("followups.urls")),
    path("billing/", include("billing.urls")),
    path("funds/", include("billing.funds.urls")),
    path("coupons/", include("coupons.urls")),
    path("bills/", include("billing.bills.urls")),
    path("invoices/", include("billing.invoices.urls")),
    path("contracts/", include("billing.contracts.urls")),
    path("jobs/", include("partnercenter.pages.job_urls")),
    path("activity/", include("partnercenter.pages.activity_urls")),
    path("org/", include("org.urls")),
    path("associations/", include("associations.urls")),
    path("my/", include("partnercenter.pages.my_urls")),
    path("admin/", site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    *foreign_views.urlpatterns,
]
