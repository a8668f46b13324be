"""Every setting comes from the environment; a wrong one fails at start, loudly.

docs/operations.md lists the variables for operators.
"""

from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from activity.retention import FEWEST_DAYS, FEWEST_DAYS_OF_NOTICES, KEPT_DAYS, days_kept
from core import tenancy
from core.access import DEFAULT_BODY

from .urls_of_servers import for_celery

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", False)
# The demo relaxes what a newcomer cannot have (a second factor, HTTPS) and says so on screen.
DEMO = env.bool("DEMO", False)
SECRET_KEY = env("SECRET_KEY", default="demo-only-not-a-secret" if DEMO or DEBUG else "")
if not SECRET_KEY:
    SECRET_KEY = "local-only-not-a-secret" if not env("DATABASE_URL", default="") else ""
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is missing: give the environment a long random one.")
# Earlier keys: what they signed and encrypted stays readable after SECRET_KEY was changed.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# ---- servers: an address in the environment wins; otherwise the embedded ones ----


def _databases() -> dict[str, dict]:
    """`default` is the application's role, `owner` the one that migrates. Same database."""
    if url := env("DATABASE_URL", default=""):
        engine = "django.db.backends.postgresql"
        app = env.db_url_config(url, engine=engine)
        owner = env("DATABASE_OWNER_URL", default="")
        if owner:
            return {"default": app, "owner": env.db_url_config(owner, engine=engine)}
        # One address for both: sign in as the owner, and step down to the application's role.
        owner = env.db_url_config(url, engine=engine)
        app.setdefault("OPTIONS", {})
        app["OPTIONS"] = {**app["OPTIONS"], "options": f"-c role={tenancy.APP}"}
        return {"default": app, "owner": owner}
    from .devstack.stack import local

    postgres = local()[0]
    return {
        "default": postgres.django(user=tenancy.APP),
        "owner": postgres.django(user=tenancy.OWNER),
    }


DATABASES = _databases()
DATABASES["default"] |= {"CONN_HEALTH_CHECKS": True}
if env.bool("DB_POOL", False):  # web only: Celery 5.7 closes a pool at every task
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 2,
        "max_size": env.int("DB_POOL_SIZE", 10),
        "timeout": 10,
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
# Seconds: how long a statement may run, and wait for a lock (core/patience.py).
DB_PATIENCE = {
    "request": (
        f"{env.int('DB_STATEMENT_SECONDS', 10)}s",
        f"{env.int('DB_LOCK_SECONDS', 3)}s",
    ),
    "job": (
        f"{env.int('DB_JOB_STATEMENT_SECONDS', 1800)}s",
        f"{env.int('DB_JOB_LOCK_SECONDS', 600)}s",
    ),
}
DATABASE_ROUTERS = ["core.tenancy.Router"]

if not (REDIS_URL := env("REDIS_URL", default="")):
    from .devstack.stack import local

    REDIS_URL = local()[1].url()

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
CELERY_BROKER_URL = for_celery(REDIS_URL)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # the worker logs as LOGGING says, with the task's id
CELERY_TIMEZONE = "Asia/Shanghai"

INSTALLED_APPS = [
    "partnercenter",
    "ops",
    "associations",
    "followups",
    "billing",
    "coupons",
    "customers",
    "ledger",
    "jobs",
    "workbench",
    "activity",
    "org",
    "core",
    "partnercenter.vendor_desk.VendorDeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "lucide",
]
MIDDLEWARE = [
    "core.middleware.RequestContextMiddleware",
    "core.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.middleware.PrivatePagesMiddleware",
    "partnercenter.health.HealthMiddleware",
    "core.middleware.MethodsMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.middleware.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "org.middleware.SessionLimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.RefusalMiddleware",
    "partnercenter.denials.DenialMiddleware",
]
ROOT_URLCONF = "partnercenter.urls"
WSGI_APPLICATION = "partnercenter.wsgi.application"
_CACHED = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.cached.Loader", _CACHED)],
                )
            ],
            "builtins": ["template_partials.templatetags.partials", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "partnercenter.navigation.frame",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = "partnercenter.formats"
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "partnercenter.assets.NpmFinder",
    "partnercenter.bundles.BundleFinder",
]
STORAGES = {
    # Any storage of Django's kind, e.g. one of django-storages where that is installed.
    "default": {
        "BACKEND": env("MEDIA_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json("MEDIA_STORAGE_OPTIONS", default={}),
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(BASE_DIR / ".local" / "media")))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = DEFAULT_BODY  # beside files; with them core/middleware.py decides

# ---- people (docs/decisions/0003-identity.md) ----
AUTH_USER_MODEL = "org.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # the address is unique whatever its case, by a constraint that it does not know
    "security.W021",  # a browser's preload list is for the owner of the domain to decide
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "partnercenter.identity.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "org.forms.LoginForm",
    "confirm_password_reset_code": "org.forms.ConfirmPasswordResetCodeForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # nobody signs up; allauth asks all the same
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[伙伴中心] "
# Counted in Valkey, for all web processes together. A whole office may share one address, so
# the limits per address are wide where nothing can be guessed.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "10/m/ip,5/5m/key",  # key: account and address; second factor: account
    "confirm_reset_code": "20/m/ip,5/10m/key",
}
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
MFA_FORMS = {
    "authenticate": "org.forms.AuthenticateForm",
    "reauthenticate": "org.forms.ReauthenticateForm",
    "add_webauthn": "org.forms.AddPasskeyForm",
    "edit_webauthn": "org.forms.EditPasskeyForm",
}
MFA_ADAPTER = "org.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "伙伴中心"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO or DEBUG
USERSESSIONS_ADAPTER = "partnercenter.identity.SessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = False  # True costs five statements a request
# A demo may be looked at without a second factor; the frame shows a banner while it is so.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", True)
if not SECOND_FACTOR_REQUIRED and not DEMO:
    raise ImproperlyConfigured("SECOND_FACTOR_REQUIRED=false is for the demo only (DEMO=true).")
