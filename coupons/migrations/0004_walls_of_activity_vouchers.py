"""Walls around activity vouchers. Promotions are the vendor's, and everybody reads them.

A configuration is the partner's until the vendor answers: its role makes drafts, submits and
withdraws them, and deletes what was not approved. What the vendor writes of it, it cannot.
"""

from django.db import migrations

from core.tenancy import APP, CUSTOMER, SameTenant, TenantTable, Updates, VendorTable

_OPEN = "state IN ('draft', 'waiting', 'refused')"


class Migration(migrations.Migration):
    dependencies = [
        ("coupons", "0003_activity_vouchers"),
        ("customers", "0014_walls_of_accounts"),
    ]
    operations = [
        VendorTable("Promotion", reads=True),
        TenantTable("VoucherPlan", private=True),
        Updates(
            "VoucherPlan",
            *("promotion_id", "name", "face", "per_customer", "starts_at", "ends_at"),
            *("min_order", "services", "order_types", "remark", "state", "revision"),
            *("submitted_by_id", "submitted_at"),
        ),
        migrations.RunSQL(
            "CREATE POLICY made_as_draft ON coupons_voucherplan AS RESTRICTIVE FOR INSERT"
            f" TO {APP} WITH CHECK (state = 'draft');"
            " CREATE POLICY changed_while_open ON coupons_voucherplan AS RESTRICTIVE FOR UPDATE"
            f" TO {APP} USING ({_OPEN}) WITH CHECK ({_OPEN});"
            " CREATE POLICY deleted_while_in_hand ON coupons_voucherplan AS RESTRICTIVE FOR DELETE"
            f" TO {APP} USING (state IN ('draft', 'refused'))",
            "DROP POLICY made_as_draft ON coupons_voucherplan;"
            " DROP POLICY changed_while_open ON coupons_voucherplan;"
            " DROP POLICY deleted_while_in_hand ON coupons_voucherplan",
        ),
        SameTenant("VoucherPlan", "made_by_id", "org_member"),
        SameTenant("VoucherPlan", "submitted_by_id", "org_member"),
        SameTenant("VoucherPlan", "quota_id", "coupons_quota"),
        TenantTable("PlanCustomer", writes=("insert", "delete"), private=True),
        SameTenant("PlanCustomer", "plan_id", "coupons_voucherplan"),
        SameTenant("PlanCustomer", "customer_id", "customers_customer"),
        # What a customer reads more of its coupons: for which promotion they are.
        migrations.RunSQL(
            f"GRANT SELECT (promotion_id) ON coupons_coupon TO {CUSTOMER};"
            f" GRANT SELECT (id, name) ON coupons_promotion TO {CUSTOMER}",
            f"REVOKE SELECT (promotion_id) ON coupons_coupon FROM {CUSTOMER};"
            f" REVOKE ALL ON coupons_promotion FROM {CUSTOMER}",
        ),
    ]
