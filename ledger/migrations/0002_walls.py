"""The ledger's walls, and the two functions that alone write it (docs/decisions/0020-ledger.md).

Both run as the owner, because a distributor's transfer to a reseller changes rows of two tenants;
so each looks itself at whose accounts it is asked to touch.
"""

from django.db import migrations

from core.tenancy import APP, VENDOR, SameTenant, TenantTable

# The vendor's side, or the owner who migrates and loads.
_TRUSTED = f"(current_setting('role') = '{VENDOR}' OR session_user = current_user)"
_OWN = "nullif(current_setting('app.partner_id', true), '')::bigint"

_OPEN = f"""
CREATE FUNCTION ledger_open(p_partner bigint, p_kind text, p_count integer) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    own bigint := {_OWN};
BEGIN
    IF NOT {_TRUSTED} AND p_partner IS DISTINCT FROM own AND NOT EXISTS (
        SELECT FROM org_partner WHERE id = p_partner AND distributor_id = own
    ) THEN
        RAISE insufficient_privilege USING MESSAGE = 'accounts of another partner';
    END IF;
    RETURN QUERY INSERT INTO ledger_account (partner_id, kind, floor)
    SELECT p_partner, p_kind,
        CASE WHEN p_kind IN ('vendor', 'suspense') THEN NULL ELSE 0 END
    FROM generate_series(1, p_count)
    ON CONFLICT DO NOTHING
    RETURNING id;
END $$;
"""

_TRANSFER = f"""
CREATE FUNCTION ledger_transfer(
    p_keys text[], p_sources bigint[], p_targets bigint[], p_amounts numeric[],
    p_kind text, p_at timestamptz, p_member bigint, p_memo text
) RETURNS TABLE (n bigint, outcome text, transfer_id bigint, amount numeric, available numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    trusted boolean := {_TRUSTED};
    own bigint := {_OWN};
    ids bigint[];
    partners bigint[];
    balances numeric[];
    floors numeric[];
    made_ids bigint[] := '{{}}';
    made bigint[] := '{{}}';
    made_amounts numeric[] := '{{}}';
    sources_after numeric[] := '{{}}';
    targets_after numeric[] := '{{}}';
    r record;
BEGIN
    -- All accounts at once, in id order, so that two calls never wait for each other.
    SELECT array_agg(a.id), array_agg(a.partner_id), array_agg(a.balance), array_agg(a.floor)
    INTO ids, partners, balances, floors
    FROM (
        SELECT * FROM ledger_account WHERE id = ANY (p_sources || p_targets)
        ORDER BY id FOR NO KEY UPDATE
    ) a;
    IF NOT trusted AND (own IS NULL OR EXISTS (
        SELECT FROM unnest(partners) AS p (id)
        WHERE p.id <> own
            AND NOT EXISTS (SELECT FROM org_partner o WHERE o.id = p.id AND o.distributor_id = own)
    )) THEN
        RAISE insufficient_privilege USING MESSAGE = 'accounts of another partner';
    END IF;
    -- One after the other in memory: each sees what those before it left.
    FOR r IN
        SELECT m.n, m.source, m.target, m.amount, s.pos AS s, t.pos AS t, o.id AS old,
            o.amount AS old_amount,
            (o.kind, o.source_id, o.target_id) = (p_kind, m.source, m.target)
                AND o.amount = coalesce(m.amount, o.amount) AS same
        FROM unnest(p_keys, p_sources, p_targets, p_amounts)
            WITH ORDINALITY AS m (key, source, target, amount, n)
        LEFT JOIN unnest(ids) WITH ORDINALITY AS s (id, pos) ON s.id = m.source
        LEFT JOIN unnest(ids) WITH ORDINALITY AS t (id, pos) ON t.id = m.target
        LEFT JOIN ledger_transfer o ON o.key = m.key
        ORDER BY m.n
    LOOP
        n := r.n;
        transfer_id := r.old;
        amount := coalesce(r.old_amount, r.amount, balances[r.s]);
        available := balances[r.s] - floors[r.s];
        IF r.s IS NULL OR r.t IS NULL THEN
            RAISE no_data_found USING MESSAGE = 'no such account';
        -- One side is the partner's own; money comes from a partner, never from the vendor.
        ELSIF NOT trusted AND (
            partners[r.s] IS NULL OR own NOT IN (partners[r.s], coalesce(partners[r.t], 0))
        ) THEN
            RAISE insufficient_privilege USING MESSAGE = 'accounts of another partner';
        ELSIF r.old IS NOT NULL THEN
            outcome := CASE WHEN r.same THEN 'again' ELSE 'other' END;
        ELSIF r.amount IS NULL AND amount <= 0 THEN
            outcome := 'empty';
        ELSIF amount > available THEN
            outcome := 'short';
        ELSE
            outcome := 'done';
            transfer_id := nextval('ledger_transfer_id_seq');
            balances[r.s] := balances[r.s] - amount;
            balances[r.t] := balances[r.t] + amount;
            made := made || r.n;
            made_ids := made_ids || transfer_id;
            made_amounts := made_amounts || amount;
            sources_after := sources_after || balances[r.s];
            targets_after := targets_after || balances[r.t];
        END IF;
        RETURN NEXT;
    END LOOP;
    IF cardinality(made) = 0 THEN
        RETURN;
    END IF;
    WITH account AS (
        SELECT * FROM unnest(ids, partners, balances) AS u (id, partner_id, balance)
    ), planned AS (
        SELECT d.*, p_keys[d.n] AS key, s.id AS source_id, s.partner_id AS source_partner_id,
            t.id AS target_id, t.partner_id AS target_partner_id
        FROM unnest(made, made_ids, made_amounts, sources_after, targets_after)
            AS d (n, id, amount, source_after, target_after)
        JOIN account s ON s.id = p_sources[d.n]
        JOIN account t ON t.id = p_targets[d.n]
    ), transfers AS (
        INSERT INTO ledger_transfer (id, key, kind, source_id, target_id, source_partner_id,
            target_partner_id, amount, at, member_id, memo)
        SELECT d.id, d.key, p_kind, d.source_id, d.target_id, d.source_partner_id,
            d.target_partner_id, d.amount, p_at, p_member, p_memo
        FROM planned d
    ), changed AS (
        UPDATE ledger_account a SET balance = u.balance FROM account u
        WHERE u.id = a.id AND u.balance <> a.balance
    )
    INSERT INTO ledger_entry (transfer_id, account_id, partner_id, amount, balance_after, at)
    SELECT d.id, side.account_id, side.partner_id, side.amount, side.balance_after, p_at
    FROM planned d, LATERAL (VALUES
        (d.source_id, d.source_partner_id, -d.amount, d.source_after),
        (d.target_id, d.target_partner_id, d.amount, d.target_after)
    ) AS side (account_id, partner_id, amount, balance_after)
    ORDER BY d.n, side.amount;
END $$;
"""

