from django.urls import path

from customers.assignments import views as assignments
from customers.notes import views as notes
from customers.views import assign_customer

from . import activity, customers

app_name = "customers"
urlpatterns = [
    path("", customers.customer_list, name="customer_list"),
    path("resellers/", customers.reseller_customer_list, name="reseller_customer_list"),
    path("assign/", assignments.assign_list, name="assign_list"),
    path("assign/managers/", assignments.manager_list, name="manager_list"),
    path("assign/records/", assignments.assignment_list, name="assignment_list"),
    path("labels/", notes.label_list, name="label_list"),
    path("labels/create/", notes.create_label, name="create_label"),
    path("labels/<int:pk>/", notes.change_label, name="change_label"),
    path("labels/<int:pk>/delete/", notes.delete_label, name="delete_label"),
    path("<int:pk>/", customers.customer_detail, name="customer_detail"),
    path("<int:pk>/assign/", assign_customer, name="assign_customer"),
    path("<int:pk>/labels/", notes.label_customer, name="label_customer"),
    path("<int:pk>/remark/", notes.remark_customer, name="remark_customer"),
    path("<int:pk>/activity/", activity.customer_activity, name="customer_activity"),
]