COMPLIANCE = env("COMPLIANCE", default="asvs")
if COMPLIANCE not in ("asvs", "djbh3"):
    raise ImproperlyConfigured(f"COMPLIANCE={COMPLIANCE!r}: use asvs or djbh3.")
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "org.passwords.NotAboutThePersonValidator",
        "OPTIONS": {"user_attributes": ["name", "email", "phone"]},
    },
    {"NAME": "org.passwords.LongEnoughValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "org.passwords.NotCommonValidator"},
    {"NAME": "org.passwords.NotPredictableValidator"},
    {"NAME": "org.passwords.NotTheCurrentValidator"},
]
PASSWORD_MAX_AGE_DAYS = None
if COMPLIANCE == "djbh3":
    AUTH_PASSWORD_VALIDATORS += [{"NAME": "org.passwords.ThreeKindsValidator"}]
    PASSWORD_MAX_AGE_DAYS = 90

# ---- 操作日志, and 站内信 and 客户消息 that tell of it ----
ACTIVITY_RETENTION_DAYS = days_kept(
    "ACTIVITY_RETENTION_DAYS", env.int("ACTIVITY_RETENTION_DAYS", KEPT_DAYS), FEWEST_DAYS
)
NOTICE_RETENTION_DAYS = days_kept(
    "NOTICE_RETENTION_DAYS", env.int("NOTICE_RETENTION_DAYS", KEPT_DAYS), FEWEST_DAYS_OF_NOTICES
)

# In the database: people stay signed in while Valkey is away.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_IDLE_SECONDS = 30 * 60
SESSION_ABSOLUTE_SECONDS = 12 * 3600
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 86400  # a choice of this browser, not of the session
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE = HTTPS, "Lax"
CSRF_FAILURE_VIEW = "partnercenter.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_SSL_REDIRECT = env.bool("HTTPS_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by machines beside us
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    if TRUSTED_PROXIES:  # anybody else may send the header as well
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# ---- mail ----
if mail := env("EMAIL_URL", default=""):
    vars().update(env.email_url_config(mail))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = BASE_DIR / ".local" / "mail"
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="伙伴中心 <no-reply@localhost>")
# Where people reach this installation, for the links in e-mails; without it there are none.
PUBLIC_URL = env("PUBLIC_URL", default="").rstrip("/")

# ---- associations (associations/rules.py, Frequency) ----
ASSOCIATION_REQUESTS = env.int("ASSOCIATION_REQUESTS", 1)
ASSOCIATION_REQUEST_MONTHS = env.int("ASSOCIATION_REQUEST_MONTHS", 3)
ASSOCIATION_CUSTOMER_DAYS = env.int("ASSOCIATION_CUSTOMER_DAYS", 30)
ASSOCIATION_PARTNER_DAYS = env.int("ASSOCIATION_PARTNER_DAYS", 7)
for name in ("REQUESTS", "REQUEST_MONTHS", "CUSTOMER_DAYS", "PARTNER_DAYS"):
    if not 1 <= (given := vars()[f"ASSOCIATION_{name}"]) <= 365:
        raise ImproperlyConfigured(f"ASSOCIATION_{name}={given}: between 1 and 365")

# ---- acting for customers (customers/proxies/services.py) ----
PROXY_IDLE_MINUTES = env.int("PROXY_IDLE_MINUTES", 15)
if not 1 <= PROXY_IDLE_MINUTES <= 60:
    raise ImproperlyConfigured(f"PROXY_IDLE_MINUTES={PROXY_IDLE_MINUTES}: between 1 and 60")
# What carries out requests on customers' resources (billing/operations/gateway.py).
RESOURCE_GATEWAY = env("RESOURCE_GATEWAY", default="billing.operations.local.LocalGateway")
# What the local one offers; billing/operations/local.py says of which shape.
LOCAL_OFFERS = env.json("LOCAL_OFFERS", default=None)

# ---- for operators ----
RELEASE = env("RELEASE", default="")  # the commit or tag that is deployed
BACKUP_MARKER = env("BACKUP_MARKER", default="")  # a file that is touched by each backup

LOG_FORMAT = env("LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT={LOG_FORMAT!r}: use line or json.")
SLOW_REQUEST_MS = env.int("SLOW_REQUEST_MS", default=1000)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "core.request_context.LogFilter"}},
    "formatters": {
        "line": {
            "class": "core.request_context.OneLine",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        },
        "json": {"class": "core.logs.JsonLine"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["context"],
        }
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"level": "WARNING"}},
}

from . import schedule  # noqa: E402

CELERY_BEAT_SCHEDULE = schedule.CELERY_BEAT_SCHEDULE
SCHEDULE_SENTENCES = schedule.SCHEDULE_SENTENCES
