"""Commands speak the language of the terminal: English where it is asked for, else Chinese."""

import os
from collections.abc import Mapping

from django.conf import settings
from django.utils import translation

from .catalogue import compile_catalogues

# In the order in which gettext reads them: the first that is set decides.
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def speak_its_language() -> None:
    """Called once, before a command is loaded: what it says from then on is translated."""
    compile_catalogues(settings.LOCALE_PATHS)  # nothing has done so yet on a fresh clone
    translation.activate(language_of(os.environ))


def language_of(environment: Mapping[str, str]) -> str:
    wanted = next(filter(None, map(environment.get, _VARIABLES)), "")
    return "en" if wanted.lower().startswith("en") else settings.LANGUAGE_CODE
