from django.urls import path

from . import views

app_name = "billing"
urlpatterns = [
    path("customers/<int:pk>/", views.customer_consumption, name="customer_consumption"),
]
