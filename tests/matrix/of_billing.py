"""The pages of orders and consumption, as the questions name them."""

RESELLERS = (
    "billing:reseller_summary_list",
    "billing:reseller_charge_list",
    "billing:reseller_order_line_list",
)
LISTS = (
    *("billing:summary_list", "billing:charge_list", "billing:arrears_list"),
    *("billing:order_list", "billing:waiting_list", "billing:order_line_list"),
    *("billing:resource_list", "billing:on_demand_list"),
    *RESELLERS,
)
FORM_AT = {
    "billing:pay_order": lambda path: path.removesuffix("pay/"),
    "billing:refuse_order": lambda path: path.removesuffix("refuse/"),
}
