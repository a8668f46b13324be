from django.urls import path

from . import batches, imports, jobs

app_name = "jobs"
urlpatterns = [
    path("", jobs.job_list, name="job_list"),
    path("export/", jobs.ask_export, name="ask_export"),
    path("batch/", batches.batch, name="ask_batch"),
    path("import/<slug:kind>/", imports.upload, name="import_upload"),
    path("import/<slug:kind>/template/", imports.template, name="import_template"),
    path("imports/<int:pk>/", imports.columns, name="import_columns"),
    path("imports/<int:pk>/preview/", imports.preview, name="import_preview"),
    path("imports/<int:pk>/errors/", imports.errors, name="import_errors"),
    path("<int:pk>/", batches.result, name="batch"),
    path("<int:pk>/undo/", batches.undo, name="undo"),
    path("<int:pk>/cancel/", jobs.cancel, name="cancel"),
    path("<int:pk>/approval/", jobs.approval, name="approval"),
    path("<int:pk>/file/", jobs.download, name="download"),
]
