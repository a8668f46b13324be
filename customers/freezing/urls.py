from django.urls import path

from . import views

app_name = "freezing"
urlpatterns = [
    path("", views.record_list, name="record_list"),
    path("customers/<int:pk>/freeze/", views.freeze, name="freeze"),
    path("customers/<int:pk>/unfreeze/", views.unfreeze, name="unfreeze"),
    path("resellers/records/", views.reseller_record_list, name="reseller_record_list"),
    path("resellers/", views.grant_list, name="grant_list"),
    path("resellers/<int:pk>/", views.grant, name="grant"),
    path("resellers/customers/<int:pk>/freeze/", views.freeze_theirs, name="freeze_theirs"),
    path("resellers/customers/<int:pk>/unfreeze/", views.unfreeze_theirs, name="unfreeze_theirs"),
]
