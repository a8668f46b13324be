"""/my/: the customer's portal. Each page belongs to the app whose noun it shows."""

from django.urls import path

from associations.views import my
from billing.invoices.views.my import my_invoices
from coupons.views import my as coupons
from customers.accounts import people
from customers.accounts import views as accounts
from customers.authorizations import my as authorizations

app_name = "my"
urlpatterns = [
    path("", my.partner, name="partner"),
    path("invoices/", my_invoices, name="invoices"),
    path("coupons/", coupons.my_coupons, name="coupon_list"),
    path("coupons/file/", coupons.my_coupon_file, name="coupon_file"),
    path("leave/", my.leave, name="leave"),
    path("requests/<int:pk>/", my.change, name="request"),
    path("requests/<int:pk>/answer/", my.answer, name="answer"),
    path("requests/<int:pk>/withdraw/", my.withdraw, name="withdraw"),
    path("invitations/<str:token>/", my.invitation, name="invitation"),
    path("invitations/<str:token>/letter/", my.ask_letter, name="ask_letter"),
    path("invitations/<str:token>/register/", my.register, name="register"),
    path("invitations/<str:token>/answer/", my.answer_invitation, name="answer_invitation"),
    path("authorizations/", authorizations.authorization_list, name="authorization_list"),
    path("authorizations/<int:pk>/", authorizations.authorization, name="authorization"),
    path("authorizations/<int:pk>/code/", authorizations.code, name="code"),
    path("authorizations/<int:pk>/grant/", authorizations.grant, name="grant"),
    path("authorizations/<int:pk>/refuse/", authorizations.refuse, name="refuse"),
    path("authorizations/<int:pk>/revoke/", authorizations.revoke, name="revoke"),
    path("operations/", authorizations.action_list, name="action_list"),
    path("users/", people.user_list, name="user_list"),
    path("users/invite/", people.invite_user, name="invite_user"),
    path("users/code/", people.user_code, name="user_code"),
    path("users/<int:pk>/", people.user, name="user"),
    path("users/<int:pk>/rights/", people.set_rights, name="set_rights"),
    path("users/<int:pk>/switch/", people.switch_user, name="switch_user"),
    path(
        "users/invitations/<int:pk>/revoke/",
        people.revoke_invitation,
        name="revoke_user_invitation",
    ),
    path("join/<str:token>/", people.join, name="join"),
    path("join/<str:token>/account/", people.join_account, name="join_account"),
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("accounts/", accounts.choose_account, name="choose_account"),
    path("accounts/<int:pk>/switch/", accounts.switch_account, name="switch_account"),
    path("notices/", accounts.notice_list, name="notice_list"),
    path("notices/read/", accounts.read_notices, name="read_notices"),
    path("notices/<int:pk>/", accounts.open_notice, name="open_notice"),
]
