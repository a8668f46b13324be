from django.urls import path

from . import views

app_name = "org"
urlpatterns = [
    path("account/", views.account, name="account"),
    path("sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("security/", views.security, name="security"),
    path("security/change/", views.change_security, name="change_security"),
    path("partners/", views.choose_partner, name="choose_partner"),
    path("partners/<int:pk>/switch/", views.switch_partner, name="switch_partner"),
]
