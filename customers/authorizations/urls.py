from django.urls import path

from . import views

app_name = "authorizations"
urlpatterns = [
    path("", views.authorization_list, name="authorization_list"),
    path("<int:pk>/", views.authorization, name="authorization"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/ask/", views.ask, name="ask"),
    path("resellers/", views.reseller_list, name="reseller_list"),
    path("resellers/<int:pk>/give/", views.give_right, name="give_right"),
    path("resellers/<int:pk>/withdraw/", views.withdraw_right, name="withdraw_right"),
]
