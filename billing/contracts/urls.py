from django.urls import path

from . import views

app_name = "contracts"
urlpatterns = [
    path("", views.agreement_list, name="agreement_list"),
    path("new/", views.apply, name="apply"),
    path("<int:pk>/", views.agreement, name="agreement"),
    path("<int:pk>/paper/", views.download, name="download"),
]
