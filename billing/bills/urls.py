from django.urls import path

from . import views

app_name = "bills"
urlpatterns = [
    path("", views.bill_list, name="bill_list"),
    path("lines/", views.line_list, name="line_list"),
    path("<int:pk>/", views.bill_detail, name="bill_detail"),
    path("<int:pk>/paper/", views.download_bill, name="download_bill"),
]
