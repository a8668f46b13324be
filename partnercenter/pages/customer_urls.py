from django.urls import path

from customers.views import assign_customer

from . import activity, customers

app_name = "customers"
urlpatterns = [
    path("", customers.customer_list, name="customer_list"),
    path("resellers/", customers.reseller_customer_list, name="reseller_customer_list"),
    path("<int:pk>/", customers.customer_detail, name="customer_detail"),
    path("<int:pk>/assign/", assign_customer, name="assign_customer"),
    path("<int:pk>/activity/", activity.customer_activity, name="customer_activity"),
]
