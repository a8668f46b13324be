from django.urls import path

from . import views

app_name = "funds"
urlpatterns = [
    path("", views.statement, name="statement"),
    path("warning/", views.set_warning, name="set_warning"),
    path("adjustments/", views.adjustment_list, name="adjustment_list"),
    path("resellers/", views.reseller_list, name="reseller_list"),
    path("resellers/<int:pk>/allocate/", views.allocate_reseller, name="allocate_reseller"),
    path("resellers/<int:pk>/reclaim/", views.reclaim_reseller, name="reclaim_reseller"),
    path("customers/<int:pk>/allocate/", views.allocate_customer, name="allocate_customer"),
    path("customers/<int:pk>/reclaim/", views.reclaim_customer, name="reclaim_customer"),
]
