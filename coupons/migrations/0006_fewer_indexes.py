"""Indexes of coupons and their records that others begin with or nothing reads, and that every
coupon writes; and one for the list of uses.
"""

from typing import Any

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


def drop(name: str, columns: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE INDEX CONCURRENTLY {name} ON {columns}",
    )


def reference(model: str, name: str, words: str, to: str, **options: Any) -> migrations.AlterField:
    return migrations.AlterField(
        model,
        name,
        models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            to=to,
            verbose_name=words,
            **options,
        ),
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("coupons", "0005_issue_in_one_statement")]
    operations = [
        AddIndexConcurrently(
            "couponuse",
            models.Index(fields=["partner", "-id"], name="coupons_uses_of_partner_idx"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                drop("coupons_coupon_partner_id_12677cfb", "coupons_coupon (partner_id)"),
                drop("coupons_coupon_quota_id_9013ee53", "coupons_coupon (quota_id)"),
                drop("coupons_coupon_customer_id_0d6138e8", "coupons_coupon (customer_id)"),
                drop("coupons_couponuse_partner_id_33a4c6c7", "coupons_couponuse (partner_id)"),
                drop("coupons_couponuse_coupon_id_da9da75a", "coupons_couponuse (coupon_id)"),
                drop("coupons_couponrecord_partner_id_f5488215", "coupons_couponrecord (partner_id)"),
                drop("coupons_couponrecord_quota_id_75fd2ca4", "coupons_couponrecord (quota_id)"),
                drop("coupons_couponrecord_coupon_id_797a0510", "coupons_couponrecord (coupon_id)"),
                drop("coupons_couponrecord_given_id_58e733a8", "coupons_couponrecord (given_id)"),
                drop("coupons_couponrecord_reseller_id_a8586340", "coupons_couponrecord (reseller_id)"),
                drop("coupons_couponrecord_member_id_461f6ade", "coupons_couponrecord (member_id)"),
            ],
            state_operations=[
                reference("coupon", "partner", "伙伴", "org.partner", related_name="+"),
                reference("coupon", "quota", "额度", "coupons.quota", related_name="coupons"),
                reference("coupon", "customer", "客户", "customers.customer", related_name="coupons"),
                reference("couponuse", "partner", "伙伴", "org.partner", related_name="+"),
                reference("couponuse", "coupon", "券", "coupons.coupon", related_name="uses"),
                reference("couponrecord", "partner", "伙伴", "org.partner", related_name="+"),
                reference("couponrecord", "quota", "额度", "coupons.quota", related_name="records"),
                reference("couponrecord", "coupon", "券", "coupons.coupon", related_name="records", null=True),
                reference("couponrecord", "given", "下级额度", "coupons.quota", related_name="+", null=True),
                reference("couponrecord", "reseller", "云经销商", "org.partner", related_name="+", null=True),
                reference("couponrecord", "member", "操作员", "org.member", related_name="+", null=True),
            ],
        ),
    ]
