"""厂商工作台: the vendor's own site, on Django admin. Pages live in each app's admin.py.

An app's `@admin.register(Model)` lands here, because this is the default site
(partnercenter/vendor_desk.py). Whoever signs in does it on our own page, with both factors.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.access import Access, access_of, all_urls, declare, public
from core.lists.paging import capped_counts, count_label
from org.gate import finish_account_first, has_second_factor, prove_again, vendor_only

# Django's own pages that we do not have: the account's pages are allauth's, and rows have no
# public address.
_DROPPED = {"logout", "password_change", "password_change_done", "view_on_site"}


class VendorSite(admin.AdminSite):
    site_title = _("厂商工作台")
    site_header = _("伙伴中心 · 厂商工作台")
    index_title = _("工作台")
    index_template = "admin/desk.html"
    empty_value_display = "—"

    def has_permission(self, request: HttpRequest) -> bool:
        """Active vendor staff whose account is complete: own password, second factor."""
        user: Any = request.user
        if not user.is_authenticated or not user.is_staff:
            return False
        return finish_account_first(request, has_second_factor(user)) is None

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """What waits for this person, above all pages."""
        return super().index(request, {"waiting": self._waiting(request), **(extra_context or {})})

    def _waiting(self, request: HttpRequest) -> list[dict[str, Any]] | None:
        """Counted in one statement; None for whom nothing ever waits."""
        pages: Iterable[Any] = self._registry.values()  # each a VendorAdmin
        found = [(page, waits) for page in pages for waits in page.waits_for(request)]
        if not found:
            return None
        counts = capped_counts([page.rows_that_wait(request, waits) for page, waits in found])
        return [
            {
                "label": waits.label,
                "count": count_label(count),
                "url": f"{_list_of(page)}?{urlencode(waits.filters)}",
            }
            for (page, waits), count in zip(found, counts, strict=True)
            if count
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Sign-in, role and account are checked, and the vendor's transaction is opened."""
        return vendor_only()(view)

    @public
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        back = request.GET.get("next") or resolve_url("admin:index")
        return HttpResponseRedirect(
            f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
        )

    def prove_again(self, request: HttpRequest) -> HttpResponse | None:
        """Where to give the second factor again, unless it was given in the last minutes."""
        return prove_again(request)

    def get_urls(self) -> list[Any]:
        urls = [url for url in super().get_urls() if getattr(url, "name", "") not in _DROPPED]
        for _route, _name, view in all_urls(urls):
            if access_of(view) is None:
                declare(Access("vendor"), view)
        return urls


def _list_of(page: "admin.ModelAdmin[Any]") -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")


site: VendorSite = admin.site  # type: ignore[assignment]
