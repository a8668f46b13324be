"""What a provider says of a charge beyond FOCUS, and charges as their customers' partners see them.

New columns of a partitioned table are no rewriting: nothing, or an empty text, is in the catalogue.

The view is the second wall of 消费明细: it belongs to the owner, whom no policy binds, so it asks
for the tenant itself, as a policy would. It counts a charge for whom figures count it
(services/figures.py): the association that covers the Beijing day, of two the one that began last.
Not a security barrier: then no list could stop after its first page.
"""

from django.db import migrations

from core.tenancy import APP, VENDOR

_COLUMNS = """ALTER TABLE billing_chargeline
    ADD COLUMN resource_name varchar(200) DEFAULT '' NOT NULL,
    ADD COLUMN order_number varchar(64) DEFAULT '' NOT NULL,
    ADD COLUMN charge_mode smallint,
    ADD COLUMN bill_type smallint,
    ADD COLUMN payment_status smallint"""
_NO_COLUMNS = """ALTER TABLE billing_chargeline
    DROP resource_name, DROP order_number, DROP charge_mode, DROP bill_type, DROP payment_status"""
_COVERS = """({c}.associated_at AT TIME ZONE 'Asia/Shanghai')::date <= l.day
    AND ({c}.disassociated_at IS NULL
        OR ({c}.disassociated_at AT TIME ZONE 'Asia/Shanghai')::date >= l.day)"""
_VIEW = f"""CREATE VIEW billing_customercharge AS
SELECT l.id, l.day, c.partner_id, c.id AS customer_id, l.service_id, l.category, l.currency,
    l.billed_cost AS amount, coalesce(l.list_cost - l.billed_cost, 0) AS discount,
    CASE WHEN l.currency = 'CNY' THEN 1 ELSE (
        SELECT e.rate FROM billing_exchangerate e
        WHERE e.currency = l.currency AND e.valid_from <= l.day
        ORDER BY e.valid_from DESC LIMIT 1) END AS rate,
    l.started_at, l.ended_at, l.region, l.resource, l.resource_name, l.order_number,
    l.charge_mode, l.bill_type, l.payment_status
FROM billing_chargeline l
JOIN billing_subaccount s ON s.id = l.sub_account_id
JOIN customers_customer c ON c.cloud_account_id = s.cloud_account_id AND {_COVERS.format(c="c")}
WHERE NOT EXISTS (
        SELECT FROM customers_customer o
        WHERE o.cloud_account_id = c.cloud_account_id AND {_COVERS.format(c="o")}
            AND (o.associated_at, o.id) > (c.associated_at, c.id))
    AND (current_user = '{VENDOR}' OR c.partner_id = ANY (
        (SELECT nullif(current_setting('app.partner_ids', true), '')::bigint[])::bigint[]));
REVOKE ALL ON billing_customercharge FROM {APP}, {VENDOR};
GRANT SELECT ON billing_customercharge TO {APP}, {VENDOR}"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_walls_of_orders"), ("customers", "0012_assignments_by_time")]
    operations = [
        migrations.RunSQL(_COLUMNS, _NO_COLUMNS),
        migrations.RunSQL(_VIEW, "DROP VIEW billing_customercharge"),
    ]
