"""What issuing asks the database, and how it writes: one statement each, however many coupons.

`coupons_issue` runs with the rights and behind the walls of whoever calls it; who may and which
rule blocks whom, the service decided, which holds the quota. `coupons_receivers` looks past the
walls, at a customer's past with other partners, and says only whether there is one.
"""

from django.db import migrations

from core.tenancy import APP, VENDOR

_TRUSTED = f"""(current_setting('role') = '{VENDOR}'
        OR current_setting('role') = 'none' AND session_user = current_user)"""
_OWN = "nullif(current_setting('app.partner_id', true), '')::bigint"

_RECEIVERS = f"""
CREATE FUNCTION coupons_receivers(p_customers bigint[])
RETURNS TABLE (id bigint, came_before boolean, is_managed_sub boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id, EXISTS (
        SELECT FROM customers_customer o
        WHERE o.cloud_account_id = c.cloud_account_id AND o.associated_at < c.associated_at
    ), 'managed_sub' = ANY (a.facts)
    FROM customers_customer c JOIN customers_cloudaccount a ON a.id = c.cloud_account_id
    WHERE c.id = ANY (p_customers) AND ({_TRUSTED} OR c.partner_id = {_OWN})
$$;
"""

# A line has the columns of a coupon that differ, and the remark for its record. Keys of transfers
# are made from coupons: so the ids come first, and everything else is in the lines' order.
_ISSUE = """
CREATE FUNCTION coupons_issue(
    p_quota bigint, p_lines jsonb, p_token uuid, p_member bigint, p_at timestamptz
) RETURNS TABLE (record_id bigint, coupon_id bigint, account_id bigint, transfer_id bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    quota coupons_quota;
    size integer := jsonb_array_length(p_lines);
    faces numeric[] := ARRAY(
        SELECT (l ->> 'face')::numeric(12, 2) FROM jsonb_array_elements(p_lines) AS l
    );
    accounts bigint[];
    coupons bigint[];
    transfers bigint[];
    records bigint[];
BEGIN
    SELECT * INTO STRICT quota FROM coupons_quota WHERE id = p_quota;
    accounts := ARRAY(SELECT ledger_open(quota.partner_id, 'coupon', size));
    coupons := ARRAY(SELECT nextval('coupons_coupon_id_seq') FROM generate_series(1, size));
    records := ARRAY(SELECT nextval('coupons_couponrecord_id_seq') FROM generate_series(1, size));
    INSERT INTO coupons_coupon (id, partner_id, quota_id, customer_id, account_id, kind,
        promotion_id, face, starts_at, ends_at, min_order, ratio, services, order_types, state, state_at, issued_at)
    SELECT coupons[l.ordinality], quota.partner_id, quota.id, l.customer_id,
        accounts[l.ordinality], quota.kind, quota.promotion_id, l.face, l.starts_at, l.ends_at, l.min_order, l.ratio,
        l.services, l.order_types, 'usable', p_at, p_at
    FROM jsonb_populate_recordset(NULL::coupons_coupon, p_lines) WITH ORDINALITY AS l;
    transfers := ARRAY(
        SELECT t.transfer_id FROM ledger_transfer(
            ARRAY(SELECT 'coupon-issue:' || c FROM unnest(coupons) AS c),
            array_fill(quota.account_id, ARRAY[size]), accounts, faces,
            'issue', p_at, p_member, ''
        ) t WHERE t.outcome = 'done' ORDER BY t.n
    );
    IF cardinality(transfers) <> size THEN
        RAISE check_violation USING MESSAGE = 'the quota has less';
    END IF;
    INSERT INTO coupons_couponrecord (id, partner_id, type, quota_id, customer_id, coupon_id,
        transfer_id, amount, is_done, is_lost, reason, remark, at, member_id, token)
    SELECT records[l.ordinality], quota.partner_id, 'issue', quota.id, l.customer_id,
        coupons[l.ordinality], transfers[l.ordinality], l.face, true, false, '', l.remark, p_at,
        p_member, p_token
    FROM ROWS FROM (
        jsonb_to_recordset(p_lines) AS (customer_id bigint, face numeric, remark text)
    ) WITH ORDINALITY AS l;
    UPDATE coupons_quota SET coupons_issued = coupons_issued + size,
        total_issued = total_issued + (SELECT sum(face) FROM unnest(faces) AS face)
    WHERE id = quota.id;
    RETURN QUERY SELECT * FROM unnest(records, coupons, accounts, transfers);
END $$;
"""
_ISSUE_TYPES = "bigint, jsonb, uuid, bigint, timestamptz"
_GRANTS = f"""
REVOKE ALL ON FUNCTION coupons_receivers(bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION coupons_issue({_ISSUE_TYPES}) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION coupons_receivers(bigint[]) TO {APP}, {VENDOR};
GRANT EXECUTE ON FUNCTION coupons_issue({_ISSUE_TYPES}) TO {APP}, {VENDOR};
"""


class Migration(migrations.Migration):
    dependencies = [("coupons", "0004_walls_of_activity_vouchers"), ("ledger", "0005_coupon_accounts")]
    operations = [
        migrations.RunSQL(_RECEIVERS, "DROP FUNCTION coupons_receivers(bigint[])"),
        migrations.RunSQL(_ISSUE, f"DROP FUNCTION coupons_issue({_ISSUE_TYPES})"),
        migrations.RunSQL(_GRANTS, migrations.RunSQL.noop),
    ]
