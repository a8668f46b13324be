from django.urls import path

from . import views

app_name = "operations"
urlpatterns = [
    path("", views.workplace, name="workplace"),
    path("buy/", views.buy, name="buy"),
    path("orders/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("resources/<int:pk>/<slug:kind>/", views.ask, name="ask"),
]
