from django.urls import path

from activity import views
from activity.announcements import views as announcements

from . import activity

app_name = "activity"
urlpatterns = [
    path("", activity.activity_list, name="activity_list"),
    path("<int:pk>/", activity.activity_line, name="activity_line"),
    path("notifications/", activity.notification_list, name="notification_list"),
    path("announcements/", activity.announcement_list, name="announcement_list"),
    path(
        "announcements/read/", announcements.read_all_announcements, name="read_all_announcements"
    ),
    path("announcements/<int:pk>/", announcements.announcement_detail, name="announcement_detail"),
    path(
        "announcements/<int:pk>/close/",
        announcements.close_announcement,
        name="close_announcement",
    ),
    path("notifications/read/", views.read_all_notifications, name="read_all_notifications"),
    path("notifications/settings/", views.notice_settings, name="notice_settings"),
    path("notifications/<int:pk>/open/", views.open_notification, name="open_notification"),
]
