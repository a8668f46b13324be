"""The pages of the vendor's desk, and how a test presses their buttons."""

from django.contrib import admin
from django.urls import reverse

PAGES = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
OURS = [label for label in PAGES if label.split(".")[0] in ("org", "customers", "activity")]
BUTTONS = [(label, name) for label in OURS for name in PAGES[label].buttons]


def address(label, what, *args):
    return reverse(f"admin:{label.replace('.', '_')}_{what}", args=args)


def press(client, label, subject, name, **data):
    return client.post(address(label, "do", subject.pk, name), data)
