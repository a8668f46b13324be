"""Walls around quotas and coupons, and what a customer reads: its own, until taken back.

A quota is the vendor's row (or, of a reseller, its distributor's: written in the vendor's role).
Of it a partner changes only how much was issued; of a coupon, only that it ended.
"""

from django.db import migrations

from core.account_walls import AccountReads
from core.tenancy import CUSTOMER, SameTenant, TenantTable, Updates

_OWN = "SELECT id FROM customers_customer WHERE cloud_account_id = %(account)s"
# The balance of a coupon that the customer sees: the policy of coupons narrows this one.
_BALANCES = f"""
GRANT SELECT (id, balance) ON ledger_account TO {CUSTOMER};
CREATE POLICY account_reads_coupons ON ledger_account FOR SELECT TO {CUSTOMER}
USING (id IN (SELECT account_id FROM coupons_coupon));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coupons", "0001_initial"),
        ("ledger", "0002_walls"),
        ("billing", "0012_walls_of_orders"),
        ("customers", "0014_walls_of_accounts"),
    ]
    operations = [
        TenantTable("Quota", writes=("update",)),
        Updates("Quota", "coupons_issued", "total_issued"),
        *(
            SameTenant("Quota", column, "ledger_account")
            for column in ("account_id", "held_id", "used_id", "lost_id")
        ),
        # Between a distributor and its reseller: the quota above is the giver's, the one below the
        # reseller's that is named beside it.
        migrations.RunSQL(
            "CREATE UNIQUE INDEX IF NOT EXISTS coupons_quota_partner_id_id_uniq"
            " ON coupons_quota (partner_id, id);"
            " ALTER TABLE coupons_quota ADD CONSTRAINT coupons_quota_parent_id_of_giver"
            " FOREIGN KEY (giver_id, parent_id) REFERENCES coupons_quota (partner_id, id)"
            " DEFERRABLE INITIALLY IMMEDIATE;"
            " ALTER TABLE coupons_couponrecord ADD CONSTRAINT coupons_couponrecord_given_of_reseller"
            " FOREIGN KEY (reseller_id, given_id) REFERENCES coupons_quota (partner_id, id)"
            " DEFERRABLE INITIALLY IMMEDIATE",
            "ALTER TABLE coupons_quota DROP CONSTRAINT coupons_quota_parent_id_of_giver;"
            " ALTER TABLE coupons_couponrecord DROP CONSTRAINT"
            " coupons_couponrecord_given_of_reseller",
        ),
        TenantTable("Coupon", writes=("insert", "update")),
        Updates("Coupon", "state", "state_at"),
        SameTenant("Coupon", "quota_id", "coupons_quota"),
        SameTenant("Coupon", "customer_id", "customers_customer"),
        SameTenant("Coupon", "account_id", "ledger_account"),
        TenantTable("CouponUse", writes=()),
        SameTenant("CouponUse", "coupon_id", "coupons_coupon"),
        SameTenant("CouponUse", "order_id", "billing_order"),
        TenantTable("CouponRecord", writes=("insert",), append_only=True),
        SameTenant("CouponRecord", "quota_id", "coupons_quota"),
        SameTenant("CouponRecord", "coupon_id", "coupons_coupon"),
        SameTenant("CouponRecord", "customer_id", "customers_customer"),
        SameTenant("CouponRecord", "member_id", "org_member"),
        TenantTable("WhitelistVersion", writes=("insert",), private=True, append_only=True),
        SameTenant("WhitelistVersion", "member_id", "org_member"),
        TenantTable("WhitelistItem", writes=("insert",), private=True, append_only=True),
        SameTenant("WhitelistItem", "version_id", "coupons_whitelistversion"),
        TenantTable("Certificate", writes=(), private=True, append_only=True),
        AccountReads(
            "Coupon",
            f"customer_id IN ({_OWN}) AND state <> 'reclaimed'",
            columns=(
                *("id", "customer_id", "account_id", "kind", "face", "starts_at", "ends_at"),
                *("min_order", "ratio", "services", "order_types", "state", "issued_at"),
            ),
        ),
        migrations.RunSQL(
            _BALANCES,
            "DROP POLICY account_reads_coupons ON ledger_account;"
            f" REVOKE ALL ON ledger_account FROM {CUSTOMER}",
        ),
    ]
