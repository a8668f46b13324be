from django.db import migrations

from core.tenancy import APP, VENDOR, SameTenant, TenantTable, Updates

_OWN = "(SELECT nullif(current_setting('app.partner_id', true), '')::bigint)"
# A row of the vendor's that its audience reads, by partner; by role `visible_to` tells.
_WALL = f"""
ALTER TABLE activity_announcement ENABLE ROW LEVEL SECURITY;
CREATE POLICY partner_reads ON activity_announcement FOR SELECT TO {APP} USING (
    state = 'published' AND {_OWN} IS NOT NULL
    AND (cardinality(partner_ids) = 0 OR {_OWN} = ANY (partner_ids))
    AND (cardinality(kinds) = 0 OR EXISTS (
        SELECT 1 FROM org_partner p WHERE p.id = {_OWN} AND p.kind = ANY (kinds))));
CREATE POLICY vendor ON activity_announcement TO {VENDOR} USING (true) WITH CHECK (true);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON activity_announcement FROM {APP};
"""
_DOWN = f"""
DROP POLICY partner_reads ON activity_announcement;
DROP POLICY vendor ON activity_announcement;
ALTER TABLE activity_announcement DISABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON activity_announcement TO {APP};
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0011_announcements")]
    operations = [
        migrations.RunSQL(_WALL, _DOWN),
        TenantTable("AnnouncementRead", writes=("insert", "update")),
        Updates("AnnouncementRead", "revision", "read_at"),
        SameTenant("AnnouncementRead", "member_id", "org_member"),
    ]
