"""The ledger's walls, and the two functions that alone write it (docs/decisions/0020-ledger.md).

Both run as the owner, because a distributor's transfer to a reseller changes rows of two tenants;
so each looks itself at whose accounts it is asked to touch.
"""

from django.db import migrations

from core.tenancy import APP, VENDOR, SameTenant, TenantTable

# The vendor's side, or the owner who migrates and loads; not who signs in as the owner and steps
# down to the application's role.
_TRUSTED = f"""(current_setting('role') = '{VENDOR}'
        OR current_setting('role') = 'none' AND session_user = current_user)"""
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
) RETURNS TABLE (n integer, outcome text, transfer_id bigint, amount numeric, available numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    trusted boolean := {_TRUSTED};
    own bigint := {_OWN};
    ids bigint[];
    partners bigint[];
    balances numeric[];
    floors numeric[];
    old ledger_transfer;
    s integer;
    t integer;
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
    -- One after the other: each sees what those before it left.
    FOR i IN 1 .. cardinality(p_keys) LOOP
        s := array_position(ids, p_sources[i]);
        t := array_position(ids, p_targets[i]);
        IF s IS NULL OR t IS NULL THEN
            RAISE no_data_found USING MESSAGE = 'no such account';
        -- One side is the partner's own; money comes from a partner, never from the vendor.
        ELSIF NOT trusted AND (
            partners[s] IS NULL OR own NOT IN (partners[s], coalesce(partners[t], 0))
        ) THEN
            RAISE insufficient_privilege USING MESSAGE = 'accounts of another partner';
        END IF;
        SELECT * INTO old FROM ledger_transfer o WHERE o.key = p_keys[i];
        n := i;
        transfer_id := old.id;
        amount := coalesce(old.amount, p_amounts[i], balances[s]);
        available := balances[s] - floors[s];
        IF old.id IS NOT NULL THEN
            outcome := CASE WHEN
                (old.kind, old.source_id, old.target_id) = (p_kind, p_sources[i], p_targets[i])
                AND old.amount = coalesce(p_amounts[i], old.amount)
            THEN 'again' ELSE 'other' END;
        ELSIF p_amounts[i] IS NULL AND amount <= 0 THEN
            outcome := 'empty';
        ELSIF amount > available THEN
            outcome := 'short';
        ELSE
            outcome := 'done';
            balances[s] := balances[s] - amount;
            balances[t] := balances[t] + amount;
            transfer_id := nextval('ledger_transfer_id_seq');
            INSERT INTO ledger_transfer (id, key, kind, source_id, target_id,
                source_partner_id, target_partner_id, amount, at, member_id, memo)
            VALUES (transfer_id, p_keys[i], p_kind, p_sources[i], p_targets[i],
                partners[s], partners[t], amount, p_at, p_member, p_memo);
            INSERT INTO ledger_entry
                (transfer_id, account_id, partner_id, amount, balance_after, at)
            VALUES
                (transfer_id, p_sources[i], partners[s], -amount, balances[s], p_at),
                (transfer_id, p_targets[i], partners[t], amount, balances[t], p_at);
        END IF;
        RETURN NEXT;
    END LOOP;
    UPDATE ledger_account a SET balance = u.balance
    FROM unnest(ids, balances) AS u (id, balance) WHERE a.id = u.id AND a.balance <> u.balance;
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
