"""What every process of the product refuses before it does its first work."""

import os
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connections

CELERY = ("-m", "celery", "-A", "partnercenter", "-q")
PROCESSES = {
    "web": ("-c", "import partnercenter.wsgi"),
    "worker": (*CELERY, "worker", "-P", "solo"),
    "beat": (*CELERY, "beat", "--pidfile=", "-s", os.devnull),
}


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_refuses_to_start_as_a_role_that_the_walls_do_not_bind(process):
    owner = connections["owner"].settings_dict
    where = urlencode({"host": owner["HOST"], "port": owner["PORT"], "user": owner["USER"]})
    address = f"postgres:///{owner['NAME']}?{where}"
    ended = subprocess.run(
        [sys.executable, *PROCESSES[process]],
        env=os.environ
        | {
            "DATABASE_URL": address,
            "DATABASE_OWNER_URL": address,
            "REDIS_URL": settings.REDIS_URL,
            "DJANGO_SETTINGS_MODULE": "partnercenter.settings_test",
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert ended.returncode
    assert "which row-level security does not bind" in ended.stderr
