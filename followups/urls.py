from django.urls import path

from . import views

app_name = "followups"
urlpatterns = [
    path("handle/", views.handle_list, name="handle_list"),
    path("view/", views.view_list, name="view_list"),
    path("view/resellers/", views.reseller_view_list, name="reseller_view_list"),
    path("customers/<int:pk>/", views.customer_alerts, name="customer_alerts"),
    path("alerts/<int:pk>/", views.alert_detail, name="alert_detail"),
    path("alerts/<int:pk>/handle/", views.handle_alert, name="handle_alert"),
    path("alerts/<int:pk>/snooze/", views.snooze_alert, name="snooze_alert"),
    path("alerts/<int:pk>/resume/", views.resume_alert, name="resume_alert"),
    path("alerts/<int:pk>/files/<int:file>/", views.attachment, name="attachment"),
]
