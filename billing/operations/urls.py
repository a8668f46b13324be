from django.urls import path

from . import views

app_name = "operations"
urlpatterns = [
    path("", views.workplace, name="workplace"),
    path("resources/<int:pk>/<slug:kind>/", views.ask, name="ask"),
]
