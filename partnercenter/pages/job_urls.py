from django.urls import path

from . import batches, jobs

app_name = "jobs"
urlpatterns = [
    path("", jobs.job_list, name="job_list"),
    path("export/", jobs.ask_export, name="ask_export"),
    path("batch/", batches.batch, name="ask_batch"),
    path("<int:pk>/", batches.result, name="batch"),
    path("<int:pk>/undo/", batches.undo, name="undo"),
    path("<int:pk>/cancel/", jobs.cancel, name="cancel"),
    path("<int:pk>/approval/", jobs.approval, name="approval"),
    path("<int:pk>/file/", jobs.download, name="download"),
]
