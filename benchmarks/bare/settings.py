"""The least that signs somebody in. Beside the product, not part of it."""

import environ

env = environ.Env()
SECRET_KEY = env("SECRET_KEY")
ALLOWED_HOSTS = ["127.0.0.1"]
# As the owner: no row-level security on the way.
_URL = env("DATABASE_OWNER_URL", default="") or env("DATABASE_URL")
DATABASES = {
    "default": env.db_url_config(_URL, engine="django.db.backends.postgresql")
    | {"CONN_MAX_AGE": 60}
}
INSTALLED_APPS = [
    "benchmarks.bare",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
AUTH_USER_MODEL = "bare.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "benchmarks.bare.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": ["benchmarks/bare/templates"],
        "OPTIONS": {},
    }
]
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# What goes wrong shows as a status; the client stops at it.
LOGGING_CONFIG = None
