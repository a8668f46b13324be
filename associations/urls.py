from django.urls import path

from .views import changes, invitations

app_name = "associations"
urlpatterns = [
    path("invitations/", invitations.invitation_list, name="invitation_list"),
    path("invitations/mail/", invitations.invite_by_mail, name="invite_by_mail"),
    path("invitations/link/", invitations.make_link, name="make_link"),
    path("invitations/<int:pk>/", invitations.invitation, name="invitation"),
    path("invitations/<int:pk>/qr.svg", invitations.qr_code, name="qr_code"),
    path("invitations/<int:pk>/resend/", invitations.resend, name="resend"),
    path("invitations/<int:pk>/revoke/", invitations.revoke, name="revoke"),
    path("changes/", changes.change_list, name="change_list"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/answer/", changes.answer, name="answer"),
    path("changes/<int:pk>/withdraw/", changes.withdraw, name="withdraw"),
    path("customers/<int:pk>/", changes.customer, name="customer"),
    path("customers/<int:pk>/leave/", changes.ask_leave, name="ask_leave"),
    path("customers/<int:pk>/switch/", changes.ask_switch, name="ask_switch"),
]
