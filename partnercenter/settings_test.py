"""Settings of the test run: the same house, on a throwaway stack."""

import os

os.environ.setdefault("DEVSTACK_NAME", "test")
os.environ.setdefault("SECRET_KEY", "tests")

from .settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
SLOW_REQUEST_MS = 3_600_000  # the machine of a test may be busy
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
