from django.db import migrations

from core.account_walls import AccountReads
from core.tenancy import SameTenant, TenantTable, Updates


class Migration(migrations.Migration):
    dependencies = [
        ("associations", "0001_initial"),
        ("customers", "0015_check_facts"),
        ("org", "0008_check_customers_side"),
    ]
    operations = [
        TenantTable("Invitation", writes=("insert", "update"), private=True),
        Updates("Invitation", "state", "sent_at", "expires_at", "ended_at"),
        # What the other side answers, and what binds both, neither side's role writes.
        TenantTable("InvitationAnswer", writes=(), private=True),
        TenantTable("AssociationChange", writes=(), private=True),
        AccountReads("AssociationChange"),
        SameTenant("Invitation", "invited_by_id", "org_member"),
        SameTenant("Invitation", "manager_id", "org_member"),
        SameTenant("InvitationAnswer", "invitation_id", "associations_invitation"),
        SameTenant("InvitationAnswer", "customer_id", "customers_customer"),
        SameTenant("AssociationChange", "customer_id", "customers_customer"),
    ]
