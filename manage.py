#!/usr/bin/env python
"""Django's commands, in the language of the terminal, with the embedded servers up while a
command runs that needs them."""

import os
import sys

# These use no database; the demo starts the servers itself, and says so.
WITHOUT_SERVERS = {
    "assets",
    "check_translations",
    "collectstatic",
    "demo",
    "devstack",
    "help",
    "version",
}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "partnercenter.settings")
    if command == "demo":
        _relax_for_demo()
    try:
        _execute(command)
    except KeyboardInterrupt:
        sys.exit(130)


def _relax_for_demo() -> None:
    """A newcomer has no second factor; the pages show a banner while that is so."""
    if os.environ.setdefault("DEMO", "true") == "true":
        os.environ.setdefault("SECOND_FACTOR_REQUIRED", "false")


def _execute(command: str) -> None:
    from partnercenter.devstack import stack
    from partnercenter.devstack.paths import StartFailed

    try:
        if command not in WITHOUT_SERVERS:
            stack.attach()
        import django
        from django.core.management import execute_from_command_line

        django.setup()
        from partnercenter.terminal import speak_its_language

        speak_its_language()
        execute_from_command_line(sys.argv)
    except StartFailed as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
