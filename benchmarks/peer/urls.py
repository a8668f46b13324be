from django.contrib import admin
from django.urls import path

from .models import Alert, Customer

site = admin.AdminSite()


@admin.register(Customer, site=site)
class CustomerAdmin(admin.ModelAdmin):
    list_display = (
        *("name", "account_name", "number", "association_type", "associated_at", "verified"),
        *("type", "level", "available_amount", "phone", "email", "account_manager"),
    )
    list_filter = ("association_type", "verified", "type")
    list_select_related = ("account_manager__user",)
    list_per_page = 50
    search_fields = ("name", "account_name")
    ordering = ("-associated_at", "-id")


@admin.register(Alert, site=site)
class AlertAdmin(admin.ModelAdmin):
    list_display = (
        *("scenario", "alert_class", "facts", "subject", "customer", "raised_on", "raised_at"),
        *("state", "handled_at", "lapsed_at", "cause", "partner"),
    )
    list_filter = ("state", "alert_class", "scenario")
    list_select_related = ("customer", "partner")
    list_per_page = 50
    ordering = ("-raised_at", "-id")


urlpatterns = [path("admin/", site.urls)]
