from django.urls import path

from .views import coupons, plans, proof, quotas, whitelists

app_name = "coupons"
urlpatterns = [
    path("", coupons.coupon_list, name="coupon_list"),
    path("<int:pk>/", coupons.coupon_detail, name="coupon_detail"),
    path("<int:pk>/reclaim/", coupons.reclaim, name="reclaim"),
    path("uses/", coupons.use_list, name="use_list"),
    path("records/", coupons.record_list, name="record_list"),
    path("quotas/", quotas.quota_list, name="quota_list"),
    path("quotas/<int:pk>/", quotas.quota_detail, name="quota_detail"),
    path("quotas/<int:pk>/issue/", coupons.issue, name="issue"),
    path("issued/<uuid:token>/", coupons.issued, name="issued"),
    path("quotas/<int:pk>/give/", quotas.give, name="give"),
    path("given/", quotas.given_list, name="given_list"),
    path("given/<int:pk>/take/", quotas.take, name="take"),
    path("whitelists/", whitelists.whitelist_list, name="whitelist_list"),
    path("whitelists/<int:pk>/", whitelists.whitelist, name="whitelist"),
    path("plans/", plans.plan_list, name="plan_list"),
    path("plans/new/", plans.create_plan, name="create_plan"),
    path("plans/<int:pk>/", plans.plan_detail, name="plan_detail"),
    path("plans/<int:pk>/edit/", plans.edit_plan, name="edit_plan"),
    path("plans/<int:pk>/copy/", plans.copy_plan, name="copy_plan"),
    path("plans/<int:pk>/submit/", plans.submit_plan, name="submit_plan"),
    path("plans/<int:pk>/withdraw/", plans.withdraw_plan, name="withdraw_plan"),
    path("plans/<int:pk>/delete/", plans.delete_plan, name="delete_plan"),
    path("plans/promotions/", plans.promotion_list, name="promotion_list"),
    path("plans/records/", plans.voucher_record_list, name="voucher_record_list"),
    path("certificates/", proof.certificate_list, name="certificate_list"),
    path("certificates/<int:pk>/", proof.certificate, name="certificate"),
]