# Each transfer has its two entries when it is committed; the unique index refuses a third.
_BALANCES = """
CREATE FUNCTION ledger_transfer_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (
        SELECT count(*) FROM ledger_entry e WHERE e.transfer_id = NEW.id AND (
            e.account_id = NEW.source_id AND e.amount = -NEW.amount
            OR e.account_id = NEW.target_id AND e.amount = NEW.amount)
    ) <> 2 THEN
        RAISE check_violation USING MESSAGE = format('transfer %s does not balance', NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transfer_balances AFTER INSERT ON ledger_transfer
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transfer_balances();
"""

_TYPES = "text[], bigint[], bigint[], numeric[], text, timestamptz, bigint, text"
_GRANTS = f"""
REVOKE ALL ON FUNCTION ledger_open(bigint, text, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger_transfer({_TYPES}) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger_transfer_balances() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_open(bigint, text, integer) TO {APP}, {VENDOR};
GRANT EXECUTE ON FUNCTION ledger_transfer({_TYPES}) TO {APP}, {VENDOR};
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_account, ledger_transfer, ledger_entry
    FROM {APP}, {VENDOR};
GRANT UPDATE (floor) ON ledger_account TO {VENDOR};
"""
_GRANTS_BACK = f"""
GRANT INSERT, UPDATE, DELETE ON ledger_account, ledger_transfer, ledger_entry TO {APP}, {VENDOR};
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("org", "0002_walls")]
    operations = [
        TenantTable("Account", writes=()),
        TenantTable(
            "Transfer",
            partner="source_partner_id",
            writes=(),
            or_reads="target_partner_id = ANY (%(reads)s::bigint[])",
        ),
        TenantTable("Entry", writes=()),
        SameTenant("Entry", "account_id", "ledger_account"),
        migrations.RunSQL(_OPEN, "DROP FUNCTION ledger_open(bigint, text, integer)"),
        migrations.RunSQL(_TRANSFER, f"DROP FUNCTION ledger_transfer({_TYPES})"),
        migrations.RunSQL(
            _BALANCES,
            "DROP TRIGGER ledger_transfer_balances ON ledger_transfer;"
            " DROP FUNCTION ledger_transfer_balances()",
        ),
        migrations.RunSQL(_GRANTS, _GRANTS_BACK),
        migrations.RunSQL(
            "SELECT ledger_open(NULL, 'vendor', 1), ledger_open(NULL, 'suspense', 1)",
            migrations.RunSQL.noop,
        ),
    ]
