from django.urls import path

from . import jobs

app_name = "jobs"
urlpatterns = [
    path("", jobs.job_list, name="job_list"),
    path("export/", jobs.ask_export, name="ask_export"),
    path("<int:pk>/cancel/", jobs.cancel, name="cancel"),
    path("<int:pk>/approval/", jobs.approval, name="approval"),
    path("<int:pk>/file/", jobs.download, name="download"),
]
