import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "partnercenter.settings")
application = get_wsgi_application()

from core.startup import refuse_unsafe_start  # noqa: E402

refuse_unsafe_start()

# A page makes some ten thousand objects and lets go of them all: to look for garbage at every
# seven hundred, as Python does, took a tenth of its time.
gc.set_threshold(10_000, 20, 50)
