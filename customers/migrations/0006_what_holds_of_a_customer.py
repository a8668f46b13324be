"""What the database holds of customers from now on, whoever writes.

What stands already is tidied and checked by the next migration.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

# A customer's account manager is who has its open assignment. Two tables say so, which a
# transaction writes one after the other: so it is looked at when the transaction ends.
_FUNCTION = """
CREATE FUNCTION customers_manager_is_assigned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM customers_customer c
        LEFT JOIN customers_assignment a ON a.customer_id = c.id AND a.ended_at IS NULL
        WHERE c.id IN ((to_jsonb(OLD) ->> TG_ARGV[0])::bigint,
                       (to_jsonb(NEW) ->> TG_ARGV[0])::bigint)
            AND c.account_manager_id IS DISTINCT FROM a.manager_id
    ) THEN
        RAISE EXCEPTION 'customers_manager_is_assigned: account manager and open assignment differ'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'customers_manager_is_assigned';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION customers_manager_is_assigned() FROM PUBLIC;
"""
_TRIGGERS = """
CREATE CONSTRAINT TRIGGER customers_manager_is_assigned
    AFTER INSERT OR UPDATE OF account_manager_id ON customers_customer
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION customers_manager_is_assigned('id');
CREATE CONSTRAINT TRIGGER customers_manager_is_assigned
    AFTER INSERT OR DELETE OR UPDATE OF customer_id, manager_id, ended_at ON customers_assignment
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION customers_manager_is_assigned('customer_id');
"""


def _check(name, condition):
    constraint = models.CheckConstraint(name=f"customers_customer_{name}", condition=condition)
    return AddConstraintNotValid(model_name="customer", constraint=constraint)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0005_search_at_a_glance")]
    operations = [
        _check("type_is_known", Q(type__in=["none", "person", "company"])),
        _check("verified_is_known", Q(verified__in=["none", "reviewing", "failed", "verified"])),
        _check("source_is_known", Q(source__in=["invitation", "link", "api", "import"])),
        _check(
            "former_has_no_manager",
            Q(disassociated_at__isnull=True) | Q(account_manager__isnull=True),
        ),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS customers_cloudaccount_id_number_uniq"
            " ON customers_cloudaccount (id, number)",
            "DROP INDEX customers_cloudaccount_id_number_uniq",
        ),
        migrations.RunSQL(
            "ALTER TABLE customers_customer ADD CONSTRAINT customers_customer_number_of_account"
            " FOREIGN KEY (cloud_account_id, number)"
            " REFERENCES customers_cloudaccount (id, number) NOT VALID",
            "ALTER TABLE customers_customer DROP CONSTRAINT customers_customer_number_of_account",
        ),
        migrations.RunSQL(_FUNCTION, "DROP FUNCTION customers_manager_is_assigned()"),
        migrations.RunSQL(
            _TRIGGERS,
            "DROP TRIGGER customers_manager_is_assigned ON customers_customer;"
            "DROP TRIGGER customers_manager_is_assigned ON customers_assignment",
        ),
    ]
