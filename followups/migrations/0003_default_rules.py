from django.db import migrations
from django.utils import timezone

from followups.defaults import install_default_rules


def install(apps, schema_editor):
    rules = apps.get_model("followups", "Rule").objects.using(schema_editor.connection.alias)
    install_default_rules(rules, at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("followups", "0002_walls")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
