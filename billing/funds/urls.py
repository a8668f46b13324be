from django.urls import path

from . import views

app_name = "funds"
urlpatterns = [
    path("", views.statement, name="statement"),
    path("warning/", views.set_warning, name="set_warning"),
    path("adjustments/", views.adjustment_list, name="adjustment_list"),
    path("resellers/", views.reseller_list, name="reseller_list"),
    path("resellers/<int:pk>/<slug:type>/", views.adjust_reseller, name="adjust_reseller"),
    path("customers/<int:pk>/<slug:type>/", views.adjust_customer, name="adjust_customer"),
]
