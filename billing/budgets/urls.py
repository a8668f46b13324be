from django.urls import path

from . import views

app_name = "budgets"
urlpatterns = [
    path("", views.record_list, name="record_list"),
    path("resellers/", views.reseller_record_list, name="reseller_record_list"),
    path("recipients/", views.recipients, name="recipients"),
    path("customers/<int:pk>/", views.set_budget, name="set_budget"),
    path("resellers/customers/<int:pk>/", views.set_theirs, name="set_theirs"),
]
