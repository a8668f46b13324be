from django.urls import path

from .views import contracts, invoices, obligations, settlements

app_name = "invoices"
urlpatterns = [
    path("", obligations.obligation_list, name="obligation_list"),
    path("resellers/", obligations.reseller_obligation_list, name="reseller_obligation_list"),
    path("<int:pk>/paper/", obligations.download_statement, name="download_statement"),
    path("<int:pk>/", obligations.obligation_detail, name="obligation_detail"),
    path("<int:pk>/record/", obligations.record_invoice, name="record_invoice"),
    path("<int:pk>/request/", obligations.request_invoice, name="request_invoice"),
    path("requests/", invoices.invoice_list, name="invoice_list"),
    path("issued/", invoices.own_invoice_list, name="own_invoice_list"),
    path("invoice/<int:pk>/", invoices.invoice_detail, name="invoice_detail"),
    path("invoice/<int:pk>/submit/", invoices.submit_invoice, name="submit_invoice"),
    path("invoice/<int:pk>/withdraw/", invoices.withdraw_invoice, name="withdraw_invoice"),
    path("invoice/<int:pk>/sign/", invoices.sign_invoice, name="sign_invoice"),
    path("invoice/<int:pk>/return/", invoices.return_invoice, name="return_invoice"),
    path("title/", invoices.title, name="title"),
    path("contracts/", contracts.contract, name="contract"),
    path("settlements/", settlements.settlement_list, name="settlement_list"),
    path("settlements/new/", settlements.record_settlement, name="record_settlement"),
    path("settlements/<int:pk>/", settlements.settlement_detail, name="settlement_detail"),
    path("settlements/<int:pk>/agree/", settlements.agree_settlement, name="agree_settlement"),
    path(
        "settlements/<int:pk>/dispute/", settlements.dispute_settlement, name="dispute_settlement"
    ),
    path(
        "settlements/<int:pk>/withdraw/",
        settlements.withdraw_settlement,
        name="withdraw_settlement",
    ),
]
