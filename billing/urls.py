from django.urls import path

from . import views
from .arrears.views import arrears_list
from .consumption import views as consumption
from .operations.views import purchase_list
from .orders import views as orders
from .resources import views as resources

app_name = "billing"
urlpatterns = [
    path("customers/<int:pk>/", views.customer_consumption, name="customer_consumption"),
    path("customers/<int:pk>/orders/", orders.customer_orders, name="customer_orders"),
    path("customers/<int:pk>/resources/", resources.customer_resources, name="customer_resources"),
    path("consumption/", consumption.summary_list, name="summary_list"),
    path("consumption/resellers/", consumption.reseller_summary_list, name="reseller_summary_list"),
    path("charges/", consumption.charge_list, name="charge_list"),
    path("charges/resellers/", consumption.reseller_charge_list, name="reseller_charge_list"),
    path("arrears/", arrears_list, name="arrears_list"),
    path("resources/", resources.resource_list, name="resource_list"),
    path("resources/on-demand/", resources.on_demand_list, name="on_demand_list"),
    path("orders/", orders.order_list, name="order_list"),
    path("orders/waiting/", orders.waiting_list, name="waiting_list"),
    path("orders/placed/", purchase_list, name="purchase_list"),
    path("orders/lines/", orders.order_line_list, name="order_line_list"),
    path(
        "orders/lines/resellers/",
        orders.reseller_order_line_list,
        name="reseller_order_line_list",
    ),
    path("orders/<int:pk>/", orders.order_detail, name="order_detail"),
    path("orders/<int:pk>/pay/", orders.pay_order, name="pay_order"),
    path("orders/<int:pk>/refuse/", orders.refuse_order, name="refuse_order"),
]
