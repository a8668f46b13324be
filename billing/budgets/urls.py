from django.urls import path

from . import views

app_name = "budgets"
urlpatterns = [
    path("", views.record_list, name="record_list"),
    path("customers/<int:pk>/", views.set_budget, name="set_budget"),
    path("resellers/customers/<int:pk>/", views.set_theirs, name="set_theirs"),
]
