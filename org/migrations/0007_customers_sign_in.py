from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

# A person is on one side for good: who signs in for a customer never works for a partner.
_SIDE = """
CREATE FUNCTION org_user_stays_on_its_side() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT is_customer FROM org_user WHERE id = NEW.user_id) <> TG_ARGV[0]::boolean THEN
        RAISE EXCEPTION 'org_user_stays_on_its_side: user % is on the other side', NEW.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'org_user_stays_on_its_side';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION org_user_stays_on_its_side() FROM PUBLIC;
CREATE FUNCTION org_user_side_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'org_user_side_is_kept: user % was made on the other side', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'org_user_side_is_kept';
END $$;
"""
_TRIGGERS = """
CREATE TRIGGER org_user_stays_on_its_side BEFORE INSERT OR UPDATE OF user_id ON org_member
    FOR EACH ROW EXECUTE FUNCTION org_user_stays_on_its_side('false');
CREATE TRIGGER org_user_side_is_kept BEFORE UPDATE OF is_customer ON org_user
    FOR EACH ROW WHEN (OLD.is_customer IS DISTINCT FROM NEW.is_customer)
    EXECUTE FUNCTION org_user_side_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("org", "0006_exports_need_approval")]
    operations = [
        migrations.AddField(
            "user",
            "is_customer",
            models.BooleanField("客户侧用户", default=False, db_default=False),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                name="org_user_customers_hold_no_vendor_role",
                condition=Q(is_customer=False) | Q(vendor_role=""),
            ),
        ),
        migrations.RunSQL(
            _SIDE,
            "DROP FUNCTION org_user_stays_on_its_side(); DROP FUNCTION org_user_side_is_kept()",
        ),
        migrations.RunSQL(
            _TRIGGERS,
            "DROP TRIGGER org_user_stays_on_its_side ON org_member;"
            "DROP TRIGGER org_user_side_is_kept ON org_user",
        ),
    ]
