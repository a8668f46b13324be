from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0006_approval")]
    operations = [
        ValidateConstraint("job", "jobs_job_state_and_times"),
        ValidateConstraint("job", "jobs_job_approved_by_another"),
    ]
