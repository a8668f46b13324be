from django.urls import path

from . import views

app_name = "proxies"
urlpatterns = [
    path("customers/<int:pk>/order/", views.enter_to_order, name="enter_to_order"),
    path("customers/<int:pk>/operate/", views.enter_to_operate, name="enter_to_operate"),
    path("leave/", views.leave, name="leave"),
    path("log/", views.action_list, name="action_list"),
]
