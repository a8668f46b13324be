"""Stock Django admin on the product's models."""

from ..bare.settings import *  # noqa: F403
from ..bare.settings import INSTALLED_APPS as _APPS
from ..bare.settings import MIDDLEWARE as _MIDDLEWARE

INSTALLED_APPS = [
    "benchmarks.peer",
    *_APPS,
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    *_MIDDLEWARE,
    "django.middleware.locale.LocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
STATIC_URL = "static/"
ROOT_URLCONF = "benchmarks.peer.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
